"""The same search by FAISS: a flat index, on every GPU that FAISS sees. Does not know what is searched for."""

from __future__ import annotations

from typing import Any

import numpy as np

from likewise._optional import require
from likewise.mining.candidates import Nearest
from likewise.search.top_k import Floats, Ids


def faiss_nearest(passages_MD: Any, batch_size: int) -> Nearest:
    """Search with a flat index of FAISS.

    Args:
        passages_MD: Embeddings of the passages, (M, dim).
        batch_size: Most anchors that are searched for at a time.

    Returns:
        The search. Of equal scores it may find any.

    Raises:
        MissingDependencyError: If FAISS is not installed.
    """
    faiss = require("faiss", extra="search")
    index = faiss.IndexFlatIP(int(passages_MD.shape[1]))
    if faiss.get_num_gpus() > 0:
        index = faiss.index_cpu_to_all_gpus(index)
    index.add(np.ascontiguousarray(passages_MD, dtype=np.float32))

    def nearest(anchors_BD: Any, number: int) -> tuple[Ids, Floats]:
        parts = [
            index.search(np.ascontiguousarray(anchors_BD[start : start + batch_size], dtype=np.float32), number)
            for start in range(0, len(anchors_BD), batch_size)
        ]
        scores_BC = np.concatenate([scores for scores, _ in parts])
        ids_BC = np.concatenate([ids for _, ids in parts]).astype(np.int64)
        return ids_BC, np.where(ids_BC < 0, np.float32(-np.inf), scores_BC)

    return nearest
