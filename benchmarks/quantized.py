"""Smaller embeddings: what is found, how fast, and how many bytes, for each way to store them.

    python benchmarks/quantized.py [--rows 200000] [--data FOLDER]

Found: nDCG@10 of the queries of Cranfield, embedded by all-MiniLM-L6-v2, and the share of the 10 nearest by float32
that are among those found. Fast: 200 queries among clustered random rows of 384 dimensions, one thread. Bytes: of a
vector in memory, and on disk beside it where an index is loaded from there.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.environment import FOLDER
from benchmarks.limit import cpu_name
from benchmarks.quality_data import Retrieval, data_folder, require_files, retrieval
from benchmarks.run import model_folder
from likewise.evaluation.metrics.ndcg import ndcg_at_k
from likewise.index.registry import create_index

DIM, TOP_K = 384, 10


@dataclass(frozen=True)
class Way:
    """A way to store embeddings.

    Args:
        name: What the table says.
        kind: Kind of the index.
        memory: Bytes of a vector in memory.
        disk: Bytes of a vector on disk.
        settings: Of the index.
    """

    name: str
    kind: str
    memory: int
    disk: int = 0
    settings: dict[str, Any] = field(default_factory=dict)


WAYS = (
    Way("float32", "exact", 4 * DIM),
    Way("float16", "exact", 2 * DIM, settings={"dtype": "float16"}),
    Way("int8", "usearch-i8", DIM),
    Way("int8, outermost hundredth clipped", "usearch-i8", DIM, settings={"percentiles": (0.5, 99.5)}),
    Way("binary", "faiss-binary", DIM // 8),
    Way("binary, 4 times as many rescored with int8", "faiss-binary", DIM // 8, DIM, {"rescore": "int8"}),
    Way(
        "binary, 10 times as many rescored with int8",
        "faiss-binary",
        DIM // 8,
        DIM,
        {"rescore": "int8", "rescore_multiplier": 10},
    ),
    Way(
        "binary graph, 10 times as many, int8",
        "usearch-b1",
        DIM // 8,
        DIM,
        {"rescore": "int8", "rescore_multiplier": 10},
    ),
)


def options() -> argparse.Namespace:
    """What is to be run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000, help="that are searched for the time")
    parser.add_argument("--data", help="folder of the data sets")
    return parser.parse_args()


def embedded(collection: Retrieval) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings of documents and queries, kept for the next run."""
    kept = FOLDER / "cranfield_minilm.npz"
    if not kept.exists():
        from likewise import SentenceTransformer

        model = SentenceTransformer(model_folder())
        sides = [model.encode(list(texts.values())) for texts in (collection.corpus, collection.queries)]
        np.savez(kept, documents=sides[0], queries=sides[1])
    arrays = np.load(kept)
    return arrays["documents"], arrays["queries"]


def ndcg(ids_QK: np.ndarray, collection: Retrieval) -> float:
    """Mean nDCG@10."""
    names, judged = np.array(list(collection.corpus)), list(collection.relevant.values())
    relevant = np.array([[name in good for name in names[row]] for row, good in zip(ids_QK, judged, strict=True)])
    return float(ndcg_at_k(relevant, np.array([len(good) for good in judged]), TOP_K).mean())


def clustered(rows: int, queries: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows around centres, and queries near some of them."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((max(1, rows // 100), DIM), dtype=np.float32)
    found = centres[rng.integers(0, len(centres), rows)]
    for start in range(0, rows, 10_000):
        part = found[start : start + 10_000]
        part += 0.7 * rng.standard_normal(part.shape, dtype=np.float32)
    return found, found[:queries] + 0.3 * rng.standard_normal((queries, DIM), dtype=np.float32)


def lines(given: argparse.Namespace, collection: Retrieval) -> Iterator[str]:
    """The rows of the table."""
    documents, queries = embedded(collection)
    rows, asked = clustered(given.rows, 200)
    true: list[np.ndarray] = []
    scores = []
    for way in WAYS:
        small = create_index(way.kind, DIM, **way.settings)
        small.add(documents)
        ids = small.search(queries, TOP_K).ids
        large = create_index(way.kind, DIM, **way.settings)
        large.add(rows)
        large.search(asked[:1], TOP_K)
        start = time.process_time()
        found = large.search(asked, TOP_K).ids
        seconds = time.process_time() - start
        true = true or [ids, found]
        recalls = [shared(one, other) for one, other in zip((ids, found), true, strict=True)]
        scores.append(ndcg(ids, collection))
        yield (
            f"| {way.name} | {scores[-1]:.4f} ({scores[-1] / scores[0]:.3f}) | {recalls[0]:.3f} | {recalls[1]:.3f} "
            f"| {1000 * seconds / len(asked):.2f} | {way.memory} + {way.disk} |"
        )
        small.close()
        large.close()


def shared(found: np.ndarray, true: np.ndarray) -> float:
    """Share of the true neighbours that were found."""
    return float(np.mean([np.isin(right, ids).mean() for ids, right in zip(found, true, strict=True)]))


def main() -> None:
    """Print the table."""
    given = options()
    folder = data_folder(given.data)
    require_files(folder, ["retrieval"])
    print(f"CPU: {cpu_name()}; one thread; {given.rows} rows for the time")
    print("| stored as | Cranfield nDCG@10 (of float32) | recall@10 | recall@10 of the rows | CPU ms a query | bytes |")
    print("|---|---|---|---|---|---|")
    for line in lines(given, retrieval(folder)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
