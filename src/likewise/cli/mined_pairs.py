"""Pairs of texts that were found, as lines, JSON or rows of a file. Knows records, not how they were found."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, final

from likewise.cli.console import Console, printable
from likewise.cli.row_output import Kinds, check_row_output, write_rows
from likewise.texts.tables import Record

WIDTH = 100


@final
@dataclass(frozen=True, slots=True)
class PairForm:
    """How pairs are written.

    Args:
        first: What the first text of a pair is called.
        second: What the second one is called.
        with_sources: Whether the names of files are written, beside line numbers.
    """

    first: str = "first"
    second: str = "second"
    with_sources: bool = False

    @property
    def kinds(self) -> Kinds:
        """Columns of a file of pairs."""
        kinds = {"score": "float64"}
        for side in (self.first, self.second):
            kinds |= {f"{side}_source": "string"} if self.with_sources else {}
            kinds |= {f"{side}_line": "int64"}
        return {**kinds, self.first: "string", self.second: "string"}

    def row(self, score: float, one: Record, other: Record) -> list[Any]:
        """Values of a row.

        Args:
            score: How similar they are.
            one: The first text.
            other: The second text.

        Returns:
            A value for each of `kinds`.
        """
        places: list[Any] = []
        for record in (one, other):
            places += [record.source, record.line] if self.with_sources else [record.line]
        return [score, *places, one.text, other.text]


Pairs = Iterable[tuple[float, Record, Record]]


def add_pair_output_argument(parser: argparse.ArgumentParser) -> None:
    """Add the argument that says where pairs go.

    Args:
        parser: The parser of a command.
    """
    parser.add_argument("-o", "--output", metavar="OUT", help=".tsv, .csv, .jsonl or .parquet (default: print)")


def check_pair_output(args: argparse.Namespace) -> None:
    """Refuse an output before anything is computed.

    Args:
        args: Parsed arguments.

    Raises:
        OutputError: If it cannot be written there.
    """
    if args.output is not None:
        check_row_output(args.output)


def give_pairs(pairs: Pairs, form: PairForm, args: argparse.Namespace, console: Console) -> None:
    """Write pairs to the file that was asked for, or print them.

    Args:
        pairs: Score and texts of each.
        form: How they are written.
        args: Parsed arguments, with `output`.
        console: Where they are printed, if to no file.
    """
    if args.output is not None:
        rows = (form.row(*pair) for pair in pairs)
        count = write_rows(args.output, form.kinds, rows, console)
        if console.json:
            console.record({"output": args.output, "pairs": count})
        else:
            console.note(f"{count:,} pairs -> {args.output}")
        return
    count = 0
    for count, (score, one, other) in enumerate(pairs, 1):  # noqa: B007
        if console.json:
            console.record(dict(zip(form.kinds, form.row(score, one, other), strict=True)))
        else:
            for line in _lines(score, one, other):
                console.line(line)
    if not count:
        console.note("no pairs were found")


def _lines(score: float, one: Record, other: Record) -> Iterator[str]:
    for start, record in ((f"{score:7.4f}", one), (" " * 7, other)):
        place = printable(f"{record.source}:{record.line}")
        yield f"{start}  {printable(record.text, WIDTH)}  [{place}]"
