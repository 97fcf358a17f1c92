"""How good the order of candidates is: as retrieved, as re-ranked, and by the sum of both scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from likewise.evaluation.metrics import ndcg_at_k, reciprocal_rank_at_k


def judged(reranker: Any, samples: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Score what was retrieved, and judge three orders of it.

    Args:
        reranker: A CrossEncoder of one output.
        samples: What `retrieve` gives. Relevant documents that it did not find count as not found in all orders.

    Returns:
        For "before", "after" and "blended": "ndcg@10" and "mrr@10", means over the queries. Blended is the order by the
        sum of both scores, each less its mean over the query's candidates and divided by its deviation.
    """
    pairs = [(sample["query"], text) for sample in samples for text in sample["documents"]]
    scores = reranker.predict(pairs, activation_fn=torch.nn.Identity())
    rows: dict[str, list[tuple[float, float]]] = {"before": [], "after": [], "blended": []}
    start = 0
    for sample in samples:
        first = np.asarray(sample["scores"], np.float64)
        second = np.asarray(scores[start : start + len(first)], np.float64)
        start += len(first)
        wanted = set(sample["positive"])
        relevant = np.array([text in wanted for text in sample["documents"]])
        ranked = {"before": first, "after": second, "blended": _standard(first) + _standard(second)}
        for name, values in ranked.items():
            hits_1K = relevant[np.argsort(-values, kind="stable")][None]
            ndcg, rank = ndcg_at_k(hits_1K, [len(wanted)], 10)[0], reciprocal_rank_at_k(hits_1K, 10)[0]
            rows[name].append((float(ndcg), float(rank)))
    means = {name: np.mean(values, axis=0) for name, values in rows.items()}
    return {name: {"ndcg@10": float(mean[0]), "mrr@10": float(mean[1])} for name, mean in means.items()}


def _standard(scores_K: np.ndarray) -> np.ndarray:
    return (scores_K - scores_K.mean()) / max(float(scores_K.std()), 1e-9)


def table_of(orders: dict[str, dict[str, float]]) -> str:
    """What `judged` gives, as lines: a measure each."""
    lines = []
    for measure in ("ndcg@10", "mrr@10"):
        figures = ", ".join(f"{values[measure]:.4f} {name}" for name, values in orders.items())
        lines.append(f"{measure:<8} {figures}")
    return "\n".join(lines)
