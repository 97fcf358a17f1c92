"""All texts of an input with their embeddings, in memory. Knows how they are read, not what is done with them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, final

from likewise.cli.console import Console
from likewise.cli.embedding import Embedder, Role, counted
from likewise.cli.progress import Progress
from likewise.errors import InputError
from likewise.texts.reading import TextInput
from likewise.texts.tables import Record

if TYPE_CHECKING:
    import numpy as np  # parsing and --help do without it


@final
@dataclass(frozen=True, slots=True)
class Collection:
    """Texts and their embeddings.

    Args:
        records: N texts, none of them blank.
        embeddings: [N, D].
    """

    records: list[Record]
    embeddings: np.ndarray

    @property
    def texts(self) -> list[str]:
        """The texts alone."""
        return [record.text for record in self.records]

    @property
    def has_several_sources(self) -> bool:
        """Whether line numbers alone do not say where a text stands."""
        return len({record.source for record in self.records}) > 1


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

    def embed(self, embedder: Embedder, console: Console, role: Role = None) -> Collection:
        """Read and embed them all. Can be called once.

        Args:
            embedder: The model.
            console: Where progress is shown, and how many blank texts there were.
            role: "query" or "document" for models that treat them differently.

        Returns:
            The texts and their embeddings.
        """
        import numpy as np

        records: list[Record] = []
        parts = []
        progress = Progress(console)
        for chunk in embedder.chunks(self._records, role):
            records += chunk.records
            parts.append(chunk.embeddings)
            progress.advance(len(chunk.records), self._source.fraction)
        progress.close()
        if self._tally:
            console.note(f"{self._source.name}: {self._tally['blank']:,} blank texts were left out")
        return Collection(records, np.concatenate(parts))
