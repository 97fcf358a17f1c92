"""Mining beside the peer: CPU seconds, and memory beyond the embeddings, of calls that find the same.

python benchmarks/mining.py [SHARE OF THE ROWS]
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.environment import peer_python, versions
from benchmarks.limit import cpu_name
from benchmarks.measure import alternate, median, run_program
from benchmarks.run import SIDES

PROGRAM = str(Path(__file__).parent / "programs" / "mining.py")
TIMES = 3
# task: (rows, goal for the time, goal for the memory)
TASKS = {"communities": (50_000, 0.7, None), "negatives": (20_000, 0.7, 1 / 3)}


def main(share: float) -> None:
    """Print a row for each task."""
    pythons = {"likewise": sys.executable, "sentence_transformers": str(peer_python())}
    print(f"CPU: {cpu_name()}; one thread; medians of {TIMES} alternating runs")
    for side in SIDES:
        print(f"{side}: {versions(pythons[side], 'datasets')}")
    for task, (most, time_goal, memory_goal) in TASKS.items():
        rows = str(int(most * share))
        runs = alternate(
            TIMES, **{side: partial(run_program, pythons[side], PROGRAM, side, task, rows) for side in SIDES}
        )
        ours, peers = (median(runs[side], lambda run: run.said["cpu_s"]) for side in SIDES)
        held, theirs = (median(runs[side], lambda run: run.said["extra_bytes"] / 2**20) for side in SIDES)
        found = [runs[side][0].said["found"] for side in SIDES]
        goal = "" if memory_goal is None else f" (goal {memory_goal:.2f})"
        print(
            f"{task}, {rows} rows: {ours:.1f} of {peers:.1f} CPU s = {ours / peers:.2f} (goal {time_goal}); "
            f"{held:.0f} of {theirs:.0f} MiB = {held / theirs:.2f}{goal}; found {found[0]} and {found[1]}",
            flush=True,
        )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
