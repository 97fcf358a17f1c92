"""Rank the passages of some queries with one way of running a cross-encoder, on one thread; prints CPU seconds.

Arguments: way (package_dtype, such as likewise_float32), model folder, JSON file of [query, passages] lists, file for
the scores [queries, passages] (.npy).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any


def load(way: str, folder: str) -> Any:
    """Load the model: float32 as it comes, or with weights of another type."""
    package, dtype = way.rsplit("_", 1)
    options = {} if dtype == "float32" else {"model_kwargs": {"torch_dtype": dtype}}
    return __import__(package).CrossEncoder(folder, device="cpu", **options)


def main() -> None:
    """Rank query by query, as a search does; the caller runs this program several times."""
    way, folder, path, target = sys.argv[1:5]
    import numpy as np
    import torch

    torch.set_num_threads(1)
    queries = json.loads(Path(path).read_text(encoding="utf-8"))
    model = load(way, folder)
    model.rank(queries[0][0], queries[0][1][:1])
    scores = np.zeros((len(queries), len(queries[0][1])))
    start = time.process_time()
    for row, (query, passages) in zip(scores, queries, strict=True):
        for entry in model.rank(query, passages):
            row[entry["corpus_id"]] = entry["score"]
    seconds = time.process_time() - start
    np.save(target, scores)
    print(json.dumps({"rank_s": seconds, "pairs": int(scores.size)}))


if __name__ == "__main__":
    main()
