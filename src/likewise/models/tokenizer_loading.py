"""Builds the transformers tokenizer of a folder. Knows its files, no model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from likewise.errors import CheckpointError, UntrustedCodeError
from likewise.hub.folder import ModelFolder
from likewise.models.quiet_transformers import quiet_transformers, translated_errors
from likewise.models.transformer_loading import USED_OPTIONS

_TOKENIZER_FILES = (
    "tokenizer.json", "tokenizer.model", "vocab.txt", "vocab.json", "merges.txt", "spiece.model", "spm.model",
    "sentencepiece.bpe.model", "bpe.codes", "source.spm", "tekken.json", "sentencepiece.model", "spm_vocab.json",
)  # fmt: skip
_TOKENIZER_SETTINGS = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")


def load_tokenizer(folder: ModelFolder, options: Mapping[str, Any], *, trust_remote_code: bool) -> Any:
    """Build the transformers tokenizer of a folder.

    Args:
        folder: The folder with the tokenizer's files.
        options: Keyword arguments for `AutoTokenizer.from_pretrained`.
        trust_remote_code: Whether code named by the folder may run.

    Returns:
        The tokenizer.

    Raises:
        CheckpointError: If there are no tokenizer files, or they are damaged.
        UntrustedCodeError: If the tokenizer is defined by code in the folder that may not run.
    """
    from transformers import AutoTokenizer

    _check_tokenizer_files(folder, trust_remote_code=trust_remote_code)
    passed = {name: value for name, value in options.items() if name not in USED_OPTIONS}
    with quiet_transformers(), translated_errors(folder.path, "the tokenizer"):
        return AutoTokenizer.from_pretrained(
            str(folder.path), local_files_only=True, trust_remote_code=trust_remote_code, **passed
        )


def _check_tokenizer_files(folder: ModelFolder, *, trust_remote_code: bool) -> None:
    found = [name for name in _TOKENIZER_FILES if folder.find(name) is not None]
    settings = {name: folder.config(name) for name in _TOKENIZER_SETTINGS if folder.find(name) is not None}
    if trust_remote_code:
        return
    # Without any of these transformers makes a tokenizer of an empty vocabulary, without a word.
    if not found:
        raise CheckpointError(
            f"{folder.path}: no tokenizer files",
            accepted=f"a folder with one of {', '.join(_TOKENIZER_FILES[:6])}, ...",
        )
    reader = settings.get("tokenizer_config.json")
    if reader is None:
        return
    for name in reader.texts("fast_tokenizer_files", default=[]):
        folder.find(name)
    auto_map, tokenizer_class = reader.data.get("auto_map"), reader.data.get("tokenizer_class")
    if auto_map and not _is_known_tokenizer(tokenizer_class):
        raise UntrustedCodeError(
            f"{reader.where}: the tokenizer is defined by code in the folder ('auto_map')",
            accepted="tokenizers of transformers",
            fix="if you have read that code and trust it: trust_remote_code=True",
        )


def _is_known_tokenizer(name: object) -> bool:
    from transformers.models.auto.tokenization_auto import tokenizer_class_from_name

    return isinstance(name, str) and tokenizer_class_from_name(name) is not None
