"""The same recipe in both packages: data, arguments, seed and start are the same; loss at the end and STS-B dev.

    python benchmarks/training_parity.py [STEPS [START]]

From all-MiniLM-L6-v2 and from a small model with random weights, for seven losses. Needs the data folder beside the
repository.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.environment import peer_python, versions
from benchmarks.limit import cpu_name
from benchmarks.measure import run_program
from benchmarks.run import SIDES, model_folder

PROGRAM = str(Path(__file__).parent / "programs" / "training_parity.py")
LOSSES = ("mnrl", "cached", "matryoshka", "triplet", "softmax", "cosent", "cosine")
STARTS = ("minilm", "random")


def main() -> None:
    """Print one row for each loss and start."""
    steps = sys.argv[1] if len(sys.argv) > 1 else "60"
    pythons = {"likewise": sys.executable, "sentence_transformers": str(peer_python())}
    print(cpu_name())
    for side in SIDES:
        print(f"{side}: {versions(pythons[side], 'datasets', 'accelerate')}")
    print(f"{steps} steps of 16; loss: mean of the last third; STS-B dev: Spearman x 100; CPU seconds of training")
    for start in sys.argv[2:] or STARTS:
        for loss in LOSSES:
            runs = {
                side: run_program(pythons[side], PROGRAM, side, model_folder(), start, loss, steps).said
                for side in SIDES
            }
            ours, peers = (runs[side] for side in SIDES)
            print(
                f"{start:<7} {loss:<11} loss {ours['loss']:.4f} / {peers['loss']:.4f}   "
                f"STS-B dev {ours['before']:.2f} -> {ours['sts']:.2f} / {peers['sts']:.2f} "
                f"({ours['sts'] - peers['sts']:+.2f})   seconds {ours['train_s']:.0f} / {peers['train_s']:.0f} "
                f"({peers['train_s'] / ours['train_s']:.2f}x)",
                flush=True,
            )


if __name__ == "__main__":
    main()
