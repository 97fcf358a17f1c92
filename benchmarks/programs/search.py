"""One call of a search function, `search.py SIDE TASK ROWS`: CPU seconds, and memory beyond what stood before."""

from __future__ import annotations

import json
import logging
import resource
import sys
import time
from importlib import import_module

import numpy as np

side, task, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
util = import_module(f"{side}.util")
DIM, TILE = 384, 4096
facts: dict[str, float] = {}


def peak_bytes() -> int:
    """The largest resident memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def clustered(count: int, clusters: int) -> np.ndarray:
    """Rows around centres, at cosines of 0.8 or so to each other."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((clusters, DIM), dtype=np.float32)
    found = centres[rng.integers(0, clusters, count)]
    for start in range(0, count, 10_000):
        found[start : start + 10_000] += 0.5 * rng.standard_normal(
            (len(found[start : start + 10_000]), DIM), np.float32
        )
    return found / np.linalg.norm(found, axis=1, keepdims=True)


class Rows:
    """Encodes "q 5" and "d 7" as rows of arrays."""

    device, prompts, similarity_fn_name = "cpu", {}, "cosine"
    similarity, similarity_pairwise = staticmethod(util.cos_sim), staticmethod(util.pairwise_cos_sim)

    def __init__(self, queries: np.ndarray, documents: np.ndarray) -> None:
        self.sides = {"q": queries, "d": documents}

    def encode(self, texts: list[str], **arguments: object) -> np.ndarray:
        """Look texts up."""
        return self.sides[texts[0][0]][[int(text[2:]) for text in texts]]

    encode_query = encode_document = encode


def search() -> object:
    """A thousand queries among random rows; the products alone, in tiles that suit the cache, come first."""
    import torch

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    documents = np.empty((rows, DIM), np.float32)
    for start in range(0, rows, 10_000):
        documents[start : start + 10_000] = rng.standard_normal(
            (len(documents[start : start + 10_000]), DIM), np.float32
        )
    queries = rng.standard_normal((1000, DIM), np.float32)
    given = documents if side == "likewise" else torch.from_numpy(documents)
    scores = np.empty((len(queries), TILE), np.float32)
    for timed in (False, True):
        start = time.process_time()
        for first in range(0, rows - rows % TILE, TILE):
            np.matmul(queries, documents[first : first + TILE].T, out=scores)
        if timed:
            facts["product_s"] = time.process_time() - start
    return lambda: len(util.semantic_search(queries, given, top_k=10))


def pairs() -> object:
    """The most similar pairs of clustered rows."""
    embeddings = clustered(rows, rows // 100)
    if side != "likewise":
        import torch

        embeddings = torch.from_numpy(embeddings)
    return lambda: len(util.paraphrase_mining_embeddings(embeddings))


def communities() -> object:
    """Communities of clustered rows."""
    embeddings = clustered(rows, rows // 100)
    return lambda: len(util.community_detection(embeddings))


def negatives() -> object:
    """Negatives of anchors among ten times as many passages."""
    from datasets import Dataset

    documents = clustered(10 * rows, rows // 10)
    queries = documents[::10] + 0.01
    data = Dataset.from_dict(
        {"anchor": [f"q {n}" for n in range(rows)], "positive": [f"d {10 * n}" for n in range(rows)]}
    )
    corpus = [f"d {n}" for n in range(10 * rows)]
    model = Rows(queries, documents)
    arguments = {"corpus": corpus, "relative_margin": 0.05, "verbose": False}
    return lambda: len(util.mine_hard_negatives(data, model, **arguments))


logging.disable(logging.WARNING)
call = {"search": search, "pairs": pairs, "communities": communities, "negatives": negatives}[task]()
before, start = peak_bytes(), time.process_time()
count = call()
facts |= {"cpu_s": time.process_time() - start, "extra_bytes": peak_bytes() - before, "found": count}
print(json.dumps(facts))
