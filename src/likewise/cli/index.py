"""`likewise index`: collections that are built once, added to, and searched. Knows the commands by name."""

from __future__ import annotations

import argparse
from typing import Any

from likewise.cli import index_add, index_build, index_info, index_search

_EXAMPLES = """\
examples:
  likewise index build articles.jsonl.gz --out articles
  likewise index add articles news.jsonl
  likewise index search articles "how do I renew the certificate"
  likewise index info articles"""


def add_parsers(commands: Any) -> list[argparse.ArgumentParser]:
    """Add the commands to the parser.

    Args:
        commands: What `add_subparsers` gave.

    Returns:
        The parser of each command that runs.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "index",
        help="build a collection that stays, add to it, search it",
        description="Embed texts once, keep them in a folder with an index, and search that.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    below = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    return [each.add_parser(below) for each in (index_build, index_add, index_search, index_info)]
