"""All texts of an input with their embeddings, on disk. Knows how they are read, not what is done with them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from likewise.cli.console import Console
from likewise.cli.embedding import Embedder, Role, counted
from likewise.cli.progress import Progress
from likewise.cli.unnamed_files import UnnamedRecords, UnnamedRows
from likewise.errors import InputError, OutputError
from likewise.texts.reading import TextInput

if TYPE_CHECKING:
    import numpy as np  # parsing and --help do without it

    from likewise.embedding_store import EmbeddingStore


@final
@dataclass(frozen=True, slots=True)
class Collection:
    """Texts and their embeddings.

    Args:
        records: N texts, none of them blank.
        embeddings: [N, D].
    """

    records: UnnamedRecords
    embeddings: np.ndarray | EmbeddingStore

    @property
    def texts(self) -> Sequence[str]:
        """The texts alone, read as they are asked for."""
        return self.records.texts

    @property
    def has_several_sources(self) -> bool:
        """Whether line numbers alone do not say where a text stands."""
        return len(self.records.sources) > 1


@final
@dataclass(frozen=True, slots=True)
class Room:
    """Where texts and embeddings are while a command works with them.

    Args:
        folder: Folder of files without a name; None is the system's.
        embeddings: Folder of embeddings that stay, or are there from before; None keeps none.
    """

    folder: Path | None = None
    embeddings: Path | None = None

    @classmethod
    def of(cls, args: argparse.Namespace) -> Room:
        """Take it from the arguments: beside the output, if there is one.

        Args:
            args: Parsed arguments, with `embeddings` and `output`.

        Returns:
            The room.

        Raises:
            OutputError: If embeddings are to go to a file.
        """
        embeddings = None if args.embeddings is None else Path(args.embeddings)
        if embeddings is not None and embeddings.exists() and not embeddings.is_dir():
            raise OutputError(f"{embeddings} is a file", accepted="a folder, or a path where there is nothing")
        return cls(None if args.output is None else Path(args.output).absolute().parent, embeddings)

    def below(self, name: str) -> Room:
        """The room of one of several inputs.

        Args:
            name: Tells it from the others.

        Returns:
            The room.
        """
        return self if self.embeddings is None else Room(self.folder, self.embeddings / name)


def add_embeddings_argument(parser: argparse.ArgumentParser) -> None:
    """Add the argument that says where embeddings stay.

    Args:
        parser: The parser of a command.
    """
    parser.add_argument(
        "--embeddings",
        metavar="DIR",
        help="keep the embeddings in this folder, go on there after a kill, and take those that are there, also from "
        "`likewise encode --out DIR` (default: they go when the command ends)",
    )


@final
class Texts:
    """The texts of an input, blank ones left out.

    Args:
        source: The input. Its first text is read at once, so that one without any is refused before a model is loaded.

    Raises:
        InputError: If it cannot be read, or holds no text.
    """

    def __init__(self, source: TextInput) -> None:
        self._source = source
        self._tally: dict[str, int] = {}
        records = counted(source, self._tally)
        first = next(records, None)
        if first is None:
            raise InputError(f"{source.name}: no texts", accepted="at least one text that is not blank")
        self._records = chain([first], records)

    def embed(self, embedder: Embedder, console: Console, room: Room | None = None, role: Role = None) -> Collection:
        """Read and embed them all, a few at a time. Can be called once.

        Args:
            embedder: The model.
            console: Where progress is shown, and how many blank texts there were.
            room: Where texts and embeddings are meanwhile.
            role: "query" or "document" for models that treat them differently.

        Returns:
            The texts and their embeddings.

        Raises:
            InputError: If the folder of embeddings comes from another model, other settings or other texts.
            OutputError: If there is no room.
        """
        room = room or Room()
        records = UnnamedRecords(room.folder)
        progress = Progress(console)
        if room.embeddings is None:
            embeddings: np.ndarray | EmbeddingStore = self._embedded(embedder, records, progress, room, role)
        else:
            model: Any = embedder.model
            options = {**embedder.options, "task": role, "show_progress_bar": False}
            embeddings = model.encode_to(room.embeddings, self._texts(records, progress), **options)
        progress.close()
        if self._tally:
            console.note(f"{self._source.name}: {self._tally['blank']:,} blank texts were left out")
        return Collection(records, embeddings)

    def _embedded(
        self, embedder: Embedder, records: UnnamedRecords, progress: Progress, room: Room, role: Role
    ) -> np.ndarray:
        rows = UnnamedRows(room.folder)
        for chunk in embedder.chunks(self._records, role):
            for record in chunk.records:
                records.append(record)
            rows.append(chunk.embeddings)
            progress.advance(len(chunk.records), self._source.fraction)
        return rows.mapped()

    def _texts(self, records: UnnamedRecords, progress: Progress) -> Iterator[str]:
        for record in self._records:
            records.append(record)
            yield record.text
            progress.advance(1, self._source.fraction)
