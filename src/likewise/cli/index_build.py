"""`likewise index build`: texts of a file or folder to a collection. Knows the steps alone."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from typing import Any, cast

from likewise.cli.console import Console
from likewise.cli.embedding import add_encode_arguments
from likewise.cli.index_source import IndexSource, add_source_arguments, report, running_options
from likewise.cli.model_access import Loader, add_model_arguments, model_options
from likewise.errors import InputError

METRICS = ("cosine", "dot", "euclidean")

_EXAMPLES = """\
examples:
  likewise index build articles.jsonl.gz --out articles
  likewise index build commands.tsv --column description --show command --out commands
  likewise index build articles.jsonl.gz --out articles --kind hnswlib --setting M=32 --setting ef_construction=400
  likewise index build articles.jsonl.gz --out articles --kind pgvector --setting address=postgresql://db/search

After a kill, a full disk or Ctrl-C, the same command goes on where it was; run once more, it does nothing.
Kinds: exact, faiss-flat, faiss-ivf, faiss-hnsw, faiss-binary, usearch, usearch-i8, usearch-b1, hnswlib, annoy, lancedb,
pgvector, elasticsearch."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser.

    Args:
        commands: What `add_subparsers` gave.

    Returns:
        The parser of the command.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "build",
        help="embed texts into a new collection",
        description="Embed the texts of a file, a folder or stdin, and build a collection of them.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("corpus", metavar="CORPUS", help="txt, md, csv, tsv, jsonl, parquet, a folder, or - for stdin")
    parser.add_argument("--out", metavar="DIR", required=True, help="folder of the collection")
    parser.add_argument("--kind", default="exact", help="kind of the index, see below (default: exact)")
    parser.add_argument("--metric", choices=METRICS, help="how to compare (default: as the model says)")
    parser.add_argument(
        "--setting",
        metavar="NAME=VALUE",
        action="append",
        type=setting,
        default=[],
        help="what the index takes besides, such as M=32 (repeatable)",
    )
    add_source_arguments(parser)
    add_model_arguments(parser, similarity=False)
    group = add_encode_arguments(parser)
    group.add_argument("--prompt-name", metavar="NAME", help="name of the model's prompt for texts")
    group.add_argument("--prompt", metavar="TEXT", help="text put before each text")
    group.add_argument("--query-prompt-name", metavar="NAME", help="name of the model's prompt for queries")
    group.add_argument("--query-prompt", metavar="TEXT", help="text put before each query")
    group.add_argument("--normalize", action="store_true", help="scale embeddings to length 1")
    group.add_argument(
        "--precision", choices=("float32", "float16"), default="float32", help="type of the stored embeddings"
    )
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace, console: Console, loader: Loader) -> int:
    """Build the collection.

    Args:
        args: Parsed arguments.
        console: Where notes go.
        loader: What loads the model.

    Returns:
        The exit code.

    Raises:
        InputError: If the input cannot be read, holds no text, or an option does not fit.
        OutputError: If the folder cannot be written, or holds something else.
    """
    source = IndexSource(args, console)
    # imported here because it brings torch, which parsing and --help do without
    from likewise.collection.building import Source, build
    from likewise.collection.index_settings import check_names
    from likewise.collection.manifest import Encoding, Manifest
    from likewise.collection.model_source import describe_model, metric_of

    settings = _settings(args)
    check_names(args.kind, settings)
    start = time.monotonic()
    device = (args.device or "").split(",")[0] or None
    model = cast("Any", loader(replace(model_options(args), device=device)))
    encoding = Encoding(
        prompt=args.prompt,
        prompt_name=args.prompt_name,
        query_prompt=args.query_prompt,
        query_prompt_name=args.query_prompt_name,
        normalize=args.normalize,
        precision=args.precision,
    )
    wanted = Manifest(
        model=describe_model(model, args.model, args.revision),
        encoding=encoding,
        kind=args.kind,
        metric=metric_of(model, args.metric),
        settings=settings,
    )
    given = Source(records=source.records(), name=source.name, restart=args.restart, advance=source.advance)
    outcome = build(args.out, model, wanted, given, **running_options(args))
    source.close()
    report(args, console, args.out, outcome, time.monotonic() - start)
    return 0


def setting(text: str) -> tuple[str, Any]:
    """Parse a setting of an index, for argparse.

    Args:
        text: "name=value"; the value is read as JSON if it is some (32, 0.5, true, null, [1, 99]), else as text.

    Returns:
        Name and value.

    Raises:
        argparse.ArgumentTypeError: If there is no name or no "=".

    Example:
        >>> setting("M=32"), setting("index=hnsw"), setting("percentiles=[1, 99]")
        (('M', 32), ('index', 'hnsw'), ('percentiles', [1, 99]))
    """
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    try:
        parsed = json.loads(value)
        json.dumps(parsed, allow_nan=False)
    except ValueError:
        return name, value
    return name, parsed if isinstance(parsed, int | float | list | None) else value


def _settings(args: argparse.Namespace) -> dict[str, Any]:
    settings = dict(args.setting)
    if len(settings) < len(args.setting):
        names = [name for name, _ in args.setting]
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"--setting {twice} stands twice", accepted="each setting once")
    return settings
