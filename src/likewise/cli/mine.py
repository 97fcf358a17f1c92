"""`likewise mine`: near duplicates, translations and hard negatives. Knows the names of its commands, no more."""

from __future__ import annotations

import argparse
from typing import Any

from likewise.cli import mine_bitext, mine_duplicates, mine_hard_negatives

_EXAMPLES = """\
examples:
  likewise mine duplicates tickets.csv --column body --threshold 0.9
  likewise mine bitext german.txt english.txt --threshold 1.05 -o pairs.tsv
  likewise mine hard-negatives pairs.tsv --num-negatives 5 -o triplets.jsonl"""


def add_parsers(commands: Any) -> list[argparse.ArgumentParser]:
    """Add the commands to the parser.

    Args:
        commands: What `add_subparsers` gave.

    Returns:
        The parser of each command that runs.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "mine",
        help="find near duplicates, translations, or hard negatives",
        description="Find pairs: near duplicates, translations, or hard negatives to train on.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    below = parser.add_subparsers(title="what to mine", metavar="WHAT", required=True)
    return [each.add_parser(below) for each in (mine_duplicates, mine_bitext, mine_hard_negatives)]
