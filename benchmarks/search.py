"""Search and mining: CPU seconds, and memory beyond the embeddings, beside the bare products and beside the peer.

    python benchmarks/search.py [--tasks search pairs communities negatives] [--share 0.1]

Both sides find the same in random or clustered rows of 384 dimensions.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.environment import peer_python, versions
from benchmarks.limit import cpu_name
from benchmarks.measure import alternate, median, run_program
from benchmarks.run import SIDES

PROGRAM = str(Path(__file__).parent / "programs" / "search.py")


@dataclass(frozen=True)
class Task:
    """A call, and what is to be reached.

    Args:
        rows: How many rows are searched.
        time_goal: Most CPU seconds, in those of the peer.
        memory_goal: Most memory, in that of the peer.
        product_goal: Most CPU seconds, in those of the bare products.
    """

    rows: int
    time_goal: float | None = None
    memory_goal: float | None = None
    product_goal: float | None = None


TASKS = {
    "search": Task(1_000_000, product_goal=1.15),
    "pairs": Task(50_000, 0.6, 1 / 3),
    "communities": Task(50_000, 0.7),
    "negatives": Task(20_000, 0.7, 1 / 3),
}


def options() -> argparse.Namespace:
    """What is to be run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--share", type=float, default=1.0, help="of the rows")
    parser.add_argument("--times", type=int, default=3, help="alternating runs")
    return parser.parse_args()


def measure(name: str, task: Task, pythons: dict[str, str], given: argparse.Namespace) -> str:
    """One row of the table."""
    rows = str(int(task.rows * given.share))
    runs = alternate(
        given.times, **{side: partial(run_program, pythons[side], PROGRAM, side, name, rows) for side in SIDES}
    )
    ours, peers = (median(runs[side], lambda run: run.said["cpu_s"]) for side in SIDES)
    held, theirs = (median(runs[side], lambda run: run.said["extra_bytes"] / 2**20) for side in SIDES)
    found = [runs[side][0].said["found"] for side in SIDES]
    parts = [
        f"{name}, {rows} rows: {ours:.1f} of {peers:.1f} CPU s = {ours / peers:.2f}{_goal(task.time_goal)}",
        f"{held:.0f} of {theirs:.0f} MiB = {held / theirs:.2f}{_goal(task.memory_goal)}",
        f"found {found[0]} and {found[1]}",
    ]
    if task.product_goal is not None:
        shares = {side: median(runs[side], lambda run: run.said["cpu_s"] / run.said["product_s"]) for side in SIDES}
        ratios = " and ".join(f"{share:.2f}" for share in shares.values())
        parts.append(f"{ratios} times the bare products{_goal(task.product_goal)}")
    return "; ".join(parts)


def _goal(goal: float | None) -> str:
    return "" if goal is None else f" (goal {goal:.2f})"


def main() -> None:
    """Print a row for each task."""
    given = options()
    pythons = {"likewise": sys.executable, "sentence_transformers": str(peer_python())}
    print(f"CPU: {cpu_name()}; one thread; medians of {given.times} alternating runs")
    for side in SIDES:
        print(f"{side}: {versions(pythons[side], 'datasets')}")
    for name in given.tasks:
        print(measure(name, TASKS[name], pythons, given), flush=True)


if __name__ == "__main__":
    main()
