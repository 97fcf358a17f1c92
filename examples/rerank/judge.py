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
        For "before", "after" and "blended": "ndcg@10" and "mrr@10", means over the queries; and the standard errors of
        their differences from "before", "ndcg@10 error" and "mrr@10 error". Blended is the order by the sum of both
        scores, each less its mean over the query's candidates and divided by its deviation.
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
    return {name: _summary(np.array(values), np.array(rows["before"])) for name, values in rows.items()}


def _summary(values_QM: np.ndarray, before_QM: np.ndarray) -> dict[str, float]:
    means, change_QM = values_QM.mean(0), values_QM - before_QM
    errors = change_QM.std(0, ddof=1) / len(change_QM) ** 0.5 if len(change_QM) > 1 else (np.nan, np.nan)
    names = ("ndcg@10", "mrr@10", "ndcg@10 error", "mrr@10 error")
    return dict(zip(names, map(float, (*means, *errors)), strict=True))


def _standard(scores_K: np.ndarray) -> np.ndarray:
    return (scores_K - scores_K.mean()) / max(float(scores_K.std()), 1e-9)


def table_of(orders: dict[str, dict[str, float]]) -> str:
    """What `judged` gives, as lines: a measure each, with the change and its standard error."""
    lines = []
    for measure in ("ndcg@10", "mrr@10"):
        before = orders["before"][measure]
        changes = [
            f"{values[measure]:.4f} {name} ({values[measure] - before:+.4f} ± {values[f'{measure} error']:.4f})"
            for name, values in orders.items()
            if name != "before"
        ]
        lines.append(f"{measure:<8} {', '.join([f'{before:.4f} before', *changes])}")
    return "\n".join(lines)
