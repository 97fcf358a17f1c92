"""A stream of inputs cut into pieces that fit in memory, with a checksum per shard. Knows no model and no disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from likewise.encoding.inputs import check_values, rough_size
from likewise.errors import InputError, InputTypeError

if TYPE_CHECKING:
    from hashlib import blake2b as Digest  # hashlib has no public name for the type of its objects

# Enough to sort by length and to keep a device busy; little enough to hold.
PIECE_ROWS = 4096
PIECE_CHARACTERS = 16 * 2**20
_ACCEPTED = "an iterable of texts, read once, such as a list, a column or a generator"
_END = object()


@final
@dataclass(frozen=True, slots=True)
class Piece:
    """Inputs that are encoded together.

    Args:
        start: Position of the first one in the source.
        values: The inputs.
        shard_checksum: Checksum of all inputs of the shard, if this is its last piece; else None.
    """

    start: int
    values: list[Any]
    shard_checksum: str | None


@final
class Source:
    """Inputs that are read once, in order, a bounded number at a time.

    Args:
        given: The inputs.
        accepts: Whether the model reads one input of this kind.

    Raises:
        InputTypeError: If it is no iterable of inputs.
    """

    def __init__(self, given: Any, accepts: Callable[[object], bool]) -> None:
        self._values = iter(_checked(given))
        self._accepts = accepts
        self.position = 0
        """How many inputs have been read."""

    def skip(self, rows: int, checksum: str) -> None:
        """Read the inputs of a shard that is done already, and see that they are the same.

        Args:
            rows: How many.
            checksum: What the pieces of the shard said.

        Raises:
            InputError: If the inputs are others, or fewer.
        """
        start = self.position
        digest = _new_digest()
        left = rows
        while left:
            values = self._piece(left, digest)
            left -= len(values)
            if not values:
                raise InputError(
                    f"the source ends after {self.position:,} inputs; {start + rows:,} were embedded before",
                    accepted="the same inputs in the same order, to go on",
                    fix="use another folder",
                )
        if digest.hexdigest() != checksum:
            raise InputError(
                f"the inputs {start:,} to {self.position - 1:,} of the source differ from those embedded before",
                accepted="the same inputs in the same order, to go on",
                fix="use another folder",
            )

    def check_end(self) -> None:
        """See that there are no more inputs.

        Raises:
            InputError: If there are.
        """
        end = self.position
        if next(self._values, _END) is not _END:
            raise InputError(
                f"the source goes on after {end:,} inputs, where it ended before",
                accepted="the same inputs in the same order",
                fix="embed the new ones to a folder of their own",
            )

    def pieces(self, rows_per_shard: int) -> Iterator[Piece]:
        """Read the rest. Where a piece ends depends on the inputs since the start of its shard alone.

        Args:
            rows_per_shard: Inputs of a shard.

        Yields:
            The pieces; the last one of the source ends a shard too.

        Raises:
            InputError: If an input cannot be used; the message names its position.
        """
        digest, left = _new_digest(), rows_per_shard
        values = self._piece(left, digest)
        while values:
            start = self.position - len(values)
            left -= len(values)
            # Read before this piece is given, to know whether it is the last: nothing, where the shard is full.
            following = self._piece(left, digest)
            yield Piece(start, values, None if following else digest.hexdigest())
            if not left:
                digest, left = _new_digest(), rows_per_shard
                following = self._piece(left, digest)
            values = following

    def _piece(self, most: int, digest: Digest) -> list[Any]:
        most = min(most, PIECE_ROWS)
        values: list[Any] = []
        characters = 0
        while len(values) < most and characters < PIECE_CHARACTERS:
            value = next(self._values, _END)
            if value is _END:
                break
            values.append(value)
            characters += rough_size(value)
        check_values(values, self._accepts, self.position)
        digest.update(b"".join(_as_bytes(value, at) for at, value in enumerate(values, self.position)))
        self.position += len(values)
        return values


def _new_digest() -> Digest:
    return hashlib.blake2b(digest_size=16)


def _checked(given: Any) -> Iterable[Any]:
    if isinstance(given, str | bytes | bytearray | Mapping | set | frozenset) or not isinstance(given, Iterable):
        raise InputTypeError(
            f"a {type(given).__name__} as source",
            accepted=_ACCEPTED,
            fix="[text]; or, for a file, likewise.texts.read_texts(path)",
        )
    return given


def _as_bytes(value: Any, position: int) -> bytes:
    if isinstance(value, str):
        # No text holds the byte that ends it, so that no two lists of texts have the same bytes.
        return value.encode() + b"\xff"
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True).encode() + b"\xfe"
    except (TypeError, ValueError) as error:
        raise InputTypeError(
            f"input {position} is a {type(value).__name__}, of which no checksum can be made",
            accepted="texts, and lists and dictionaries of texts",
            fix="encode(inputs), and save what it gives",
        ) from error
