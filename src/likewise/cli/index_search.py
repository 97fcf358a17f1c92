"""`likewise index search`: the texts of a collection that fit queries best. Knows the steps, not how hits are found."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from likewise.cli.console import Console
from likewise.cli.embedding import add_encode_arguments
from likewise.cli.hit_output import print_hits
from likewise.cli.index_model import KeptModel, add_kept_model_arguments
from likewise.cli.model_access import Loader
from likewise.cli.queries import add_query_arguments, query_groups
from likewise.cli.reranking import Reranker, add_rerank_arguments
from likewise.cli.top_hits import Hit
from likewise.texts.tables import Record

_EXAMPLES = """\
examples:
  likewise index search articles "how do I renew the certificate"
  likewise index search articles --queries questions.txt --top-k 10 --json > hits.jsonl
  likewise index search articles "renew a certificate" --rerank cross-encoder/ms-marco-MiniLM-L6-v2
  likewise index search articles             asks for queries; Ctrl-D ends

Queries are embedded by the model that the collection was built with. Hits are printed as by `likewise search`."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser.

    Args:
        commands: What `add_subparsers` gave.

    Returns:
        The parser of the command.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "search",
        help="search a collection",
        description="Find the texts of a collection that are closest in meaning to queries.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("collection", metavar="DIR", help="folder of the collection")
    add_query_arguments(parser)
    add_kept_model_arguments(parser)
    add_encode_arguments(parser)
    add_rerank_arguments(parser)
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace, console: Console, loader: Loader) -> int:
    """Search and print.

    Args:
        args: Parsed arguments.
        console: Where hits go.
        loader: What loads the model.

    Returns:
        The exit code.

    Raises:
        InputError: If the queries cannot be read, or the model is another one.
        CheckpointError: If the folder is no collection, or was changed.
        ConfigError: If the model that shall re-rank is none for that.
    """
    groups = query_groups(args, console)
    from likewise.collection import Collection

    kept = KeptModel.of(args)
    reranker = Reranker.of(args, kept.options)
    wanted = args.top_k if reranker is None else reranker.candidates
    with Collection.open(args.collection, kept.load(loader)) as collection:
        if wanted > len(collection) and reranker is None:
            console.note(f"--top-k {wanted}, but the collection has {len(collection):,} texts: all are ranked")
        for queries in groups:
            hits = collection.search(queries, wanted, batch_size=args.batch_size, truncation=args.truncation)
            found = [[Hit(hit.score, _as_record(hit.record)) for hit in row] for row in hits]
            pairs = zip(queries, found, strict=True)
            print_hits(console, pairs if reranker is None else reranker.rerank(queries, found, args.top_k))
    return 0


def _as_record(kept: Mapping[str, Any]) -> Record:
    """A hit of the command line; what was built in Python may lack places, and hold other things."""
    columns = kept.get("columns")
    others = {name: str(value) for name, value in kept.items() if name not in ("text", "source", "line", "columns")}
    shown = {**(columns if isinstance(columns, Mapping) else {}), **others}
    line = kept.get("line")
    return Record(kept["text"], line if isinstance(line, int) else 0, str(kept.get("source", "")), shown or None)
