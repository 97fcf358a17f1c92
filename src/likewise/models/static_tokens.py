"""Texts to token ids without special tokens, for models that only look tokens up. Knows no embedding table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, final

import numpy as np
from tokenizers import Tokenizer

from likewise.errors import InputError
from likewise.models.text_tokenizer import Tokenised
from likewise.models.token_rows import Padding, TokenRows
from likewise.models.tokenizer_backend import Text
from likewise.models.tokenizer_file import tokenizer_errors
from likewise.models.word_cache import WordCache, is_word_local, spans

_CHUNK = 1024


@final
class StaticTokens:
    """Tokenises many texts at once into one flat array of ids; safe to share between threads.

    The tokenizer is never changed, and padding that it may do is left out. Where it treats every space-separated word
    on its own, each word is tokenised once and then looked up.

    Args:
        source: A tokenizer of the `tokenizers` library. If it truncates, texts are cut to that many tokens.

    Example:
        >>> from tokenizers import Tokenizer, models, pre_tokenizers
        >>> tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "hello": 1, "world": 2}, unk_token="[UNK]"))
        >>> tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        >>> StaticTokens(tokenizer).encode(["hello world", "", "world"]).rows.ids
        array([1, 2, 2])
    """

    def __init__(self, source: Tokenizer) -> None:
        self.source = source
        self._view = _View(source, _state_of(source))

    def __reduce__(self) -> tuple[type[StaticTokens], tuple[Tokenizer]]:
        return StaticTokens, (self.source,)

    @property
    def limit(self) -> int | None:
        """Most tokens of a text that are read; None is no limit."""
        return None if self.source.truncation is None else int(self.source.truncation["max_length"])

    def encode(self, texts: Sequence[Text]) -> Tokenised:
        """Tokenise texts.

        Args:
            texts: Texts, or pairs of texts, which are read one after the other.

        Returns:
            The token ids, in the same order.

        Raises:
            InputError: If an input is no text, or not valid Unicode.
            CheckpointError: If the tokenizer itself is damaged.
        """
        state = _state_of(self.source)
        view = self._view
        if view.state != state:
            # Somebody has changed the tokenizer: padding, truncation, or a token more.
            view = self._view = _View(self.source, state)
        try:
            with tokenizer_errors("the tokenizer fails"):
                ids, offsets = view.encode(texts)
        except (TypeError, UnicodeError) as error:
            raise _explain(texts, error) from error
        limit, cut_left = view.truncation
        return _cut(ids, offsets, limit, cut_left=cut_left)


def _state_of(source: Tokenizer) -> tuple[Any, ...]:
    return source.padding, source.truncation, source.get_vocab_size()


@final
class _View:
    """What is read of a tokenizer in one state of it: the tokenizer itself, or a copy that does not pad or truncate."""

    def __init__(self, source: Tokenizer, state: tuple[Any, ...]) -> None:
        self.state = state
        padding, truncation, _ = state
        self.truncation: tuple[int | None, bool] = (None, False)
        if truncation is not None:
            self.truncation = (int(truncation["max_length"]), truncation["direction"] == "left")
        self._plain = source
        if padding is not None or truncation is not None:
            self._plain = Tokenizer.from_str(source.to_str())
            self._plain.no_padding()
            self._plain.no_truncation()
        self._words = WordCache(self._plain) if is_word_local(self._plain) else None

    def encode(self, texts: Sequence[Text]) -> tuple[np.ndarray, np.ndarray]:
        """Ids int64 [T] and offsets int64 [N + 1], nothing cut."""
        if self._words is not None and all(type(text) is str for text in texts):
            return self._words.encode(texts)  # type: ignore[arg-type]
        parts, sizes = [np.zeros(0, dtype=np.int64)], []
        for start in range(0, len(texts), _CHUNK):
            chunk = list(texts[start : start + _CHUNK])
            rows = [row.ids for row in self._plain.encode_batch_fast(chunk, add_special_tokens=False)]
            lengths = list(map(len, rows))
            sizes.extend(lengths)
            parts.append(np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=sum(lengths)))
        offsets = np.zeros(len(texts) + 1, dtype=np.int64)
        np.cumsum(sizes, out=offsets[1:])
        return np.concatenate(parts), offsets


def _cut(ids: np.ndarray, offsets: np.ndarray, limit: int | None, *, cut_left: bool) -> Tokenised:
    sizes = np.diff(offsets)
    truncated = np.zeros(len(sizes), dtype=bool) if limit is None else sizes > limit
    if limit is not None and truncated.any():
        shift = np.maximum(sizes - limit, 0) if cut_left else np.zeros_like(sizes)
        sizes = np.minimum(sizes, limit)
        ids = ids[spans(offsets[:-1] + shift, sizes)]
        offsets = np.concatenate([[0], np.cumsum(sizes)])
    return Tokenised(TokenRows(ids, offsets, None, Padding()), truncated)


def _explain(texts: Sequence[Any], error: Exception) -> Exception:
    for at, text in enumerate(texts):
        for part in text if isinstance(text, tuple | list) else (text,):
            if not isinstance(part, str):
                return InputError(f"input {at} is a {type(part).__name__}", accepted="a text, or a tuple of two texts")
            try:
                part.encode("utf-8")
            except UnicodeEncodeError as bad:
                return InputError(
                    f"input {at} holds a lone surrogate at character {bad.start}, which is no Unicode text",
                    accepted="texts that can be written as UTF-8",
                    fix="text.encode('utf-8', 'replace').decode('utf-8')",
                )
    return error
