"""Run one program in a process of its own and take its CPU seconds and peak memory. Knows no package."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Run:
    """What one run of a program used.

    Args:
        cpu_s: User and system CPU seconds of the whole process.
        peak_bytes: Its largest resident memory.
        said: The JSON object that the program printed on its last line, if any.
    """

    cpu_s: float
    peak_bytes: int
    said: Mapping[str, Any] = field(default_factory=dict)


def run_program(python: Path | str, *arguments: str) -> Run:
    """Run a Python program on one thread.

    Args:
        python: The interpreter.
        *arguments: Its arguments.

    Returns:
        What it used.
    """
    one_thread = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    quiet = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error", "PYTHONWARNINGS": "ignore"}
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [str(python), *arguments], stdout=output, stderr=errors, env={**os.environ, **one_thread, **quiet}
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(f"{' '.join(arguments)} failed:\n{errors.read()[-2000:]}")
        output.seek(0)
        last = output.read().strip().rpartition("\n")[2]
    said = json.loads(last) if last.startswith("{") else {}
    return Run(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, said)


def alternate(times: int, **programs: Callable[[], Run]) -> dict[str, list[Run]]:
    """Run several programs in turn, so that a noisy minute hits all of them.

    Args:
        times: How often.
        **programs: Name to program.

    Returns:
        Name to its runs.
    """
    runs: dict[str, list[Run]] = {name: [] for name in programs}
    for _ in range(times):
        for name, program in programs.items():
            runs[name].append(program())
    return runs


def median(runs: list[Run], value: Callable[[Run], float]) -> float:
    """The median of one value over runs.

    Args:
        runs: The runs.
        value: Takes the value from a run.

    Returns:
        The median.
    """
    return statistics.median(value(run) for run in runs)
