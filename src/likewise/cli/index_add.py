"""`likewise index add`: more texts for a collection. Knows the steps alone."""

from __future__ import annotations

import argparse
import time
from typing import Any

from likewise.cli.console import Console
from likewise.cli.embedding import add_encode_arguments
from likewise.cli.index_model import KeptModel, add_kept_model_arguments
from likewise.cli.index_source import IndexSource, add_source_arguments, report, running_options
from likewise.cli.model_access import Loader

_EXAMPLES = """\
examples:
  likewise index add articles news.jsonl
  likewise index add commands more.tsv --column description --show command

Texts are embedded as those before. After a kill, a full disk or Ctrl-C, the same command goes on where it was; run once
more, it does nothing: texts that were added are not added twice."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser.

    Args:
        commands: What `add_subparsers` gave.

    Returns:
        The parser of the command.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "add",
        help="embed more texts into a collection",
        description="Embed the texts of a file, a folder or stdin, and add them to a collection.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("collection", metavar="DIR", help="folder of the collection")
    parser.add_argument("corpus", metavar="CORPUS", help="txt, md, csv, tsv, jsonl, parquet, a folder, or - for stdin")
    add_source_arguments(parser)
    add_kept_model_arguments(parser)
    add_encode_arguments(parser)
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace, console: Console, loader: Loader) -> int:
    """Add to the collection.

    Args:
        args: Parsed arguments.
        console: Where notes go.
        loader: What loads the model.

    Returns:
        The exit code.

    Raises:
        InputError: If the input cannot be read, holds no text, or the model is another one.
        CheckpointError: If the folder is no collection, or was changed.
        OutputError: If the folder cannot be written.
    """
    source = IndexSource(args, console)
    from likewise.collection.building import Source, add

    start = time.monotonic()
    model = KeptModel.of(args).load(loader)
    given = Source(records=source.records(), name=source.name, restart=args.restart, advance=source.advance)
    outcome = add(args.collection, model, given, **running_options(args))
    source.close()
    report(args, console, args.collection, outcome, time.monotonic() - start)
    return 0
