"""Records to embeddings, a bounded number at a time. Knows the documented `encode`, not what embeddings are for."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, final

from likewise.cli.model_access import EmbeddingModel, at_least_one
from likewise.errors import InputError
from likewise.texts.tables import Record

if TYPE_CHECKING:
    import numpy as np  # parsing and --help do without it

# Enough for the encode loop to sort by length and fill its batches, little enough to hold and to show progress by.
# Models that read texts of any length look tokens up in a table, a thousand times faster: more at a time is right.
CHUNK_TEXTS = 512
FAST_CHUNK_TEXTS = 4096
CHUNK_CHARACTERS = 16 * 2**20

Role = Literal["query", "document"] | None


@final
@dataclass(frozen=True, slots=True)
class Chunk:
    """Some records and their embeddings.

    Args:
        records: N records.
        embeddings: [N, D].
    """

    records: Sequence[Record]
    embeddings: np.ndarray


@final
@dataclass(frozen=True, slots=True)
class Embedder:
    """A model with the arguments that every call of `encode` gets.

    Args:
        model: The model.
        options: Keyword arguments of `encode`.
    """

    model: EmbeddingModel
    options: Mapping[str, Any] = field(default_factory=dict)

    def embed(self, texts: Sequence[str], role: Role = None, **options: Any) -> np.ndarray:
        """Embed a few texts.

        Args:
            texts: N texts.
            role: "query" or "document" for models that treat them differently, None for plain `encode`.
            **options: Further keyword arguments of `encode`.

        Returns:
            [N, D].

        Raises:
            InputError: If an embedding holds NaN or infinity.
        """
        import numpy as np

        encode = {None: self.model.encode, "query": self.model.encode_query, "document": self.model.encode_document}
        found: np.ndarray = encode[role](list(texts), show_progress_bar=False, **{**self.options, **options})
        finite = np.isfinite(found).all(axis=1)
        if not finite.all():
            bad = texts[int(np.argmin(finite))][:80]
            raise InputError(f"the model gives NaN or infinity for {bad!r}", accepted="finite numbers")
        return found

    def chunks(self, records: Iterable[Record], role: Role = None, **options: Any) -> Iterator[Chunk]:
        """Embed any number of texts, a chunk at a time.

        Args:
            records: The texts, read as they are needed.
            role: As in `embed`.
            **options: As in `embed`.

        Yields:
            The records with their embeddings, in order.
        """
        size = FAST_CHUNK_TEXTS if self.model.max_seq_length in (None, math.inf) else CHUNK_TEXTS
        for part in bounded(records, size):
            yield Chunk(part, self.embed([record.text for record in part], role, **options))


def bounded(records: Iterable[Record], size: int) -> Iterator[list[Record]]:
    """Group records into lists that fit in memory.

    Args:
        records: The records.
        size: Most records of a list.

    Yields:
        Lists of records, of little more than `CHUNK_CHARACTERS` characters each.
    """
    part: list[Record] = []
    characters = 0
    for record in records:
        part.append(record)
        characters += len(record.text)
        if len(part) == size or characters >= CHUNK_CHARACTERS:
            yield part
            part, characters = [], 0
    if part:
        yield part


def add_encode_arguments(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Add the arguments that go into every call of `encode`.

    Args:
        parser: The parser of a command.

    Returns:
        The group that they are in.
    """
    group = parser.add_argument_group("encoding")
    group.add_argument(
        "--batch-size", metavar="N", type=at_least_one, help="most texts of a batch (default: by length)"
    )
    group.add_argument(
        "--truncation",
        choices=("warn", "error", "ignore"),
        default="warn",
        help="what to do about texts longer than the model reads (default: warn)",
    )
    return group


def encode_options(args: argparse.Namespace) -> dict[str, Any]:
    """Take the keyword arguments of `encode` from the arguments that `add_encode_arguments` added.

    Args:
        args: Parsed arguments.

    Returns:
        Keyword arguments.
    """
    return {"batch_size": args.batch_size, "truncation": args.truncation}


def counted(records: Iterable[Record], tally: dict[str, int]) -> Iterator[Record]:
    """Leave blank texts out, and count them.

    Args:
        records: The records.
        tally: Gets the number of blank ones under "blank".

    Yields:
        The records that are not blank.
    """
    for record in records:
        if record.text and not record.text.isspace():
            yield record
        else:
            tally["blank"] = tally.get("blank", 0) + 1
