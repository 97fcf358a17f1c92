"""`likewise mine bitext`: sentences of two files that translate each other. Knows the steps, not the scores."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from likewise.cli.collection import Room, Texts, add_embeddings_argument
from likewise.cli.console import Console
from likewise.cli.embedding import Embedder, add_encode_arguments, encode_options
from likewise.cli.mined_pairs import PairForm, Pairs, add_pair_output_argument, check_pair_output, give_pairs
from likewise.cli.model_access import Loader, add_model_arguments, at_least_one, model_options
from likewise.cli.number_arguments import finite
from likewise.cli.read_arguments import add_read_arguments, read_options
from likewise.errors import InputError
from likewise.texts.reading import TextInput

MARGINS = ("ratio", "distance", "absolute")
RETRIEVALS = ("max", "intersection", "union", "forward", "backward")
NEIGHBOURS = 4

_EXAMPLES = """\
examples:
  likewise mine bitext german.txt english.txt --threshold 1.05 -o pairs.tsv
  likewise mine bitext pages.csv pages.csv --column de --target-column en --json
  likewise mine bitext german.txt english.txt --margin absolute --retrieval intersection

By ratio, a score is the cosine of the two, divided by the mean cosine of both with their nearest neighbours: some 1.05
and above is a translation, mostly. The model must know both languages."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser.

    Args:
        commands: What `add_subparsers` gave.

    Returns:
        The parser of the command.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "bitext",
        help="pairs of sentences that translate each other",
        description="Find the sentences of two files that are translations of each other, best first.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("source", metavar="SOURCE", help="file or folder with sentences of one language, or -")
    parser.add_argument("target", metavar="TARGET", help="file or folder with sentences of the other, or -")
    parser.add_argument("--target-column", metavar="NAME", help="column of the texts in TARGET (default: as --column)")
    parser.add_argument(
        "--margin", choices=MARGINS, default="ratio", help="how a pair is scored against its neighbours"
    )
    parser.add_argument(
        "--retrieval",
        choices=RETRIEVALS,
        default="max",
        help="which candidates are pairs: max takes the best so that no sentence is in two; intersection those that "
        "are best both ways, union one way, forward for each source, backward for each target (default: max)",
    )
    parser.add_argument(
        "--neighbours",
        metavar="K",
        type=at_least_one,
        default=NEIGHBOURS,
        help=f"so many nearest sentences of each are its candidates and its surroundings (default: {NEIGHBOURS})",
    )
    parser.add_argument("--threshold", metavar="X", type=finite, help="least score of a pair (default: none)")
    parser.add_argument("--top", metavar="N", type=at_least_one, help="at most so many pairs, the best ones")
    add_pair_output_argument(parser)
    add_embeddings_argument(parser)
    add_read_arguments(parser)
    add_model_arguments(parser, similarity=False)
    add_encode_arguments(parser)
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace, console: Console, loader: Loader) -> int:
    """Find translations, and print or write them.

    Args:
        args: Parsed arguments.
        console: Where pairs go.
        loader: What loads the model.

    Returns:
        The exit code.

    Raises:
        InputError: If an input cannot be read, or holds no text.
        OutputError: If the output cannot be written.
    """
    check_pair_output(args)
    if args.source == args.target == "-":
        raise InputError("stdin cannot be both files", fix="likewise mine bitext FILE -")
    options = read_options(args)
    columns = replace(options.columns, text=args.target_column or options.columns.text)
    inputs = TextInput(args.source, options), TextInput(args.target, replace(options, columns=columns))
    if args.output is not None and any(each.is_same_file(Path(args.output)) for each in inputs):
        raise InputError(f"{args.output} is an input and an output", fix="-o ANOTHER_NAME")
    room, texts = Room.of(args), [Texts(each) for each in inputs]
    embedder = Embedder(loader(model_options(args)), encode_options(args))
    source = texts[0].embed(embedder, console, room.below("source"))
    target = texts[1].embed(embedder, console, room.below("target"))
    if console.shows_progress:
        console.note(f"comparing {len(source.records):,} texts with {len(target.records):,}")
    from likewise.search import bitext_mining_embeddings

    found = bitext_mining_embeddings(
        source.embeddings,
        target.embeddings,
        top_k=args.neighbours,
        margin=args.margin,
        retrieval=args.retrieval,
        threshold=args.threshold,
        max_pairs=args.top,
        show_progress_bar=console.shows_progress,
    )
    pairs: Pairs = ((float(score), source.records[int(i)], target.records[int(j)]) for score, i, j in found)
    form = PairForm("source", "target", source.has_several_sources or target.has_several_sources)
    give_pairs(pairs, form, args, console)
    return 0
