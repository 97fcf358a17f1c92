"""Retrieval evaluation beside the bare matrix product and the peer. `python -m benchmarks.retrieval_evaluation`.

One thread, CPU seconds, random float32 embeddings of 384 dimensions in a memory map. Run it alone on the machine; the
large form needs 1.6 GB of disk.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.limit import cpu_name
from benchmarks.measure import Run, run_program

PROGRAM = str(Path(__file__).parent / "programs" / "retrieval.py")
QUERIES, DIM = 1000, 384
SMALL, LARGE = 100_000, 1_000_000


def write_embeddings(path: Path, documents: int, queries: np.ndarray) -> None:
    """Write random rows, a slice at a time; the first ones lie a little towards the query of their number.

    Args:
        path: The file.
        documents: Number of rows.
        queries: Embeddings of the queries.
    """
    rows = np.lib.format.open_memmap(path, "w+", np.float32, (documents, DIM))
    generator = np.random.default_rng(0)
    for first in range(0, documents, 10_000):
        part = rows[first : first + 10_000]
        part[:] = generator.standard_normal(part.shape, dtype=np.float32)
    rows[: len(queries)] += 0.3 * queries
    rows.flush()


def line(name: str, run: Run) -> str:
    """One row of the table.

    Args:
        name: What was run.
        run: What it said.

    Returns:
        The row.
    """
    product_s, evaluate_s = run.said["product_s"], run.said["evaluate_s"]
    return (
        f"{name:<44}{evaluate_s:>8.2f} s  product {product_s:>6.2f} s  {evaluate_s / product_s:>5.2f}x"
        f"  {run.said['peak_bytes'] / 2**20:>8.0f} MiB above the embeddings  nDCG@10 {run.said['ndcg']:.6f}"
    )


def main(large: bool = False) -> None:
    """Print the rows.

    Args:
        large: Whether a million documents are evaluated, too.
    """
    print(f"CPU: {cpu_name()}; one thread; CPU seconds; medians of alternating rounds; {QUERIES:,} queries")
    with tempfile.TemporaryDirectory() as folder:
        files = path, query_path = Path(folder) / "documents.npy", Path(folder) / "queries.npy"
        queries = np.random.default_rng(1).standard_normal((QUERIES, DIM), dtype=np.float32)
        np.save(query_path, queries)
        write_embeddings(path, LARGE if large else SMALL, queries)
        sides = {
            side: run_program(sys.executable, PROGRAM, side, *map(str, files), str(SMALL))
            for side in ("likewise", "sentence_transformers")
        }
        for side, run in sides.items():
            print(line(f"{side}, {SMALL:,} documents", run), flush=True)
        ratio = sides["sentence_transformers"].said["evaluate_s"] / sides["likewise"].said["evaluate_s"]
        print(f"{'peer / likewise':<44}{ratio:>8.2f}x (goal 1.3x)", flush=True)
        if large:
            run = run_program(sys.executable, PROGRAM, "likewise", *map(str, files), str(LARGE))
            print(line(f"likewise, {LARGE:,} documents", run), "(goals 1.15x, 300 MiB)")


if __name__ == "__main__":
    main(large="large" in sys.argv[1:])
