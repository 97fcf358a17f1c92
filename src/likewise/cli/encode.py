"""`likewise encode`: texts of a file or folder to a file or folder of embeddings. Knows the steps alone."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from likewise.cli.console import Console
from likewise.cli.embedding import Embedder, add_encode_arguments, encode_options
from likewise.cli.encode_to_folder import check_folder, encode_to_folder
from likewise.cli.model_access import Loader, add_model_arguments, at_least_one, model_options
from likewise.cli.precision import PRECISIONS, precise_chunks
from likewise.cli.progress import Progress
from likewise.cli.read_arguments import add_read_arguments, read_options
from likewise.errors import InputError
from likewise.texts.reading import TextInput
from likewise.texts.tables import Record

_EXAMPLES = """\
examples:
  likewise encode reviews.csv --column body -o reviews.npy
  likewise encode articles.jsonl.gz -o articles.parquet --model sentence-transformers/all-MiniLM-L6-v2
  likewise encode notes/ -o notes.jsonl --no-text --normalize
  likewise encode queries.txt -o queries.npy --task query
  cat lines.txt | likewise encode - -o - | head -1
  likewise encode corpus.jsonl.gz --out corpus/ --resume --device cuda:0,cuda:1

Row N of the output is text N of the input; a blank line of a txt file is a text, so that line numbers hold.
An output file appears when it is complete, or not at all. A folder (--out) gets .npy files of --rows-per-shard rows
and a manifest; what is in it stays after a kill, and the same command with --resume does the rest."""


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
        description="Embed the texts of a file, a folder or stdin, and write the embeddings to a file or a folder.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("input", metavar="INPUT", help="txt, md, csv, tsv, jsonl, parquet, a folder, or - for stdin")
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("-o", "--output", help=".npy, .parquet or .jsonl, or - for jsonl on stdout")
    place.add_argument("--out", metavar="DIR", help="a folder, for any number of texts")
    parser.add_argument("--resume", action="store_true", help="go on with the folder, if it is there")
    parser.add_argument(
        "--rows-per-shard", metavar="N", type=at_least_one, help="rows of each file of the folder (default: 32768)"
    )
    parser.add_argument(
        "--text", action=argparse.BooleanOptionalAction, help="write the texts too (default: except in npy)"
    )
    add_read_arguments(parser)
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
        CheckpointError: If a file of the folder is missing or cut short.
        OutputError: If the output cannot be written.
    """
    return _to_file(args, console, loader) if args.out is None else _to_folder(args, console, loader)


def _to_folder(args: argparse.Namespace, console: Console, loader: Loader) -> int:
    check_folder(args)
    source = TextInput(args.input, read_options(args))
    first, records = _peek(source)
    options = {**encode_options(args), "normalize_embeddings": args.normalize, "task": args.task, **_prompt(args)}
    encode_to_folder(args, console, loader, source, chain([first], records), options)
    return 0


def _to_file(args: argparse.Namespace, console: Console, loader: Loader) -> int:
    # imported here because it brings numpy, which parsing and --help do without
    from likewise.cli.writing import EmbeddingWriter, check_output, write_output

    if args.resume or args.rows_per_shard:
        raise InputError("--resume and --rows-per-shard without --out", accepted="them with --out DIR", fix="--out DIR")
    check_output(args.output, args.text)
    source = TextInput(args.input, read_options(args))
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
