"""Run a program unchanged, with likewise under the name that it imports; as `python PROGRAM` would run it."""

from __future__ import annotations

import argparse
import os
import runpy
import sys
from collections.abc import Sequence

from likewise.compat.install import install_as_sentence_transformers


def main(argv: Sequence[str]) -> None:
    """Install the alias and run a script or a module as `__main__`.

    Args:
        argv: `SCRIPT [ARGS...]` or `-m MODULE [ARGS...]`; what follows belongs to the program.

    Raises:
        SystemExit: On wrong usage, and where the program exits so.
    """
    parser = argparse.ArgumentParser(
        prog="python -m likewise.compat",
        usage="%(prog)s (SCRIPT | -m MODULE) [ARGS ...]",
        description="Run a program written for sentence_transformers on likewise, unchanged.",
    )
    program = parser.add_mutually_exclusive_group(required=True)
    program.add_argument("-m", dest="module", metavar="MODULE", help="run a module")
    program.add_argument("script", nargs="?", metavar="SCRIPT", help="run a file, or a folder with a __main__.py")
    given = parser.parse_args(argv[: _own(argv)])
    rest = list(argv[_own(argv) :])
    install_as_sentence_transformers()
    if given.module:
        sys.argv = [given.module, *rest]
        runpy.run_module(given.module, run_name="__main__", alter_sys=True)
        return
    if not os.path.exists(given.script):
        parser.error(f"there is no file {given.script!r}; for a module, write -m {given.script}")
    sys.argv = [given.script, *rest]
    if not sys.flags.safe_path:
        # Where `python -m` has put the working directory, `python SCRIPT` has the folder of the script.
        sys.path[0] = os.path.dirname(os.path.abspath(given.script))
    runpy.run_path(given.script, run_name="__main__")


def _own(argv: Sequence[str]) -> int:
    """How many arguments are ours: up to the name of the script or module."""
    return 2 if argv and argv[0] == "-m" else 1
