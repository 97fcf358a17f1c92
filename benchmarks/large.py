"""Search and mining in 5,000,000 x 384 embeddings on disk: CPU seconds and memory; 3 GB are allowed, all included.

    python benchmarks/large.py [--rows 5000000] [--folder .bench] [--minutes 10]

Needs 7.7 GB of disk at the default. Rows are random, but each of the last 1,000 lies near the row of its number, which
search and mining have to find. Comparing all pairs of rows takes many hours at this size: it is stopped after so many
minutes, and what it held until then is what counts.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.environment import FOLDER
from benchmarks.limit import cpu_name
from benchmarks.measure import run_program

DIM, KNOWN, LIMIT = 384, 1000, 3 * 10**9
seen: dict[str, int] = {}


def main() -> None:
    """Print a line for each task, each run in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--minutes", type=float, default=10, help="after which a task is stopped")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    path = given.folder / f"large-{given.rows}.npy"
    if given.task:
        threading.Thread(target=watch, args=(given.minutes,), daemon=True).start()
        print(json.dumps(TASKS[given.task](np.load(path, mmap_mode="r"))))
        return
    write(path, given.rows)
    print(f"CPU: {cpu_name()}; one thread; {given.rows} x {DIM} float32 in a memory map")
    for task in given.tasks:
        run = run_program(
            *(sys.executable, __file__, "--task", task, "--rows", str(given.rows)),
            *("--folder", str(given.folder), "--minutes", str(given.minutes)),
        )
        allocated, resident = (run.said[f"{name}_bytes"] / 1e9 for name in ("allocated", "resident"))
        fits = "" if run.said["resident_bytes"] < LIMIT else "  MORE THAN ALLOWED"
        end = "stopped" if run.said["found"] < 0 else f"found {run.said['found']} of {KNOWN}"
        print(
            f"{task}: {run.said['cpu_s']:.0f} CPU s, at most {resident:.2f} GB resident (limit {LIMIT / 1e9:.0f})"
            f"{fits}, of which {allocated:.2f} GB allocated, the rest pages of the file; {end}",
            flush=True,
        )


def write(path: Path, rows: int) -> None:
    """Write the rows, a slice at a time, unless they are there."""
    if path.exists():
        return
    fresh = path.with_suffix(".part")
    matrix = np.lib.format.open_memmap(fresh, "w+", np.float32, (rows, DIM))
    rng = np.random.default_rng(0)
    for start in range(0, rows, 10_000):
        matrix[start : start + 10_000] = rng.standard_normal((len(matrix[start : start + 10_000]), DIM), np.float32)
    matrix[rows - KNOWN :] = matrix[:KNOWN] + 0.3 * matrix[rows - KNOWN :]
    matrix.flush()
    del matrix
    fresh.rename(path)


def search(matrix: np.ndarray) -> dict[str, float]:
    """The known rows, searched by those that lie near them."""
    from likewise.util import semantic_search

    queries = np.array(matrix[len(matrix) - KNOWN :])
    start = time.process_time()
    hits = semantic_search(queries, matrix, top_k=2)
    seconds = time.process_time() - start
    return measured(seconds, sum(number in {hit["corpus_id"] for hit in row} for number, row in enumerate(hits)))


def bitext(matrix: np.ndarray) -> dict[str, float]:
    """The known rows as one side, all others as the other."""
    from likewise.search import bitext_mining_embeddings

    source, target = np.array(matrix[len(matrix) - KNOWN :]), matrix[: len(matrix) - KNOWN]
    start = time.process_time()
    pairs = bitext_mining_embeddings(source, target)
    seconds = time.process_time() - start
    return measured(seconds, sum(first == second for _, first, second in pairs))


def pairs(matrix: np.ndarray) -> dict[str, float]:
    """The known pairs, among the most similar pairs of all rows."""
    from likewise.util import paraphrase_mining_embeddings

    start = time.process_time()
    mined = paraphrase_mining_embeddings(matrix, top_k=10)
    seconds = time.process_time() - start
    known = {(number, len(matrix) - KNOWN + number) for number in range(KNOWN)}
    return measured(seconds, sum((first, second) in known for _, first, second in mined))


def watch(minutes: float) -> None:
    """Note the most memory that was allocated, and end the process after a time with what can be said so far."""
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        seen["allocated_bytes"] = max(seen.get("allocated_bytes", 0), memory("RssAnon"))
        time.sleep(0.01)
    print(json.dumps(measured(time.process_time(), -1)), flush=True)
    os._exit(0)


def measured(seconds: float, found: int) -> dict[str, float]:
    """What a task says."""
    return {"cpu_s": seconds, "resident_bytes": memory("VmHWM"), "found": found, **seen}


def memory(name: str) -> int:
    """Bytes of a line of the system's notes on this process: VmHWM is the most that was resident."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith(name))


TASKS = {"search": search, "bitext": bitext, "pairs": pairs}

if __name__ == "__main__":
    main()
