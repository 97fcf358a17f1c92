"""One epoch of batches without duplicates over a million pairs, the set-up of the sampler included, beside the peer.

python benchmarks/no_duplicates.py
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.environment import peer_python, versions
from benchmarks.limit import cpu_name
from benchmarks.measure import alternate, median, run_program
from benchmarks.run import SIDES

PROGRAM = str(Path(__file__).parent / "programs" / "no_duplicates.py")
ROWS, BATCH, TIMES = 1_000_000, 64, 3


def main() -> None:
    """Print the row."""
    pythons = {"likewise": sys.executable, "sentence_transformers": str(peer_python())}
    print(cpu_name())
    for side in SIDES:
        print(f"{side}: {versions(pythons[side], 'datasets')}")
    runs = alternate(
        TIMES,
        **{
            side: (lambda side=side: run_program(pythons[side], PROGRAM, side, str(ROWS), str(BATCH))) for side in SIDES
        },
    )
    ours, peers = (median(runs[side], lambda run: run.said["epoch_s"]) for side in SIDES)
    counts = {side: runs[side][0].said["rows"] for side in SIDES}
    print(
        f"no duplicates, {ROWS:,} pairs, batches of {BATCH}: likewise {ours:.1f} CPU s ({counts['likewise']:,} rows), "
        f"peer {peers:.1f} ({counts['sentence_transformers']:,} rows): {ours / peers:.2f} of it (goal 0.20)"
    )


if __name__ == "__main__":
    main()
