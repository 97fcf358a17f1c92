"""`likewise map`: an HTML page with every text of a collection as a point. Knows the steps, not how each is done."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

from likewise.cli.collection import Collection, Room, Texts, add_embeddings_argument
from likewise.cli.console import Console
from likewise.cli.embedding import Embedder, add_encode_arguments, encode_options
from likewise.cli.grouping import MOST_CLUSTERS, add_grouping_arguments, check_grouping, find_groups
from likewise.cli.model_access import Loader, add_model_arguments, model_options
from likewise.cli.read_arguments import add_read_arguments, read_options
from likewise.cli.row_output import check_place
from likewise.errors import InputError, OutputError
from likewise.texts.reading import TextInput

PROJECTIONS = ("auto", "tsne", "landmarks", "pca")
# Words of a cluster's name: more would cover the map.
_WORDS_OF_NAME = 3

_EXAMPLES = """\
examples:
  likewise map tickets.csv --column body -o tickets.html
  likewise map titles.jsonl --clusters 12 --title "What people ask" -o titles.html
  likewise map reviews.parquet --color-by product -o reviews.html
  likewise map notes/ --method communities --threshold 0.6 -o notes.html

The page is one file, works offline, and asks nothing of any network. Needs pip install 'likewise[cluster]', except with
--projection pca and --color-by or --method communities."""

_NAMES = {
    "tsne": "projected by t-SNE",
    "landmarks": "projected by t-SNE of {landmarks:,} texts, the others placed by the nearest of these",
    "pca": "projected by PCA",
}


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser.

    Args:
        commands: What `add_subparsers` gave.

    Returns:
        The parser of the command.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "map",
        help="draw a map of a file's texts, as an HTML page",
        description="Draw a map of the texts of a file or folder: near ones mean the same, colours are clusters.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("input", metavar="INPUT", help="txt, md, csv, tsv, jsonl, parquet, a folder, or - for stdin")
    parser.add_argument("-o", "--output", metavar="OUT", required=True, help="the page, .html")
    parser.add_argument("--title", metavar="TEXT", help="title of the page (default: name of the input)")
    parser.add_argument("--color-by", metavar="NAME", help="colour by a column of the input, not by clusters")
    parser.add_argument(
        "--projection",
        choices=PROJECTIONS,
        default="auto",
        help="how embeddings become points: auto is tsne for up to 3,000 texts, and landmarks beyond (default: auto)",
    )
    add_embeddings_argument(parser)
    add_grouping_arguments(parser, "kmeans")
    add_read_arguments(parser)
    add_model_arguments(parser, similarity=False)
    add_encode_arguments(parser)
    parser.set_defaults(run=run)
    return parser


@final
@dataclass(frozen=True, slots=True)
class _Colours:
    """What points are coloured by."""

    groups: list[int]
    labels: list[str]
    others: str
    fact: str


def run(args: argparse.Namespace, console: Console, loader: Loader) -> int:
    """Draw the map, and write the page.

    Args:
        args: Parsed arguments.
        console: Where it is said what was done.
        loader: What loads the model.

    Returns:
        The exit code.

    Raises:
        InputError: If the input cannot be read, holds no text, or fewer texts than clusters.
        OutputError: If the page cannot be written.
        MissingDependencyError: If scikit-learn is needed, and not installed.
    """
    source = _checked_input(args)
    room, texts = Room.of(args), Texts(source)
    collection = texts.embed(Embedder(loader(model_options(args)), encode_options(args)), console, room)
    from likewise.hub.atomic import write_file_atomic
    from likewise.maps import TextMap, map_page, project
    from likewise.maps.projection import LANDMARKS

    colours = (
        _by_clusters(args, collection, shows_progress=console.shows_progress)
        if args.color_by is None
        else _by_column(args, collection)
    )
    if console.shows_progress:
        console.note(f"projecting {len(collection.records):,} texts")
    projection = project(collection.embeddings, args.projection, seed=args.seed)
    total = len(collection.records)
    how = _NAMES[projection.method].format(landmarks=min(LANDMARKS, total))
    page = map_page(
        TextMap(
            title=args.title or Path(source.name).name,
            points=projection.points,
            texts=collection.texts,
            groups=colours.groups,
            labels=colours.labels,
            others=colours.others,
            places=[f"{Path(record.source).name}:{record.line}" for record in collection.records],
            facts=[f"{total:,} texts", colours.fact, how, Path(args.model).name],
        )
    )
    write_file_atomic(Path(args.output), page.encode())
    if console.json:
        facts = {"groups": colours.labels, "projection": projection.method}
        console.record({"output": args.output, "texts": total, **facts})
    else:
        console.note(f"{total:,} texts, {colours.fact}; {how} -> {args.output}")
    return 0


def _checked_input(args: argparse.Namespace) -> TextInput:
    check_grouping(args)
    path = Path(args.output)
    if path.suffix.lower() not in (".html", ".htm"):
        raise OutputError(f"{path}: a map is a page", accepted=".html", fix=f"-o {path.with_suffix('.html').name}")
    check_place(path)
    if args.color_by is not None and args.clusters is not None:
        raise InputError("--color-by and --clusters", accepted="one of the two")
    options = read_options(args)
    if args.color_by is not None:
        options = replace(options, columns=replace(options.columns, shown=(args.color_by,)))
    return TextInput(args.input, options)


def _by_clusters(args: argparse.Namespace, collection: Collection, *, shows_progress: bool) -> _Colours:
    found = find_groups(args, collection, shows_progress=shows_progress)
    shown = found[:MOST_CLUSTERS]
    groups = [-1] * len(collection.records)
    for number, group in enumerate(shown):
        for row in group.rows:
            groups[row] = number
    labels = [", ".join(group.words[:_WORDS_OF_NAME]) or f"cluster {n}" for n, group in enumerate(shown, 1)]
    others = "in no cluster" if len(found) == len(shown) else f"in none of the {len(shown)} largest clusters"
    return _Colours(groups, labels, others, f"{len(found):,} clusters ({args.method})")


def _by_column(args: argparse.Namespace, collection: Collection) -> _Colours:
    values = [(record.columns or {})[args.color_by].strip() for record in collection.records]
    counts = Counter(value for value in values if value)
    shown = [value for value, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))][:MOST_CLUSTERS]
    number_of = {value: number for number, value in enumerate(shown)}
    others = f"no {args.color_by}" if len(shown) == len(counts) else f"{len(counts) - len(shown):,} other values"
    groups = [number_of.get(value, -1) for value in values]
    return _Colours(groups, shown, others, f"{len(counts):,} values of {args.color_by}")
