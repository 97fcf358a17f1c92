"""Queries from arguments, a file, stdin or somebody at a terminal. Knows nothing of answers."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

from likewise.cli.console import Console
from likewise.cli.model_access import at_least_one
from likewise.errors import InputError
from likewise.texts.lines import LineFile, check_unicode

# Queries of a file that are answered together.
QUERIES_AT_ONCE = 1024


def add_query_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say what is looked for.

    Args:
        parser: The parser of a command.
    """
    parser.add_argument("queries", metavar="QUERY", nargs="*", help="what to look for; without any, lines of stdin")
    parser.add_argument("--queries", metavar="FILE", dest="query_file", help="txt file with a query on each line")
    parser.add_argument("--top-k", "-k", metavar="K", type=at_least_one, default=5, help="hits per query (default: 5)")


def are_given(args: argparse.Namespace) -> bool:
    """Whether queries are there before anything is computed, and need not be waited for.

    Args:
        args: Parsed arguments, those of `add_query_arguments`.

    Returns:
        True for arguments and files.
    """
    return bool(args.queries) or args.query_file is not None


def query_groups(args: argparse.Namespace, console: Console, *, stdin_is_taken: bool = False) -> Iterator[list[str]]:
    """Queries in groups that are answered together; those of stdin one by one, as they come.

    Args:
        args: Parsed arguments, those of `add_query_arguments`.
        console: Where somebody at a terminal is asked.
        stdin_is_taken: Whether stdin holds something else.

    Returns:
        The groups, read as they are needed.

    Raises:
        InputError: If they come from two places, or a query is empty.
    """
    if args.queries and args.query_file is not None:
        raise InputError("queries as arguments and in a file", accepted="one of the two")
    if stdin_is_taken and not args.queries and args.query_file in (None, "-"):
        raise InputError("both corpus and queries from stdin", fix="give the query as an argument")
    if args.queries:
        return iter([[_query(text) for text in args.queries]])
    if args.query_file is not None:
        return _file_groups(args.query_file)
    if sys.stdin.isatty():
        return _asked(console)
    return ([line.strip()] for _, line in LineFile(None) if line.strip())


def _query(text: str) -> str:
    if not text.strip():
        raise InputError("an empty query", accepted="some words to look for")
    return check_unicode(text, "query")


def _file_groups(name: str) -> Iterator[list[str]]:
    path = None if name == "-" else Path(name)
    if path is not None and not path.is_file() and not path.is_fifo():
        raise InputError(f"{name}: no such file", accepted="a txt file with a query on each line, or - for stdin")
    lines = (line.strip() for _, line in LineFile(path) if line.strip())
    empty = True
    while group := list(itertools.islice(lines, QUERIES_AT_ONCE)):
        empty = False
        yield group
    if empty:
        raise InputError(f"{name}: no queries", accepted="a query on each line")


def _asked(console: Console) -> Iterator[list[str]]:
    while True:
        console.err.write("query> ")
        console.err.flush()
        line = sys.stdin.readline()
        if not line:
            console.err.write("\n")
            return
        if line.strip():
            yield [line.strip()]
