"""`likewise encode`: texts of a file or folder to a file of embeddings. Knows the steps, not how each is done."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from likewise.cli.console import Console
from likewise.cli.embedding import Embedder, add_encode_arguments, encode_options
from likewise.cli.model_access import Loader, add_model_arguments, model_options
from likewise.cli.precision import PRECISIONS, precise_chunks
from likewise.cli.progress import Progress
from likewise.cli.reading import ReadOptions, TextInput
from likewise.cli.tables import Record
from likewise.errors import InputError

_EXAMPLES = """\
examples:
  likewise encode reviews.csv --column body -o reviews.npy
  likewise encode articles.jsonl.gz -o articles.parquet --model sentence-transformers/all-MiniLM-L6-v2
  likewise encode notes/ -o notes.jsonl --no-text --normalize
  likewise encode queries.txt -o queries.npy --task query
  cat lines.txt | likewise encode - -o - | head -1

Row N of the output is text N of the input; a blank line of a txt file is a text, so that line numbers hold.
An output file appears when it is complete, or not at all."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser.

    Args:
        commands: What `add_subparsers` gave.

    Returns:
        The parser of the command.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "encode",
        help="embed the texts of a file or folder",
        description="Embed the texts of a file, a folder or stdin, and write the embeddings to a file.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("input", metavar="INPUT", help="txt, md, csv, tsv, jsonl, parquet, a folder, or - for stdin")
    parser.add_argument("-o", "--output", required=True, help=".npy, .parquet or .jsonl, or - for jsonl on stdout")
    parser.add_argument(
        "--text", action=argparse.BooleanOptionalAction, help="write the texts too (default: except in npy)"
    )
    ReadOptions.add_arguments(parser)
    add_model_arguments(parser, similarity=False)
    group = add_encode_arguments(parser)
    group.add_argument("--task", choices=("query", "document"), help="embed as queries or as documents")
    group.add_argument("--prompt-name", metavar="NAME", help="name of one of the model's prompts, put before each text")
    group.add_argument("--prompt", metavar="TEXT", help="text put before each text")
    group.add_argument("--normalize", action="store_true", help="scale embeddings to length 1")
    group.add_argument("--precision", choices=PRECISIONS, default="float32", help="type of the numbers")
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace, console: Console, loader: Loader) -> int:
    """Embed the input and write the output.

    Args:
        args: Parsed arguments.
        console: Where notes go.
        loader: What loads the model.

    Returns:
        The exit code.

    Raises:
        InputError: If the input cannot be read, or holds no text.
        OutputError: If the output cannot be written.
    """
    # imported here because it brings numpy, which parsing and --help do without
    from likewise.cli.writing import EmbeddingWriter, check_output, write_output

    check_output(args.output, args.text)
    source = TextInput(args.input, ReadOptions.of(args))
    if source.is_same_file(Path(args.output)):
        raise InputError(f"{args.output} is the input and the output", fix="-o ANOTHER_NAME")
    first, records = _peek(source)
    dimension = 0
    progress = Progress(console)

    def fill(writer: EmbeddingWriter) -> None:
        nonlocal dimension, progress
        options = {**encode_options(args), "normalize_embeddings": args.normalize, **_prompt(args)}
        embedder = Embedder(loader(model_options(args)), options)
        progress = Progress(console)
        for chunk in precise_chunks(embedder, chain([first], records), args.task, args.precision):
            writer.add([record.text for record in chunk.records], chunk.embeddings)
            dimension = chunk.embeddings.shape[1]
            progress.advance(len(chunk.records), source.fraction)
        progress.close()

    write_output(args.output, console.out, fill, with_text=args.text is not False)
    _report(args, console, progress, dimension)
    return 0


def _peek(source: TextInput) -> tuple[Record, Iterator[Record]]:
    """The first text, so that an empty or unreadable input is refused before a model is loaded."""
    records = iter(source)
    first = next(records, None)
    if first is None:
        raise InputError(f"{source.name}: no texts", accepted="at least one text")
    return first, records


def _prompt(args: argparse.Namespace) -> dict[str, str]:
    given = {"prompt": args.prompt, "prompt_name": args.prompt_name}
    return {name: value for name, value in given.items() if value is not None}


def _report(args: argparse.Namespace, console: Console, progress: Progress, dimension: int) -> None:
    if args.output != "-" and console.json:
        console.record(
            {
                "output": args.output,
                "texts": progress.count,
                "dimension": dimension,
                "precision": args.precision,
                "seconds": round(progress.seconds, 3),
                "texts_per_second": round(progress.rate, 1),
            }
        )
        return
    place = "stdout" if args.output == "-" else args.output
    numbers = f"{progress.count:,} texts, {dimension} {args.precision} numbers each"
    console.note(f"{numbers}, in {progress.seconds:.1f} s ({progress.rate:,.0f} texts/s) -> {place}")
