"""The arguments that say how inputs are read, shared by commands. Knows no files."""

from __future__ import annotations

import argparse

from likewise.texts.reading import FORMATS, SPLITS, ReadOptions
from likewise.texts.tables import Columns


def add_read_arguments(parser: argparse.ArgumentParser) -> None:
    """Add them to the parser of a command.

    Args:
        parser: The parser.
    """
    group = parser.add_argument_group("reading")
    group.add_argument("--column", metavar="NAME", help="column or key that holds the texts (default: text)")
    group.add_argument("--format", choices=FORMATS, help="format of the input (default: by its extension)")
    group.add_argument(
        "--split",
        choices=SPLITS,
        help="what one text is in txt and md files (default: line for txt, paragraph for md and in folders)",
    )


def as_option(name: str, value: str) -> str:
    """Write an argument as the command line has it.

    Args:
        name: Name of the option.
        value: Its value.

    Returns:
        The option.

    Example:
        >>> as_option("format", "csv")
        '--format csv'
    """
    return f"--{name} {value}"


def read_options(args: argparse.Namespace) -> ReadOptions:
    """Take them from what was parsed.

    Args:
        args: Parsed arguments.

    Returns:
        The options.

    Example:
        >>> read_options(argparse.Namespace(column="body", format="csv", split=None)).format
        'csv'
    """
    columns = Columns(args.column, tuple(getattr(args, "show", None) or ()), as_option)
    return ReadOptions(columns=columns, format=args.format, split=args.split)
