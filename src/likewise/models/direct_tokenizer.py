"""Reads the tokenizer of a folder without transformers where that gives the same one, or leaves it to transformers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from tokenizers import AddedToken, Tokenizer

from likewise.errors import LikewiseError
from likewise.hub.folder import ModelFolder
from likewise.models.direct_architectures import ARCHITECTURES, Architecture
from likewise.models.file_tokenizer import FileTokenizer
from likewise.models.tokenizer_file import TOKENIZER_FILE, read_tokenizer
from likewise.models.tokenizer_forms import FORMS, TokenizerForm
from likewise.models.transformer_config import CONFIG_FILE, stripped
from likewise.models.transformer_loading import USED_OPTIONS

_CONFIG, _NAMES = "tokenizer_config.json", "special_tokens_map.json"
_NO_LIMIT = 10**30
_NO_MODEL = Architecture(model_class="", prefix="")
# Settings that change tokens, or bring others: left to transformers.
_UNREAD = ("auto_map", "fast_tokenizer_files", "model_specific_special_tokens")
_FLAGS = ("content", "single_word", "lstrip", "rstrip", "normalized", "special")


@final
@dataclass(frozen=True, slots=True)
class _Files:
    """What the small files say: those of the tokenizer by name, and the model's configuration."""

    small: Mapping[str, Any]
    config: Mapping[str, Any]


def read_direct_tokenizer(folder: ModelFolder, options: Mapping[str, Any]) -> FileTokenizer | None:
    """Read the tokenizer of a folder.

    Args:
        folder: The folder with the tokenizer's files.
        options: The caller's keyword arguments for the tokenizer.

    Returns:
        The tokenizer, or None where transformers has to build it.
    """
    passed = {name: value for name, value in options.items() if name not in USED_OPTIONS}
    if passed.keys() - {"model_max_length"}:
        return None
    try:
        needed = (TOKENIZER_FILE, _CONFIG, CONFIG_FILE)
        if any(folder.find(name) is None for name in needed) or folder.find("added_tokens.json") is not None:
            return None
        files = {name: dict(folder.config(name).data) for name in (_CONFIG, _NAMES) if folder.find(name) is not None}
        config = stripped(folder.config(CONFIG_FILE).data)
        # Modules that only look tokens up have a config.json of their own, without a model type.
        known = ARCHITECTURES.get(str(config.get("model_type"))) if "model_type" in config else _NO_MODEL
        if known is None:
            return None
        named = files[_CONFIG].get("tokenizer_class") or config.get("tokenizer_class") or known.tokenizer_class
        form = FORMS.get(str(named))
        return None if form is None else _read(folder, form, _Files(files, config), passed)
    except (LikewiseError, ValueError, TypeError, OSError):
        return None


def _read(folder: ModelFolder, form: TokenizerForm, files: _Files, options: Mapping[str, Any]) -> FileTokenizer | None:
    legacy = {} if "added_tokens_decoder" in files.small[_CONFIG] else files.small.get(_NAMES, {})
    settings = {**files.small[_CONFIG], **legacy, **options}
    if any(settings.get(name) for name in _UNREAD) or settings.get("split_special_tokens"):
        return None
    read = read_tokenizer(folder)
    truncation, padding = read.truncation, read.padding
    names = _special_tokens(form, settings, padding)
    more = _more_tokens(form, settings)
    if (
        names is None
        or more is None
        or not _are_added(read, settings, [*names.values(), *more])
        or not form.fits(read, settings, names)
    ):
        return None
    length = settings.get("model_max_length", settings.get("max_len"))
    side = settings.get("padding_side") or (padding or {}).get("direction", "right")
    cut = settings.get("truncation_side") or (truncation or {}).get("direction", "right")
    inputs = settings.get("model_input_names") or form.input_names
    segment = settings.get("pad_token_type_id", (padding or {}).get("pad_type_id", 0))
    if side not in ("left", "right") or cut not in ("left", "right") or type(segment) is not int:
        return None
    if not (length is None or (isinstance(length, int | float) and length > 0)):
        return None
    read.no_truncation()
    read.no_padding()
    pad = names.get("pad_token")
    return FileTokenizer(
        backend_tokenizer=read,
        truncation=truncation,
        padding=padding,
        model_max_length=_NO_LIMIT if length is None else int(length),
        pad_token_id=None if pad is None else read.token_to_id(pad),
        pad_token_type_id=segment,
        padding_side=side,
        truncation_side=cut,
        model_input_names=tuple(str(name) for name in inputs),
        files=files.small,
        config=files.config,
        options=options,
        name_or_path=str(folder.path),
    )


def _special_tokens(
    form: TokenizerForm, settings: Mapping[str, Any], padding: Mapping[str, Any] | None
) -> dict[str, str] | None:
    """Role to special token; None if one is not plainly named."""
    found: dict[str, str] = dict(form.tokens)
    if padding is not None and "pad_token" not in settings:
        found["pad_token"] = padding["pad_token"]
    for role, value in settings.items():
        if not role.endswith("_token") or isinstance(value, bool):
            continue
        content = value.get("content") if isinstance(value, dict) else value
        if content is None and role not in form.tokens:
            continue
        if not isinstance(content, str):
            return None
        found[role] = content
    return found


def _more_tokens(form: TokenizerForm, settings: Mapping[str, Any]) -> list[Any] | None:
    """Special tokens that have no role; None if they have names of their own, which transformers has to read."""
    # Version 5 of transformers writes the later name.
    said = [settings[key] for key in ("additional_special_tokens", "extra_special_tokens") if settings.get(key)]
    if not said:
        return list(form.more)
    if len(said) > 1 or not isinstance(said[0], list):
        return None
    return [token.get("content") if isinstance(token, dict) else token for token in said[0]]


def _are_added(read: Tokenizer, settings: Mapping[str, Any], wanted: list[Any]) -> bool:
    """Whether the file holds all special tokens as the settings want them, with the ids that they would get."""
    added = read.get_added_tokens_decoder()
    by_content = {token.content: token for token in added.values()}
    if any(content not in by_content or not by_content[content].special for content in wanted):
        return False
    stated = settings.get("added_tokens_decoder")
    if stated is not None and {int(at): _flags(token) for at, token in stated.items()} != {
        at: _flags(token) for at, token in added.items()
    }:
        return False
    size = read.get_vocab_size(with_added_tokens=False)
    outside = sorted(at for at, token in added.items() if read.model.token_to_id(token.content) is None)
    inside = all(read.model.token_to_id(token.content) in (None, at) for at, token in added.items())
    return inside and outside == list(range(size, size + len(outside)))


def _flags(token: AddedToken | Mapping[str, Any]) -> tuple[Any, ...]:
    if isinstance(token, AddedToken):
        return tuple(getattr(token, flag) for flag in _FLAGS)
    return tuple(token.get(flag, "") for flag in _FLAGS)
