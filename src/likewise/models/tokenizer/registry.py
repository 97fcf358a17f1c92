"""Which class a `tokenizer_class` string of a model folder means.

Names select from a table; nothing is imported by them without trust.
"""

from __future__ import annotations

import importlib

from likewise.errors import CheckpointError, UntrustedCodeError
from likewise.models.tokenizer.phrase_tokenizer import PhraseTokenizer
from likewise.models.tokenizer.transformers_tokenizer import TransformersTokenizerWrapper
from likewise.models.tokenizer.whitespace_tokenizer import WhitespaceTokenizer
from likewise.models.tokenizer.word_tokenizer import WordTokenizer

_CLASSES: dict[str, type[WordTokenizer]] = {
    "PhraseTokenizer": PhraseTokenizer,
    "TransformersTokenizerWrapper": TransformersTokenizerWrapper,
    "WhitespaceTokenizer": WhitespaceTokenizer,
}
_PACKAGES = ("sentence_transformers", "likewise")


def tokenizer_class(path: str, *, trust_remote_code: bool = False, where: str = "") -> type[WordTokenizer]:
    """Look a tokenizer class up by its dotted path, in any spelling that a version of Sentence Transformers wrote.

    Args:
        path: Such as "sentence_transformers.models.tokenizer.WhitespaceTokenizer.WhitespaceTokenizer".
        trust_remote_code: Whether another path may be imported; the caller's decision, never a file's.
        where: File and key, for the message.

    Returns:
        The class.

    Raises:
        UntrustedCodeError: If the path is not one of ours and code is not trusted.
        CheckpointError: If trusted code cannot be imported, or is no `WordTokenizer`.

    Example:
        >>> tokenizer_class("sentence_transformers.models.tokenizer.WhitespaceTokenizer").__name__
        'WhitespaceTokenizer'
    """
    package, _, rest = path.partition(".")
    name = rest.rpartition(".")[2]
    if package in _PACKAGES and name in _CLASSES:
        return _CLASSES[name]
    place = f"{where}: " if where else ""
    if not trust_remote_code:
        raise UntrustedCodeError(
            f"{place}the tokenizer class {path!r} is not one of ours",
            accepted=f"'sentence_transformers.models.tokenizer.' followed by one of {', '.join(sorted(_CLASSES))}",
            fix="if you trust the author of the model, pass trust_remote_code=True",
        )
    module_name, _, name = path.rpartition(".")
    try:
        found = getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise CheckpointError(f"{place}the tokenizer class {path!r} cannot be imported: {error}") from error
    if not isinstance(found, type) or not issubclass(found, WordTokenizer):
        raise CheckpointError(f"{place}{path!r} is no WordTokenizer", accepted="a subclass of WordTokenizer")
    return found


def tokenizer_path(tokenizer: WordTokenizer) -> str:
    """The dotted path to write for a tokenizer, which every version of Sentence Transformers opens.

    Args:
        tokenizer: The tokenizer.

    Returns:
        Such as "sentence_transformers.models.tokenizer.WhitespaceTokenizer".

    Example:
        >>> tokenizer_path(WhitespaceTokenizer())
        'sentence_transformers.models.tokenizer.WhitespaceTokenizer'
    """
    kind = type(tokenizer)
    if _CLASSES.get(kind.__name__) is kind:
        return f"sentence_transformers.models.tokenizer.{kind.__name__}"
    return f"{kind.__module__}.{kind.__qualname__}"
