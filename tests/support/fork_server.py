"""Imports once what most programs of the tests import, and runs each program in a fork of itself.

A line on standard input is either a program to start or one to wait for, as JSON; a line on standard output answers.
The fork that runs a program leaves this module's loop: it ends as an interpreter ends that ran nothing else.
"""

import gc
import json
import multiprocessing
import os
import sys
import types


def import_ahead() -> None:
    """Import what takes seconds; nothing is computed, so that there are no threads that a fork would lose."""
    import datasets  # noqa: F401
    import transformers  # noqa: F401

    import likewise.cross_encoder.trainer
    import likewise.losses
    import likewise.training.trainer  # noqa: F401

    gc.collect()
    gc.freeze()


def answer(value: object) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def programs_to_run() -> dict | None:
    """Serve until the input ends; in a fork, return the program that it is to run."""
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            answer(os.waitstatus_to_exitcode(os.waitpid(request["wait"], 0)[1]))
            continue
        pid = os.fork()
        if pid == 0:
            return request
        answer(pid)
    return None


def become(program: dict) -> None:
    """Let this process look as if it were started for the program: streams, folder, environment, arguments."""
    streams = [os.open(os.devnull, os.O_RDONLY)]
    streams += [os.open(program[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600) for name in ("stdout", "stderr")]
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(program["folder"])
    multiprocessing.process.ORIGINAL_DIR = program["folder"]  # from where spawned processes look for the program
    os.environ.clear()
    os.environ.update(program["environment"])
    sys.argv = ["-c", *program["arguments"]]
    sys.modules["__main__"] = types.ModuleType("__main__")


def main() -> None:
    """Serve, and run a program in each fork."""
    import_ahead()
    program = programs_to_run()
    if program is not None:
        become(program)
        exec(compile(program["code"], "<program>", "exec"), vars(sys.modules["__main__"]))  # noqa: S102 - of a test


if __name__ == "__main__":
    main()
