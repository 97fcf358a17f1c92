"""The entry point: arguments to a command, errors to exit codes. Knows the commands by name, not what they do.

Exit codes: 0 done, 1 an error that the message explains, 2 wrong usage, 130 interrupted, 141 nobody reads stdout.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from likewise._version import __version__
from likewise.cli import cluster, compare, encode, evaluate, index, info, map_texts, mine, search, train
from likewise.cli.console import Console
from likewise.cli.messages import messages
from likewise.cli.model_access import Loader, load_model
from likewise.errors import LikewiseError

FAILED, INTERRUPTED, BROKEN_PIPE = 1, 130, 141

_EXAMPLES = """\
examples:
  likewise search notes/ "how do I renew the certificate"
  likewise compare "A man is eating." "Someone has a meal."
  likewise encode reviews.csv --column body -o reviews.npy
  likewise info sentence-transformers/all-MiniLM-L6-v2
  likewise evaluate --suite
  likewise map reviews.csv --column body -o reviews.html

`likewise COMMAND --help` shows the options of a command. Results go to stdout, everything else to stderr.
exit codes: 0 done, 1 error, 2 wrong usage, 130 interrupted"""


def main(argv: Sequence[str] | None = None, *, loader: Loader = load_model) -> int:
    """Run the command line.

    Args:
        argv: Arguments without the program's name; None takes those of the process.
        loader: What loads models.

    Returns:
        The exit code.

    Example:
        >>> main(["--version"])
        likewise ...
        0
    """
    _make_streams_safe()
    code = 0
    try:
        code = _run(argv, loader)
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon_stdout()
        return BROKEN_PIPE
    except OSError as error:  # a full disk behind stdout shows here
        _abandon_stdout()
        if code != FAILED:
            sys.stderr.write(f"likewise: error: the results could not be written: {error.strerror or error}\n")
        return FAILED
    return code


def _run(argv: Sequence[str] | None, loader: Loader) -> int:
    try:
        args = _parse(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else FAILED
    console = Console(sys.stdout, sys.stderr, json=args.json, quiet=args.quiet, progress=args.progress)
    level = logging.ERROR if args.quiet else logging.INFO if args.verbose else logging.WARNING
    try:
        with messages(console, level):
            code: int = args.run(args, console, loader)
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        console.err.write("likewise: interrupted\n")
        return INTERRUPTED
    except (LikewiseError, OSError, MemoryError) as error:
        if args.debug:
            traceback.print_exc(file=console.err)
        console.err.write(f"likewise: error: {_describe(error)}\n")
        return FAILED
    return code


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = build_parser()
    args, rest = parser.parse_known_args(argv)
    # argparse takes no more queries once an option stood between the corpus and them
    if rest and isinstance(getattr(args, "queries", None), list) and not any(word.startswith("-") for word in rest):
        args.queries += rest
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return args


def build_parser() -> argparse.ArgumentParser:
    """Build the parser with all commands.

    Returns:
        The parser.
    """
    parser = argparse.ArgumentParser(
        prog="likewise",
        description="Turn texts into embeddings, compare them, and search by meaning.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"likewise {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (encode, compare, search, info, train, evaluate, cluster, map_texts):
        _add_output_arguments(command.add_parser(commands))
    for parser_below in (*mine.add_parsers(commands), *index.add_parsers(commands)):
        _add_output_arguments(parser_below)
    return parser


def _add_output_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument("--json", action="store_true", help="results as JSON, one object a line")
    group.add_argument(
        "--progress", action=argparse.BooleanOptionalAction, help="show progress (default: on a terminal)"
    )
    loudness = group.add_mutually_exclusive_group()
    loudness.add_argument("--quiet", "-q", action="store_true", help="no notes and warnings")
    loudness.add_argument("--verbose", "-v", action="store_true", help="more notes")
    group.add_argument("--debug", action="store_true", help="show where in the code an error came from")


def _describe(error: BaseException) -> str:
    if isinstance(error, LikewiseError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"not enough memory. {error}".strip()
    return str(error) or type(error).__name__


def _make_streams_safe() -> None:
    """A text that the terminal's encoding lacks is shown escaped, where it would end the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _abandon_stdout() -> None:
    """Let the interpreter flush what is left of stdout into nothing, where it would complain a second time."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run() -> NoReturn:
    """Run the command line and leave the process with its exit code."""
    sys.exit(main())
