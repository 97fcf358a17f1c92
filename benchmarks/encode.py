"""Encoding with all-MiniLM-L6-v2, float32, one thread: share of the machine's limit, and ratios to the peer.

    python benchmarks/encode.py

Two mixes of real text (sentences; passages of up to 256 tokens), a list in which every text stands three times, cold
start, memory and the latency of one text; then the rows of `backends.py`. Each figure is the median of alternating runs
in processes of their own.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import backends
from benchmarks.environment import peer_python, versions
from benchmarks.limit import cpu_name, float32_rates, limit_of
from benchmarks.measure import Run, alternate, median, run_program
from benchmarks.run import SIDES, TIMES, model_folder
from benchmarks.texts import count_tokens, passages, sentences, write_lines

PROGRAMS = Path(__file__).parent / "programs"
SENTENCES, PASSAGES, REPEATED = 400, 80, 150


def run_both(pythons: dict[str, str], program: str, *arguments: str, with_limit: bool = False) -> dict[str, list[Run]]:
    """Run a program with either package in turn, and if wanted the measurement of the limit."""
    sides = {
        side: (lambda side=side: run_program(pythons[side], str(PROGRAMS / program), side, *arguments))
        for side in SIDES
    }
    limit = {"limit": lambda: run_program(pythons["likewise"], str(Path(__file__).parent / "limit.py"))}
    return alternate(TIMES, **(limit if with_limit else {}), **sides)


def mix(pythons: dict[str, str], name: str, path: str, texts: list[str]) -> None:
    """Print one mix: seconds of both sides, ratio, and shares of the limit, which is measured in turn with them."""
    tokens = count_tokens(texts, model_folder())
    runs = run_both(pythons, "encode.py", model_folder(), path, str(len(texts)), with_limit=True)
    limit = median(runs["limit"], lambda run: limit_of(run.said, tokens))
    ours, peers = (median(runs[side], lambda run: run.said["encode_s"]) for side in SIDES)
    print(
        f"{name}: {len(texts):,} texts, {tokens / len(texts):.1f} tokens each; limit {limit:.2f} s; "
        f"likewise {ours:.2f} s = {limit / ours:.0%} of the limit; peer {peers:.2f} s = {limit / peers:.0%}; "
        f"ratio {peers / ours:.2f}x",
        flush=True,
    )


def repeats(pythons: dict[str, str], once: str, thrice: str, count: int) -> None:
    """Print how much faster texts go by that stand in the list three times."""
    runs = alternate(
        TIMES,
        once=lambda: run_program(
            pythons["likewise"], str(PROGRAMS / "encode.py"), "likewise", model_folder(), once, str(count)
        ),
        thrice=lambda: run_program(
            pythons["likewise"], str(PROGRAMS / "encode.py"), "likewise", model_folder(), thrice, str(3 * count)
        ),
    )
    first, second = (median(runs[name], lambda run: run.said["encode_s"]) for name in ("once", "thrice"))
    print(f"every text three times: {3 * first / second:.2f}x the rate of the list without repeats", flush=True)


def start_and_memory(pythons: dict[str, str], path: str) -> None:
    """Print cold start to the first embedding: CPU seconds and peak memory."""
    runs = run_both(pythons, "encode.py", model_folder(), path, "1")
    for what, value, unit in (
        ("cold start", lambda run: run.cpu_s, "CPU s"),
        ("peak memory", lambda run: run.peak_bytes / 2**20, "MiB"),
    ):
        ours, peers = (median(runs[side], value) for side in SIDES)
        print(f"{what}: likewise {ours:.2f} {unit}, peer {peers:.2f} {unit}: {ours / peers:.2f} of it", flush=True)


def latency(pythons: dict[str, str]) -> None:
    """Print the latency of one short text, warm."""
    runs = run_both(pythons, "latency.py", model_folder())
    ours, peers = (median(runs[side], lambda run: run.said["latency_ms"]) for side in SIDES)
    print(f"latency: likewise {ours:.2f} ms, peer {peers:.2f} ms: {ours / peers:.2f} of it", flush=True)


def main() -> None:
    """Print all rows."""
    pythons = {"likewise": sys.executable, "sentence_transformers": str(peer_python())}
    print(f"CPU: {cpu_name()}; one thread; CPU seconds; medians of {TIMES} alternating runs; float32")
    for side, python in pythons.items():
        print(f"{side}: {versions(python)}")
    rates = ", ".join(f"{width}x{out} {rate / 1e9:.0f}" for (width, out), rate in float32_rates().items())
    print(f"best measured rates, GFLOP/s: {rates}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        short, long = sentences(SENTENCES), passages(PASSAGES)
        mix(pythons, "sentences", write_lines(folder / "sentences.txt", short), short)
        mix(pythons, "passages", write_lines(folder / "passages.txt", long), long)
        once = list(dict.fromkeys(short))[:REPEATED]
        repeats(
            pythons, write_lines(folder / "once.txt", once), write_lines(folder / "thrice.txt", once * 3), len(once)
        )
        start_and_memory(pythons, str(folder / "sentences.txt"))
    latency(pythons)
    backends.rows()


if __name__ == "__main__":
    main()
