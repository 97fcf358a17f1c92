"""The same recipe in both packages: data, batches, arguments, seed and start are the same; dropout is not.

Shows STS-B dev after training, and the losses of the steps.

    python benchmarks/training_parity.py [--steps 60] [--seeds 1 2 3] [--losses mnrl ...] [--starts minilm random]

Each run is one line of the file of results, and is not repeated: stop it at any time, run parts of it at any time, also
beside each other. `--table` only prints what there is. Needs the data folder beside the repository.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.environment import FOLDER, peer_python, versions
from benchmarks.limit import cpu_name
from benchmarks.measure import run_program
from benchmarks.run import SIDES, model_folder

PROGRAM = str(Path(__file__).parent / "programs" / "training_parity.py")
LOSSES = ("mnrl", "cosent", "cosine", "softmax", "triplet", "matryoshka", "cached")
STARTS = ("minilm", "random")
KEY = ("start", "loss", "steps", "seed", "side")
Results = dict[tuple[Any, ...], Mapping[str, Any]]


def options() -> argparse.Namespace:
    """What is to be run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=60, help="steps of 16 rows")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="of weights, order and dropout")
    parser.add_argument("--losses", nargs="+", choices=LOSSES, default=LOSSES)
    parser.add_argument("--starts", nargs="+", choices=STARTS, default=STARTS)
    parser.add_argument("--results", type=Path, default=FOLDER / "training_parity.jsonl")
    parser.add_argument("--table", action="store_true", help="run nothing")
    return parser.parse_args()


def read(path: Path) -> Results:
    """The runs that there are, by what was run; a line that was cut off counts as none."""
    found: Results = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            continue
        found[tuple(row[name] for name in KEY)] = row
    return found


def wanted(given: argparse.Namespace) -> Iterator[tuple[Any, ...]]:
    """What is to be run, seed by seed, so that every part of the table fills up evenly."""
    for seed, start, loss, side in itertools.product(given.seeds, given.starts, given.losses, SIDES):
        yield start, loss, given.steps, seed, side


def run(given: argparse.Namespace) -> None:
    """Run what is missing, and add each run to the file."""
    pythons = {"likewise": sys.executable, "sentence_transformers": str(peer_python())}
    about = {side: versions(pythons[side], "datasets", "accelerate") for side in SIDES}
    missing = [key for key in wanted(given) if key not in read(given.results)]
    given.results.parent.mkdir(parents=True, exist_ok=True)
    for number, key in enumerate(missing, 1):
        if key in read(given.results):  # another part of the benchmark has run it meanwhile
            continue
        start, loss, steps, seed, side = key
        said = run_program(pythons[side], PROGRAM, side, model_folder(), start, loss, str(steps), str(seed)).said
        row = {**dict(zip(KEY, key, strict=True)), **said, "versions": about[side], "cpu": cpu_name()}
        # A new line before as well: the last one may have been cut off.
        with given.results.open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps(row) + "\n")
        print(f"{number}/{len(missing)} {' '.join(map(str, key))}: {said['sts']:.2f}", file=sys.stderr, flush=True)


def spread(values: list[float]) -> str:
    """Mean and standard deviation."""
    deviation = f"{statistics.stdev(values):.2f}" if len(values) > 1 else "-"
    return f"{statistics.mean(values):7.2f} ± {deviation:<5}"


def curves(pairs: list[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> str:
    """Mean losses of the thirds of the steps, ours and the peer's, and how far apart they are: mean, standard error."""
    shown = []
    for third in range(3):
        ours, peers = (
            [
                loss
                for run in side
                for loss in run["losses"][third * len(run["losses"]) // 3 :][: len(run["losses"]) // 3]
            ]
            for side in zip(*pairs, strict=True)
        )
        apart = [a - b for a, b in zip(ours, peers, strict=True)]
        error = statistics.stdev(apart) / len(apart) ** 0.5
        shown.append(
            f"{statistics.mean(ours):.3f} / {statistics.mean(peers):.3f} ({statistics.mean(apart):+.3f} ± {error:.3f})"
        )
    return "  ".join(shown)


def line(start: str, loss: str, runs: Results, given: argparse.Namespace) -> str:
    """One row of the table: seeds that both sides have run."""
    both = [tuple(runs.get((start, loss, given.steps, seed, side)) for side in SIDES) for seed in given.seeds]
    pairs = [(ours, peers) for ours, peers in both if ours is not None and peers is not None]
    if not pairs:
        return f"{start:<7} {loss:<11} no seed run by both"
    ours, peers = ([run["sts"] for run in side] for side in zip(*pairs, strict=True))
    seconds = [sum(run["train_s"] for run in side) for side in zip(*pairs, strict=True)]
    apart = [a - b for a, b in zip(ours, peers, strict=True)]
    before = statistics.mean(run["before"] for run, _ in pairs)
    return (
        f"{start:<7} {loss:<11}{len(pairs):>5} {before:>8.2f}   {spread(ours)} {spread(peers)} {spread(apart)}"
        f"   {curves(pairs)} {seconds[1] / seconds[0]:>7.2f}x"
    )


def main() -> None:
    """Run what is missing, and print the table."""
    given = options()
    if not given.table:
        run(given)
    runs = read(given.results)
    for text in sorted({f"{row['side']}: {row['versions']}; {row['cpu']}" for row in runs.values()}):
        print(text)
    print(f"\n{given.steps} steps of 16 rows; STS-B dev: Spearman x 100, mean ± standard deviation over the seeds;")
    print("loss: means of the thirds of the steps, ours / peer (difference ± its standard error over the steps);")
    print("speed: CPU seconds of training, peer / ours\n")
    print(
        f"{'start':<7} {'loss':<11}{'seeds':>5} {'before':>8}   {'ours':<15} {'peer':<15} {'ours - peer':<15}"
        f"   {'loss':<33}  {'':<33}  {'':<33} {'speed':>8}"
    )
    for start, loss in itertools.product(given.starts, given.losses):
        print(line(start, loss, runs, given))


if __name__ == "__main__":
    main()
