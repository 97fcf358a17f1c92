"""Evaluate retrieval with embeddings that are there already; prints CPU seconds and peak memory, as JSON.

Arguments: package, files of the embeddings of documents and of queries (.npy), number of documents. The document that
is relevant to a query has the query's number.

Each round runs the bare matrix product and the evaluator in turn, on the same memory map, whose pages were all read
before. Memory is what the process allocates; pages of the map, which the system may drop, do not count.
"""

from __future__ import annotations

import json
import statistics
import sys
import threading
import time
from types import SimpleNamespace
from typing import Self

import numpy as np

ROUNDS = 3
TILE = 4096


class Peak:
    """Largest allocated memory within a `with` block, above what it was before."""

    def __enter__(self) -> Self:
        self._before = self._most = allocated()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()
        self.bytes = self._most - self._before

    def _watch(self) -> None:
        while not self._done.wait(0.005):
            self._most = max(self._most, allocated())


def allocated() -> int:
    """Resident memory that belongs to no file, in bytes."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith("RssAnon"))


def product(queries: np.ndarray, documents: np.ndarray) -> float:
    """CPU seconds of the products alone, in tiles that suit the cache."""
    scores = np.empty((len(queries), TILE), np.float32)
    start = time.process_time()
    for first in range(0, len(documents), TILE):
        rows = documents[first : first + TILE]
        np.matmul(queries, rows.T, out=scores if len(rows) == TILE else None)
    return time.process_time() - start


def main() -> None:
    """Evaluate; the caller compares."""
    package, path, query_path, total = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    import torch

    torch.set_num_threads(1)
    evaluation = __import__(f"{package}.evaluation", fromlist=["evaluation"])
    documents = np.load(path, mmap_mode="r")[:total]
    queries = np.load(query_path)
    texts, corpus = {f"q{n}": "" for n in range(len(queries))}, {f"d{n}": "" for n in range(total)}
    relevant = {query: {f"d{number}"} for number, query in enumerate(texts)}
    model = SimpleNamespace(similarity_fn_name="cosine", encode_document=None)
    model.encode = model.encode_query = lambda sentences, **kwargs: torch.from_numpy(queries)
    functions = {"cosine": __import__(f"{package}.util", fromlist=["util"]).cos_sim}
    evaluator = evaluation.InformationRetrievalEvaluator(texts, corpus, relevant, score_functions=functions)
    given = documents if package == "likewise" else torch.from_numpy(documents)
    product(queries, documents)
    seconds: dict[str, list[float]] = {"product": [], "evaluate": []}
    with Peak() as peak:
        for _ in range(ROUNDS):
            seconds["product"].append(product(queries, documents))
            start = time.process_time()
            metrics = evaluator.compute_metrices(model, corpus_embeddings=given)
            seconds["evaluate"].append(time.process_time() - start)
    ndcg = float(metrics["cosine"]["ndcg@k"][10])
    medians = {f"{name}_s": statistics.median(values) for name, values in seconds.items()}
    print(json.dumps({**medians, "peak_bytes": peak.bytes, "ndcg": ndcg}))


if __name__ == "__main__":
    main()
