"""A private copy of a fast tokenizer's Rust backend, shared by threads. Knows token ids, no features.

Truncation is done here on the ids, so that one copy serves every maximum length at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

from tokenizers import Tokenizer

from likewise.errors import InputError
from likewise.models.file_tokenizer import FileTokenizer
from likewise.models.long_text import LongTextCutter

Text = str | tuple[str, str]


@final
class BackendCopy:
    """A private, read-only copy of a tokenizer's Rust backend.

    Args:
        source: A transformers tokenizer on the `tokenizers` library, or a `FileTokenizer`, which needs no copy.
        state: What `state_of` says of it.
    """

    def __init__(self, source: Any, state: tuple[Any, ...]) -> None:
        self.state = state
        self._from_left = source.truncation_side == "left"
        self._tokenizer = _unchanging(source)
        self._cutter = LongTextCutter(self._tokenizer)
        sequence = self._tokenizer.encode("a").sequence_ids
        self.tokens_after = next((at for at, part in enumerate(reversed(sequence)) if part is not None), 0)
        """How many special tokens stand after a text."""

    def encode(
        self, texts: Sequence[Text], max_length: int | None, *, with_types: bool
    ) -> tuple[list[list[int]], list[list[int]] | None, list[bool]]:
        """Tokenise texts; see `TextTokenizer.encode`.

        Args:
            texts: Texts and pairs of texts.
            max_length: Most tokens of a text; None cuts nothing.
            with_types: Whether segment ids are wanted.

        Returns:
            Token ids, segment ids and whether it was cut, of each text.
        """
        was_cut = [False] * len(texts)
        if max_length is None or self._from_left:
            encodings = self._tokenizer.encode_batch_fast(list(texts))
        else:
            encodings, was_cut = self._cutter.encode(texts, max_length)
        ids = [encoding.ids for encoding in encodings]
        types = [encoding.type_ids for encoding in encodings] if with_types else None
        if max_length is None:
            return ids, types, was_cut
        self._check_room(texts, max_length)
        for at in [at for at, row in enumerate(ids) if len(row) > max_length]:
            kept = _kept_tokens(encodings[at].sequence_ids, max_length, from_left=self._from_left)
            ids[at] = [ids[at][position] for position in kept]
            if types is not None:
                types[at] = [types[at][position] for position in kept]
            was_cut[at] = True
        return ids, types, was_cut

    def _check_room(self, texts: Sequence[Text], max_length: int) -> None:
        needed = self._tokenizer.num_special_tokens_to_add(any(isinstance(text, tuple) for text in texts))
        if max_length < needed:
            raise InputError(
                f"max_seq_length={max_length} leaves no room for the {needed} special tokens of the tokenizer",
                accepted=f"an integer of at least {needed + 1}",
            )


def _unchanging(source: Any) -> Tokenizer:
    if isinstance(source, FileTokenizer):
        return source.backend_tokenizer
    copy = Tokenizer.from_str(source.backend_tokenizer.to_str())
    copy.no_truncation()
    copy.no_padding()
    copy.encode_special_tokens = bool(source.split_special_tokens)
    return copy


def _kept_tokens(sequence: list[int | None], max_length: int, *, from_left: bool) -> list[int]:
    """Positions that stay when an encoding is cut: the special tokens, and the start (or end) of each segment."""
    sizes = (sequence.count(0), sequence.count(1))
    shares = _shares(*sizes, max_length - sequence.count(None))
    seen, kept = [0, 0], []
    for position, segment in enumerate(sequence):
        if segment is None:
            kept.append(position)
            continue
        rank = seen[segment]
        seen[segment] += 1
        if rank >= sizes[segment] - shares[segment] if from_left else rank < shares[segment]:
            kept.append(position)
    return kept


def _shares(first: int, second: int, room: int) -> tuple[int, int]:
    """Tokens that each segment keeps: the longer is cut first ("longest_first", as the tokenizers library does it)."""
    small, large = min(first, second), max(first, second)
    large = small if small > room else max(small, room - small)
    if small + large > room:
        small = room // 2
        large = small + room % 2
    return (large, small) if first > second else (small, large)


def runs_on_backend(source: Any) -> bool:
    """Whether encoding with the Rust backend alone gives what the tokenizer itself gives."""
    if isinstance(source, FileTokenizer):
        return True
    from transformers import PreTrainedTokenizerFast

    kind = type(source)
    return issubclass(kind, PreTrainedTokenizerFast) and all(
        getattr(kind, name, None) is getattr(PreTrainedTokenizerFast, name, None)
        for name in ("__call__", "_encode_plus", "_batch_encode_plus")
    )


def state_of(source: Any) -> tuple[Any, ...]:
    """What the private copy depends on and users change; cheap enough to be looked at for every chunk."""
    backend = source.backend_tokenizer
    if isinstance(source, FileTokenizer):
        return (id(backend),)
    parts = (backend.normalizer, backend.pre_tokenizer, backend.post_processor)
    return (
        id(backend),
        backend.get_vocab_size(True),
        source.truncation_side,
        bool(source.split_special_tokens),
        *(None if part is None else part.__getstate__() for part in parts),
    )
