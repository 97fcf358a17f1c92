"""`likewise mine duplicates`: texts that say almost the same. Knows the steps, not how rows are compared."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from likewise.cli.collection import Collection, Room, Texts, add_embeddings_argument
from likewise.cli.console import Console
from likewise.cli.embedding import Embedder, add_encode_arguments, encode_options
from likewise.cli.mined_pairs import PairForm, Pairs, add_pair_output_argument, check_pair_output, give_pairs
from likewise.cli.model_access import Loader, add_model_arguments, at_least_one, model_options
from likewise.cli.number_arguments import finite
from likewise.cli.progress import Progress
from likewise.cli.read_arguments import add_read_arguments, read_options
from likewise.cli.remaining import Remaining
from likewise.errors import InputError
from likewise.texts.reading import TextInput

if TYPE_CHECKING:
    Found = tuple[float, int, int]

NEIGHBOURS = 100
MOST_PAIRS = 500_000
THRESHOLD = 0.95
# Texts that are compared with another file at a time: little enough to show progress by.
_ROWS_AT_ONCE = 1024

_EXAMPLES = """\
examples:
  likewise mine duplicates tickets.csv --column body --threshold 0.9
  likewise mine duplicates notes/ --json --top 100 > pairs.jsonl
  likewise mine duplicates faq.jsonl --unique faq.unique.jsonl -o removed.tsv
  likewise mine duplicates train.txt --against test.txt --unique train.clean.txt

Scores are cosines. With --unique, of texts that are almost the same the first one stays; with --against, those go that
are almost the same as one of the other file. What stays is copied as it is, with all columns."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser.

    Args:
        commands: What `add_subparsers` gave.

    Returns:
        The parser of the command.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "duplicates",
        help="pairs of texts that say almost the same",
        description="Find pairs of texts that say almost the same, best first; or write a file without them.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("input", metavar="INPUT", help="txt, md, csv, tsv, jsonl, parquet, a folder, or - for stdin")
    parser.add_argument("--against", metavar="FILE", help="compare with the texts of this file, not with each other")
    parser.add_argument(
        "--threshold",
        metavar="X",
        type=finite,
        default=THRESHOLD,
        help=f"least cosine of a pair (default: {THRESHOLD})",
    )
    parser.add_argument("--top", metavar="N", type=at_least_one, help="at most so many pairs, the best ones")
    parser.add_argument(
        "--neighbours",
        metavar="K",
        type=at_least_one,
        default=NEIGHBOURS,
        help=f"pairs of a text with its K most similar ones are looked at (default: {NEIGHBOURS})",
    )
    parser.add_argument("--unique", metavar="OUT", help="write what is left without near duplicates")
    add_pair_output_argument(parser)
    add_embeddings_argument(parser)
    add_read_arguments(parser)
    add_model_arguments(parser, similarity=False)
    add_encode_arguments(parser)
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace, console: Console, loader: Loader) -> int:
    """Find near duplicates, and print or write them.

    Args:
        args: Parsed arguments.
        console: Where pairs go.
        loader: What loads the model.

    Returns:
        The exit code.

    Raises:
        InputError: If the input cannot be read, or holds no text.
        OutputError: If an output cannot be written.
    """
    room, (texts, others, remaining) = Room.of(args), _inputs(args)
    embedder = Embedder(loader(model_options(args)), encode_options(args))
    if others is None:
        mine = beside = texts.embed(embedder, console, room)
    else:
        mine = texts.embed(embedder, console, room.below("input"))
        beside = others.embed(embedder, console, room.below("against"))
    found, gone = _find(args, mine, beside, console)
    if args.top is not None and len(found) > args.top:
        console.note(f"the best {args.top:,} of {len(found):,} pairs")
        found = found[: args.top]
    pairs: Pairs = ((score, mine.records[one], beside.records[two]) for score, one, two in found)
    if remaining is not None:
        remaining.write({mine.records[row].line for row in gone})
        kept = len(mine.records) - len(gone)
        console.note(f"{len(gone):,} near duplicates left out, {kept:,} texts stay -> {args.unique}")
    if args.unique is None or args.output is not None or console.json:
        sources = mine.has_several_sources or beside.has_several_sources or others is not None
        give_pairs(pairs, PairForm(with_sources=sources), args, console)
    return 0


def _inputs(args: argparse.Namespace) -> tuple[Texts, Texts | None, Remaining | None]:
    """Everything that can be refused before a model is loaded."""
    check_pair_output(args)
    if args.input == args.against == "-":
        raise InputError("stdin cannot be both files", fix="--against FILE")
    options = read_options(args)
    sources = [TextInput(name, options) for name in (args.input, args.against) if name is not None]
    remaining = None if args.unique is None else Remaining.of(args.input, options, args.unique)
    for name in (args.output, args.unique):
        if name is not None and any(source.is_same_file(Path(name)) for source in sources):
            raise InputError(f"{name} is an input and an output", fix="another name for the output")
    texts = [Texts(source) for source in sources]
    return texts[0], texts[1] if len(texts) > 1 else None, remaining


def _find(
    args: argparse.Namespace, mine: Collection, beside: Collection, console: Console
) -> tuple[list[Found], set[int]]:
    """Pairs, best first, and the rows that are not unique."""
    if beside is not mine:
        return _near_others(args, mine, beside, console)
    shows = console.shows_progress
    if shows:
        console.note(f"comparing {len(mine.records):,} texts")
    if args.unique is not None:
        from likewise.search import near_duplicates

        removed = near_duplicates(mine.embeddings, args.threshold, show_progress_bar=shows).removed
        found = sorted(((float(s), int(kept), int(row)) for s, row, kept in removed), key=lambda pair: -pair[0])
        return found, {row for _, _, row in found}
    from likewise.search import paraphrase_mining_embeddings

    most = _most_pairs(args)
    pairs = paraphrase_mining_embeddings(
        mine.embeddings, max_pairs=most, top_k=args.neighbours, show_progress_bar=shows
    )
    found = [(float(s), int(one), int(two)) for s, one, two in pairs if s >= args.threshold]
    if len(found) == most and args.top is None:
        console.note(_only_the_best(most))
    return found, set()


def _most_pairs(args: argparse.Namespace) -> int:
    """So many pairs are held."""
    return max(MOST_PAIRS, args.top or 0)


def _only_the_best(most: int) -> str:
    return f"only the best {most:,} pairs are listed; --top N for more"


def _near_others(
    args: argparse.Namespace, mine: Collection, beside: Collection, console: Console
) -> tuple[list[Found], set[int]]:
    most, total = _most_pairs(args), 0
    found: list[Found] = []
    gone: set[int] = set()
    for total, pair in enumerate(_nearest(args, mine, beside, console), 1):  # noqa: B007
        found.append(pair)
        gone.add(pair[1])
        if len(found) == 2 * most:
            found = _best_first(found)[:most]
    if total > most and args.top is None:
        console.note(_only_the_best(most))
    return _best_first(found)[:most], gone


def _best_first(found: list[Found]) -> list[Found]:
    return sorted(found, key=lambda pair: (-pair[0], *pair[1:]))


def _nearest(args: argparse.Namespace, mine: Collection, beside: Collection, console: Console) -> Iterator[Found]:
    from likewise.search import semantic_search

    progress = Progress(console)
    total = len(mine.records)
    for start in range(0, total, _ROWS_AT_ONCE):
        rows = mine.embeddings[start : start + _ROWS_AT_ONCE]
        for row, hits in enumerate(semantic_search(rows, beside.embeddings, top_k=args.neighbours), start):
            yield from ((hit["score"], row, hit["corpus_id"]) for hit in hits if hit["score"] >= args.threshold)
        progress.advance(len(rows), (start + len(rows)) / total)
    progress.close()
