"""`likewise evaluate`: models on files of a task, or on the suite, side by side. Knows the steps, not their ways."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from likewise.cli.console import Console
from likewise.cli.embedding import add_encode_arguments
from likewise.cli.evaluate_columns import parse_columns
from likewise.cli.evaluate_data import DataOptions, Prepared, read_table
from likewise.cli.evaluate_model import ModelUnderTest, sentences_per_second
from likewise.cli.evaluate_outcome import Outcome, evaluate
from likewise.cli.evaluate_report import Measures, average, labels, print_comparison, print_metrics
from likewise.cli.evaluate_retrieval import find_sets, read_retrieval
from likewise.cli.evaluate_suite import prepare_suite, speed_texts
from likewise.cli.model_access import Loader, ModelOptions, add_model_arguments, every_model
from likewise.errors import InputError

TASKS = ("sts", "pairs", "triplets", "retrieval", "reranking", "bitext", "mining")

_EXAMPLES = """\
examples:
  likewise evaluate --suite
  likewise evaluate --suite --model likewise-mini --model sentence-transformers/all-MiniLM-L6-v2
  likewise evaluate --task sts --data dev.tsv
  likewise evaluate --task retrieval --data my-beir-folder --intervals
  likewise evaluate --task pairs --data questions.csv --columns question1,question2,is_duplicate

tasks, and the columns of their files:
  sts        sentence1, sentence2, score       correlation with the scores of people
  pairs      sentence1, sentence2, label       telling pairs (1) from others (0)
  triplets   anchor, positive, negative        which of two is nearer
  retrieval  corpus.jsonl, queries.jsonl, qrels.tsv: three files, a folder, or a folder of folders
  reranking  query, positive, negative         ranking given candidates; or rows of query, document, label
  bitext     source, target                    finding the translation
  mining     sentence1, sentence2              finding pairs that mean the same; or text, group"""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser.

    Args:
        commands: What `add_subparsers` gave.

    Returns:
        The parser of the command.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "evaluate",
        help="measure how good models are",
        description="Evaluate one or several models on your files, or on a small suite that comes with the package.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--suite", action="store_true", help="evaluate on the suite: quality, speed and size")
    what.add_argument("--task", choices=TASKS, help="what is evaluated on the files of --data")
    parser.add_argument("--data", metavar="FILE", nargs="+", action="extend", help="csv, tsv, jsonl or parquet files")
    parser.add_argument("--columns", metavar="NAMES", help="a,b,c in the order of the task, or part=name,...")
    parser.add_argument("--where", metavar="COLUMN=VALUE", action="append", help="only rows with this value")
    parser.add_argument("--split", metavar="NAME", help="judgements of retrieval folders: qrels/NAME.tsv")
    parser.add_argument("--intervals", action="store_true", help="95 %% confidence intervals, by resampling the rows")
    parser.add_argument("--plots", metavar="FOLDER", help="draw what there is to see into PNG files")
    add_model_arguments(parser, several=True)
    add_encode_arguments(parser)
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace, console: Console, loader: Loader) -> int:
    """Evaluate and print.

    Args:
        args: Parsed arguments.
        console: Where the tables go.
        loader: What loads models.

    Returns:
        The exit code.

    Raises:
        InputError: If a file or an argument is wrong.
    """
    models = every_model(args)
    prepared = _prepare(args)
    for each in prepared:
        if each.note and not args.suite:
            console.note(each.note)
    found: dict[str, list[Outcome]] = {}
    measures: dict[str, Measures] = {}
    try:
        for options in models:
            outcomes, measured = _one_model(args, options, prepared, console, loader)
            found[options.name] = outcomes
            if measured:
                measures[options.name] = measured
            if console.json and measured:
                console.record(_suite_record(outcomes, measured))
    finally:
        # What is done is not lost when a later model cannot be loaded.
        if found and not console.json:
            _print_tables(console, found, measures)
    return 0


def _prepare(args: argparse.Namespace) -> list[Prepared]:
    given = {name: getattr(args, name) for name in ("data", "columns", "where", "split")}
    if args.suite:
        _refuse(given, "--suite", "its files are known")
        return prepare_suite(DataOptions(batch_size=args.batch_size))
    if not args.data:
        raise InputError(f"--task {args.task} without files", accepted="one or more", fix="--data FILE")
    options = DataOptions(
        columns=parse_columns(args.columns),
        where=dict(_condition(text) for text in args.where or ()),
        split=args.split,
        batch_size=args.batch_size,
    )
    paths = [Path(name) for name in args.data]
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder", accepted="paths that exist")
    if args.task == "retrieval":
        _refuse(
            {name: given[name] for name in ("columns", "where")}, "--task retrieval", "its columns have fixed names"
        )
        return [read_retrieval(files, options) for files in find_sets(paths, args.split)]
    _refuse({"split": args.split}, f"--task {args.task}", "it is for retrieval")
    return [read_table(args.task, path, options) for path in paths]


def _refuse(given: dict[str, Any], other: str, why: str) -> None:
    for name, value in given.items():
        if value:
            raise InputError(f"--{name} with {other}: {why}", fix=f"leave out --{name}")


def _condition(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found:
        raise InputError(f"--where {text}", accepted="a column and a value, such as lang=de")
    return name, value


def _one_model(
    args: argparse.Namespace, options: ModelOptions, prepared: Sequence[Prepared], console: Console, loader: Loader
) -> tuple[list[Outcome], Measures | None]:
    loaded = loader(options)
    encode = {"show_progress_bar": console.shows_progress, "truncation": args.truncation}
    model = ModelUnderTest(loaded, encode)
    label = labels([options.name])[0]
    outcomes = []
    for each in prepared:
        if console.shows_progress:
            console.note(f"{label}: {each.name} ({each.task})")
        plots = Path(args.plots) / label / each.name if args.plots else None
        outcome, notes = evaluate(each, model, options.name, intervals=args.intervals, plots=plots)
        outcomes.append(outcome)
        if console.json and not args.suite:
            console.record(outcome.as_dict())
        for note in notes:
            console.note(note)
    if not args.suite:
        return outcomes, None
    quiet = {**encode, "show_progress_bar": False, "batch_size": args.batch_size}
    speed = sentences_per_second(lambda texts: loaded.encode(texts, **quiet), speed_texts())
    size = _size_on_disk(options)
    return outcomes, Measures(dimension=model.dimension or 0, speed=speed, size_bytes=size)


def _size_on_disk(options: ModelOptions) -> int:
    from likewise.hub.resolve import resolve_folder

    folder = resolve_folder(options.name, revision=options.revision, local_files_only=options.offline)
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _suite_record(outcomes: Sequence[Outcome], measures: Measures) -> dict[str, Any]:
    return {
        "model": outcomes[0].model,
        "average": average(outcomes),
        "scores": {outcome.data: outcome.score for outcome in outcomes},
        "embedding_dimension": measures.dimension,
        "sentences_per_second": measures.speed,
        "size_bytes": measures.size_bytes,
        "sets": [outcome.as_dict() for outcome in outcomes],
    }


def _print_tables(console: Console, found: dict[str, list[Outcome]], measures: dict[str, Measures]) -> None:
    if not measures:
        print_metrics(console, found)
        if all(len(outcomes) == 1 for outcomes in found.values()):
            return
        console.line()
    print_comparison(console, found, measures)
