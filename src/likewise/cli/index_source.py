"""What goes into a collection: records of an input, and how far that is. Knows stages by name, not what they do."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any, final

from likewise.cli.console import Console
from likewise.cli.embedding import counted
from likewise.cli.model_access import at_least_one
from likewise.cli.progress import Progress
from likewise.cli.read_arguments import add_read_arguments, read_options
from likewise.errors import InputError
from likewise.texts.reading import TextInput
from likewise.texts.tables import Record

if TYPE_CHECKING:
    from likewise.collection.building import Outcome  # parsing and --help do without numpy and torch

_UNITS = {"reading": "texts read", "embedding": "texts embedded", "indexing": "vectors indexed"}


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say what is added and how.

    Args:
        parser: The parser of a command.
    """
    add_read_arguments(parser)
    parser.add_argument("--show", metavar="NAME", action="append", help="column to keep for each hit (repeatable)")
    parser.add_argument("--restart", action="store_true", help="drop what an interrupted run has left, and begin anew")
    parser.add_argument(
        "--rows-per-shard", metavar="N", type=at_least_one, help="embeddings of a file (default: 32768)"
    )


def running_options(args: argparse.Namespace) -> dict[str, Any]:
    """How `encode_to` runs.

    Args:
        args: Parsed arguments.

    Returns:
        Keyword arguments.
    """
    devices = (args.device or "").split(",")
    return {
        "batch_size": args.batch_size,
        "truncation": args.truncation,
        "rows_per_shard": args.rows_per_shard,
        "device": devices if len(devices) > 1 else None,
    }


@final
class IndexSource:
    """The texts of an input, and the progress of the stages that they go through.

    Args:
        args: Parsed arguments.
        console: Where progress and notes go.

    Raises:
        InputError: If the input cannot be read, or holds no text.
    """

    def __init__(self, args: argparse.Namespace, console: Console) -> None:
        self._console = console
        self._input = TextInput(args.corpus, read_options(args))
        self.name = self._input.name
        self._tally: dict[str, int] = {}
        records = counted(self._input, self._tally)
        first = next(records, None)
        if first is None:
            raise InputError(f"{self.name}: no texts", accepted="at least one text that is not blank")
        self._records: Iterable[Record] = chain([first], records)
        self._stage = ""
        self._progress = Progress(console)

    def records(self) -> Iterator[dict[str, Any]]:
        """Read the texts, once.

        Yields:
            What a collection keeps of each.
        """
        for record in self._records:
            kept = {"text": record.text, "source": record.source, "line": record.line}
            yield {**kept, "columns": dict(record.columns)} if record.columns else kept
        if self._tally:
            self._console.note(f"{self.name}: {self._tally['blank']:,} blank texts were left out")

    def advance(self, stage: str, count: int, total: int | None) -> None:
        """Show how far a stage is.

        Args:
            stage: A key of `_UNITS`.
            count: Rows more.
            total: How many there are, if it is known.
        """
        if stage != self._stage:
            self._progress.close()
            self._stage, self._progress = stage, Progress(self._console, _UNITS[stage])
        fraction = (self._progress.count + count) / total if total else self._input.fraction
        self._progress.advance(count, fraction)

    def close(self) -> None:
        """Clear the line of progress."""
        self._progress.close()


def report(args: argparse.Namespace, console: Console, folder: str, outcome: Outcome, seconds: float) -> None:
    """Say what was done.

    Args:
        args: Parsed arguments.
        console: Where it is said.
        folder: The collection.
        outcome: What was done.
        seconds: How long it took.
    """
    if console.json:
        console.record(
            {
                "collection": folder,
                "texts": outcome.rows,
                "added": outcome.added,
                "resumed_after": outcome.resumed,
                "seconds": round(seconds, 3),
            }
        )
    elif not outcome.added:
        console.note(f"the texts of {args.corpus} are there already: {outcome.rows:,} texts -> {folder}")
    else:
        before = f" ({outcome.resumed:,} were embedded before)" if outcome.resumed else ""
        now = "" if outcome.added == outcome.rows else f", now {outcome.rows:,}"
        rate = (outcome.added - outcome.resumed) / max(seconds, 1e-9)
        texts = "1 text" if outcome.added == 1 else f"{outcome.added:,} texts"
        console.note(f"{texts} added{before}{now}, in {seconds:.1f} s ({rate:,.0f} texts/s) -> {folder}")
