"""`likewise cluster`: groups of texts that are about the same. Knows the steps, not how clusters are found."""

from __future__ import annotations

import argparse
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from likewise.cli.collection import Collection, Room, Texts, add_embeddings_argument
from likewise.cli.console import Console, printable
from likewise.cli.embedding import Embedder, add_encode_arguments, encode_options
from likewise.cli.grouping import Group, add_grouping_arguments, check_grouping, find_groups
from likewise.cli.model_access import Loader, add_model_arguments, model_options
from likewise.cli.read_arguments import add_read_arguments, read_options
from likewise.cli.row_output import Kinds, check_row_output, write_rows
from likewise.errors import InputError
from likewise.texts.reading import TextInput

WIDTH = 100

_EXAMPLES = """\
examples:
  likewise cluster tickets.csv --column body
  likewise cluster questions.txt --threshold 0.7 --min-size 3 -o clusters.tsv
  likewise cluster titles.jsonl.gz --method kmeans --clusters 20 --json
  likewise cluster notes/ --method agglomerative --threshold 0.6

Communities are texts around a common centre; texts that are near none stay out. kmeans and agglomerative put every text
in a cluster, and need pip install 'likewise[cluster]'; agglomerative holds the cosine of every pair of texts in memory,
so some 20,000 texts are its limit. Cosines are compared, whatever the model's similarity."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser.

    Args:
        commands: What `add_subparsers` gave.

    Returns:
        The parser of the command.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "cluster",
        help="group the texts of a file by what they are about",
        description="Group the texts of a file or folder by meaning, and show what each group is about.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("input", metavar="INPUT", help="txt, md, csv, tsv, jsonl, parquet, a folder, or - for stdin")
    parser.add_argument("-o", "--output", metavar="OUT", help="a row for each text: .tsv, .csv, .jsonl or .parquet")
    add_embeddings_argument(parser)
    add_grouping_arguments(parser, "communities")
    add_read_arguments(parser)
    add_model_arguments(parser, similarity=False)
    add_encode_arguments(parser)
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace, console: Console, loader: Loader) -> int:
    """Find clusters, print them, and write the rows.

    Args:
        args: Parsed arguments.
        console: Where they are printed.
        loader: What loads the model.

    Returns:
        The exit code.

    Raises:
        InputError: If the input cannot be read, holds no text, or fewer texts than clusters.
        OutputError: If the output cannot be written.
    """
    check_grouping(args)
    source = TextInput(args.input, read_options(args))
    if args.output is not None:
        check_row_output(args.output)
        if source.is_same_file(Path(args.output)):
            raise InputError(f"{args.output} is the input and the output", fix="-o ANOTHER_NAME")
    room, texts = Room.of(args), Texts(source)
    collection = texts.embed(Embedder(loader(model_options(args)), encode_options(args)), console, room)
    if console.shows_progress:
        console.note(f"comparing {len(collection.records):,} texts")
    groups = find_groups(args, collection, shows_progress=console.shows_progress)
    for number, group in enumerate(groups, 1):
        if console.json:
            console.record(_as_dict(number, group, collection))
        else:
            _print(console, number, group, collection)
    lonely = len(collection.records) - sum(len(group.rows) for group in groups)
    console.note(f"{len(collection.records):,} texts, {len(groups):,} clusters, {lonely:,} texts in none")
    if args.output is not None:
        count = write_rows(args.output, _kinds(collection), _rows(groups, collection), console)
        console.note(f"{count:,} rows -> {args.output}")
    return 0


def _print(console: Console, number: int, group: Group, collection: Collection) -> None:
    console.line(f"{number:3}  {len(group.rows):6,} texts  {', '.join(group.words)}")
    console.line(f"                    {printable(collection.records[group.rows[0]].text, WIDTH)}")


def _as_dict(number: int, group: Group, collection: Collection) -> dict[str, Any]:
    members = [collection.records[row] for row in group.rows]
    found: dict[str, Any] = {"cluster": number, "size": len(members), "words": group.words, "central": members[0].text}
    if collection.has_several_sources:
        found["sources"] = [record.source for record in members]
    return {**found, "lines": [record.line for record in members]}


def _kinds(collection: Collection) -> Kinds:
    source = {"source": "string"} if collection.has_several_sources else {}
    return {**source, "line": "int64", "cluster": "int64", "text": "string"}


def _rows(groups: list[Group], collection: Collection) -> Iterator[list[Any]]:
    cluster_of = array("q", bytes(8 * len(collection.records)))
    for number, group in enumerate(groups, 1):
        for row in group.rows:
            cluster_of[row] = number
    with_source = collection.has_several_sources
    for cluster, record in zip(cluster_of, collection.records, strict=True):
        start = [record.source] if with_source else []
        yield [*start, record.line, cluster or None, record.text]
