"""`likewise compare`: scores of two texts, or of the texts of two files. Knows the steps, not the arithmetic."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from likewise.cli.console import Console, printable
from likewise.cli.embedding import CHUNK_TEXTS, Embedder, add_encode_arguments, bounded, encode_options
from likewise.cli.model_access import Loader, add_model_arguments, model_options
from likewise.cli.read_arguments import add_read_arguments, read_options
from likewise.errors import InputError, ShapeError
from likewise.texts.reading import KINDS, TextInput
from likewise.texts.tables import Record

WIDTH = 50

_EXAMPLES = """\
examples:
  likewise compare "A man is eating." "Someone has a meal."
  likewise compare english.txt german.txt          line 1 with line 1, line 2 with line 2, ...
  likewise compare a.txt b.txt --all-pairs         every line with every line
  likewise compare a.csv b.csv --column title --json

Higher scores are more similar: cosine reaches from -1 to 1; euclidean and manhattan are negative distances."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser.

    Args:
        commands: What `add_subparsers` gave.

    Returns:
        The parser of the command.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "compare",
        help="score two texts, or two files line by line",
        description="Score how similar two texts are, or the texts of two files.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("first", metavar="FIRST", help="a text, or a file")
    parser.add_argument("second", metavar="SECOND", help="a text, or a file")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--texts", action="store_true", help="both are texts, even if files have these names")
    kind.add_argument("--files", action="store_true", help="both are files (- is stdin)")
    parser.add_argument("--all-pairs", action="store_true", help="score every text with every text of the other file")
    add_read_arguments(parser)
    add_model_arguments(parser)
    add_encode_arguments(parser)
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace, console: Console, loader: Loader) -> int:
    """Compare and print.

    Args:
        args: Parsed arguments.
        console: Where scores go.
        loader: What loads the model.

    Returns:
        The exit code.

    Raises:
        InputError: If the inputs cannot be read, or it is not clear what they are.
    """
    if not _are_files(args):
        embedder = Embedder(loader(model_options(args)), encode_options(args))
        rows = embedder.embed([_checked(args.first), _checked(args.second)])
        score = float(embedder.model.similarity_pairwise(rows[:1], rows[1:])[0])
        if console.json:
            console.record({"score": score, "first": args.first, "second": args.second})
        else:
            console.line(f"{score:.4f}")
        return 0
    if args.first == args.second == "-":
        raise InputError("stdin cannot be both files", fix="likewise compare FILE -")
    options = read_options(args)
    first, second = TextInput(args.first, options), TextInput(args.second, options)
    embedder = Embedder(loader(model_options(args)), encode_options(args))
    pairs = _all_pairs(embedder, first, second) if args.all_pairs else _row_by_row(embedder, first, second)
    count = 0
    for score, one, other in pairs:
        count += 1
        _print(console, score, one, other)
    if not count:
        raise InputError(f"{first.name} or {second.name} holds no texts", accepted="at least one text in each")
    return 0


def _are_files(args: argparse.Namespace) -> bool:
    if args.texts or args.files:
        return bool(args.files)
    names = (args.first, args.second)
    exist = [_is_path(name) for name in names]
    if any(exist) and not all(exist):
        there, absent = names if exist[0] else names[::-1]
        raise InputError(
            f"{there!r} is a file, {absent!r} is not",
            accepted="two files or two texts",
            fix="--texts if both are texts",
        )
    if not any(exist) and all(Path(name).suffix.lower() in KINDS and " " not in name for name in names):
        raise InputError(
            f"{args.first} and {args.second}: no such files", fix="check the paths, or --texts to compare the names"
        )
    return all(exist)


def _is_path(name: str) -> bool:
    try:
        return name == "-" or Path(name).exists()
    except (OSError, ValueError):  # a text may be longer than a name can be
        return False


def _checked(text: str) -> str:
    from likewise.texts.lines import check_unicode

    if not text.strip():
        raise InputError("an empty text", accepted="two texts")
    return check_unicode(text, "argument")


def _row_by_row(embedder: Embedder, first: TextInput, second: TextInput) -> Iterator[tuple[float, Record, Record]]:
    left, right = bounded(first, CHUNK_TEXTS), bounded(second, CHUNK_TEXTS)
    for ones, others in _same_length(left, right, first.name, second.name):
        scores = embedder.model.similarity_pairwise(embedder.embed(_texts(ones)), embedder.embed(_texts(others)))
        yield from zip(scores.tolist(), ones, others, strict=True)


def _same_length(
    left: Iterator[list[Record]], right: Iterator[list[Record]], left_name: str, right_name: str
) -> Iterator[tuple[list[Record], list[Record]]]:
    """Parts of two inputs, cut at the same places; an error as soon as one ends before the other."""
    ones: list[Record] = []
    others: list[Record] = []
    done = 0
    while True:
        ones = ones or next(left, [])
        others = others or next(right, [])
        common = min(len(ones), len(others))
        if not common:
            break
        yield ones[:common], others[:common]
        ones, others, done = ones[common:], others[common:], done + common
    if ones or others:
        shorter, longer = (right_name, left_name) if ones else (left_name, right_name)
        raise ShapeError(
            f"{shorter} has {done:,} texts, {longer} has more",
            accepted="two files with the same number of texts",
            fix="--all-pairs to compare every text with every text",
        )


def _all_pairs(embedder: Embedder, first: TextInput, second: TextInput) -> Iterator[tuple[float, Record, Record]]:
    columns = list(embedder.chunks(second))
    for rows in embedder.chunks(first):
        for index, one in enumerate(rows.records):
            for chunk in columns:
                scores = embedder.model.similarity(rows.embeddings[index : index + 1], chunk.embeddings)[0]
                yield from ((score, one, other) for score, other in zip(scores.tolist(), chunk.records, strict=True))


def _texts(records: list[Record]) -> list[str]:
    return [record.text for record in records]


def _print(console: Console, score: float, one: Record, other: Record) -> None:
    if console.json:
        lines = {"first_line": one.line, "second_line": other.line}
        console.record({"score": score, "first": one.text, "second": other.text, **lines})
    else:
        console.line(f"{score:8.4f}  {printable(one.text, WIDTH)}  |  {printable(other.text, WIDTH)}")
