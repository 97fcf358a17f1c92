"""Word tokenizers: texts to the numbers of their words, for BoW and WordEmbeddings.

Here: `WordTokenizer` (the contract), `WhitespaceTokenizer`, `PhraseTokenizer` (joins words to known phrases), and
`TransformersTokenizerWrapper` (a tokenizer of transformers under that contract). Not here: subword tokenizers.
"""

from __future__ import annotations

from likewise.models.tokenizer.phrase_tokenizer import PhraseTokenizer
from likewise.models.tokenizer.stop_words import ENGLISH_STOP_WORDS
from likewise.models.tokenizer.transformers_tokenizer import TransformersTokenizerWrapper
from likewise.models.tokenizer.whitespace_tokenizer import WhitespaceTokenizer
from likewise.models.tokenizer.word_tokenizer import WordTokenizer

__all__ = [
    "ENGLISH_STOP_WORDS",
    "PhraseTokenizer",
    "TransformersTokenizerWrapper",
    "WhitespaceTokenizer",
    "WordTokenizer",
]
