"""`likewise index info`: what a collection is, without loading a model. Knows how it is printed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from likewise.cli.console import Console, aligned
from likewise.cli.model_access import Loader


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser.

    Args:
        commands: What `add_subparsers` gave.

    Returns:
        The parser of the command.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "info",
        help="say what a collection is",
        description="Say what a collection holds, and how it was made.",
        epilog="examples:\n  likewise index info articles",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("collection", metavar="DIR", help="folder of the collection")
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace, console: Console, loader: Loader) -> int:
    """Print what the collection is.

    Args:
        args: Parsed arguments.
        console: Where it goes.
        loader: Not used.

    Returns:
        The exit code.

    Raises:
        CheckpointError: If the folder is no collection.
    """
    del loader
    from likewise.collection.manifest import Manifest

    folder = Path(args.collection)
    manifest = Manifest.read(folder)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    facts: dict[str, Any] = {
        "collection": args.collection,
        "texts": manifest.rows,
        "kind": manifest.kind,
        "metric": manifest.metric,
        "settings": dict(manifest.settings),
        "model": manifest.model.name or None,
        "fingerprint": manifest.model.fingerprint,
        "sources": [{"source": part.source, "texts": part.rows} for part in manifest.parts],
        "being_added": manifest.pending.rows if manifest.pending else 0,
        "size_bytes": size,
    }
    if console.json:
        console.record(facts)
        return 0
    settings = ", ".join(f"{name}={value}" for name, value in manifest.settings.items())
    rows = [
        ("collection", f"{args.collection} ({size / 1e6:,.1f} MB)"),
        ("model", manifest.model.name or "not named"),
        ("index", f"{manifest.kind}, {manifest.metric}{f', {settings}' if settings else ''}"),
        ("texts", f"{manifest.rows:,}"),
        *(("", f"{part.rows:,} from {part.source or 'somewhere'}") for part in manifest.parts),
    ]
    if manifest.pending:
        rows.append(("", f"{manifest.pending.rows:,} being added, or interrupted"))
    for line in aligned(rows):
        console.line(line)
    return 0
