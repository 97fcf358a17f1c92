"""A tokenizer of transformers under the contract of word tokenizers. Knows nothing of words or stop words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self, final

from likewise.errors import ConfigError
from likewise.hub.folder import ModelFolder
from likewise.models.tokenizer.word_tokenizer import WordTokenizer
from likewise.models.tokenizer_loading import load_tokenizer


@final
class TransformersTokenizerWrapper(WordTokenizer):
    """Lets `WordEmbeddings` read texts through a subword tokenizer, its special tokens included.

    Args:
        tokenizer: A tokenizer of transformers.

    Example:
        >>> from tokenizers import Tokenizer, models
        >>> from transformers import PreTrainedTokenizerFast
        >>> words = Tokenizer(models.WordLevel({"[UNK]": 0, "cat": 1}, unk_token="[UNK]"))
        >>> TransformersTokenizerWrapper(PreTrainedTokenizerFast(tokenizer_object=words)).tokenize("cat")
        [1]
    """

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer

    def set_vocab(self, vocab: Iterable[str]) -> None:
        """Refused: a subword tokenizer brings its vocabulary.

        Args:
            vocab: The words.

        Raises:
            ConfigError: Always.
        """
        raise ConfigError(
            "the vocabulary of a transformers tokenizer cannot be replaced",
            fix="WordEmbeddings.from_text_file(path, tokenizer=WhitespaceTokenizer())",
        )

    def get_vocab(self) -> Sequence[str]:
        """See `WordTokenizer`."""
        numbers: dict[str, int] = self.tokenizer.get_vocab()
        return sorted(numbers, key=numbers.__getitem__)

    def tokenize(self, text: str, **kwargs: Any) -> list[int]:
        """See `WordTokenizer`."""
        del kwargs
        numbers: list[int] = self.tokenizer(text, verbose=False)["input_ids"]
        return numbers

    def save(self, output_path: str | Path) -> None:
        """See `WordTokenizer`."""
        self.tokenizer.save_pretrained(str(output_path))

    @classmethod
    def load(cls, input_path: str | Path) -> Self:
        """See `WordTokenizer`."""
        return cls.from_folder(ModelFolder(Path(input_path)))

    @classmethod
    def from_folder(cls, folder: ModelFolder) -> Self:
        """See `WordTokenizer`."""
        return cls(load_tokenizer(folder, {}, trust_remote_code=False))
