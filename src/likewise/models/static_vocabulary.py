"""The tokens of a static model, taken from a teacher's tokenizer: some left out, words added. Knows no embeddings."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from tokenizers import Tokenizer

from likewise.errors import ConfigError

logger = logging.getLogger(__name__)

_UNKNOWN = "[UNK]"


@final
@dataclass(frozen=True, slots=True)
class StaticVocabulary:
    """A tokenizer and where each of its tokens comes from.

    Args:
        tokenizer: The tokenizer of the static model, without special tokens around a text, truncation or padding.
        entries: For each id in turn, the teacher's id of the token, or the text of a word that was added ("" for an id
            that no token has).
    """

    tokenizer: Tokenizer
    entries: list[int | str]


def build_vocabulary(
    serialized: str, *, words: Sequence[str], use_subword: bool, remove_pattern: str | None
) -> StaticVocabulary:
    r"""Make the tokenizer of a static model.

    Args:
        serialized: The teacher's tokenizer as JSON.
        words: Words to add. A word that the teacher splits at spaces or punctuation could never be met in a text: it is
            left out, which is said once.
        use_subword: Whether to keep the teacher's tokens; if not, a text is split into words and those that were not
            added are unknown.
        remove_pattern: Regular expression; tokens of the teacher that match as a whole are left out.

    Returns:
        The tokenizer and its tokens.

    Raises:
        ConfigError: If the teacher's kind of tokenizer does not allow what is asked.

    Example:
        >>> from tokenizers import Tokenizer, models
        >>> teacher = Tokenizer(models.WordLevel({"[UNK]": 0, "cat": 1, "[unused0]": 2}, unk_token="[UNK]"))
        >>> pattern = r"\[unused.\]"
        >>> made = build_vocabulary(teacher.to_str(), words=["dog"], use_subword=True, remove_pattern=pattern)
        >>> made.entries, made.tokenizer.encode("dog").ids
        ([0, 1, 'dog'], [2])
    """
    spec: dict[str, Any] = json.loads(serialized)
    spec.update(post_processor=None, truncation=None, padding=None)
    teacher = Tokenizer.from_str(json.dumps(spec))
    word_of_piece = _pieces(teacher, words)
    if use_subword:
        if remove_pattern is not None:
            _remove(spec["model"], re.compile(remove_pattern), keep={each["content"] for each in spec["added_tokens"]})
        _add(spec["model"], [piece for piece in word_of_piece if teacher.token_to_id(piece) is None])
    else:
        pieces = [piece for piece in word_of_piece if piece != _UNKNOWN]
        vocab = {piece: at for at, piece in enumerate([_UNKNOWN, *pieces])}
        spec["model"] = {"type": "WordLevel", "vocab": vocab, "unk_token": _UNKNOWN}
        spec["added_tokens"] = []
    tokenizer = Tokenizer.from_str(json.dumps(spec))
    return StaticVocabulary(tokenizer, _entries(tokenizer, teacher, word_of_piece))


def _pieces(teacher: Tokenizer, words: Sequence[str]) -> dict[str, str]:
    """What the teacher's normaliser and pre-tokenizer make of each word -> the word, where that is one piece."""
    result: dict[str, str] = {}
    split = []
    for word in words:
        normal = word if teacher.normalizer is None else teacher.normalizer.normalize_str(word)
        parts = (
            [normal]
            if teacher.pre_tokenizer is None
            else [p for p, _ in teacher.pre_tokenizer.pre_tokenize_str(normal)]
        )
        if len(parts) == 1 and parts[0]:
            result.setdefault(parts[0], word)
        else:
            split.append(word)
    if split:
        logger.warning(
            "%d of the %d words of the vocabulary are left out, as the tokenizer splits them: %s",
            len(split),
            len(words),
            split[:5],
        )
    return result


def _remove(model: dict[str, Any], pattern: re.Pattern[str], *, keep: set[str]) -> None:
    vocab = model["vocab"]
    names = list(vocab) if isinstance(vocab, dict) else [name for name, _ in vocab]
    gone = {name for name in names if pattern.fullmatch(name)} - keep - {model.get("unk_token")}
    if not gone:
        return
    if model["type"] not in ("WordPiece", "WordLevel"):
        raise ConfigError(
            f"the teacher has a {model['type']} tokenizer, of which no token can be left out: {sorted(gone)[:3]}",
            fix="token_remove_pattern=None",
        )
    ordered = sorted(set(vocab) - gone, key=vocab.__getitem__)
    model["vocab"] = {name: at for at, name in enumerate(ordered)}


def _add(model: dict[str, Any], pieces: Sequence[str]) -> None:
    if not pieces:
        return
    vocab = model["vocab"]
    if model["type"] == "Unigram":
        # The logarithm of probability 1: the whole piece beats every way of splitting it.
        vocab.extend([piece, 0.0] for piece in pieces)
        return
    first = max(vocab.values(), default=-1) + 1
    vocab.update({piece: first + at for at, piece in enumerate(pieces)})
    if model["type"] == "BPE":
        # Whole pieces that are in the vocabulary are then taken as they are.
        model["ignore_merges"] = True


def _entries(tokenizer: Tokenizer, teacher: Tokenizer, word_of_piece: Mapping[str, str]) -> list[int | str]:
    name_of_id = {at: name for name, at in tokenizer.get_vocab(with_added_tokens=True).items()}
    entries: list[int | str] = []
    for at in range(max(name_of_id) + 1):
        name = name_of_id.get(at, "")
        own = teacher.token_to_id(name) if name else None
        entries.append(word_of_piece.get(name, name) if own is None else own)
    return entries
