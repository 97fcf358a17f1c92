"""Which metrics at which ranks a retrieval evaluation reports, and their documented names.

Knows ranked relevance; does not know queries, documents or models.

Legend: Q queries, k places of the ranking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.evaluation.metrics import (
    accuracy_at_k,
    average_precision_at_k,
    ndcg_at_k,
    precision_at_k,
    recall_at_k,
    reciprocal_rank_at_k,
)
from likewise.evaluation.metrics.rankings import check_cutoff

Values = Mapping[str, NDArray[np.float64]]

_COLUMNS = {"ndcg": "NDCG", "mrr": "MRR", "map": "MAP"}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalMetrics:
    """The ranks at which each metric is taken.

    Args:
        accuracy: Ranks of accuracy@k.
        precision_recall: Ranks of precision@k and recall@k.
        ndcg: Ranks of nDCG@k.
        mrr: Ranks of MRR@k.
        map: Ranks of MAP@k.
    """

    accuracy: tuple[int, ...]
    precision_recall: tuple[int, ...]
    ndcg: tuple[int, ...]
    mrr: tuple[int, ...]
    map: tuple[int, ...]

    @classmethod
    def of(cls, **ranks: int | Sequence[int]) -> RetrievalMetrics:
        """Check the ranks.

        Args:
            **ranks: Field to one rank or several, each at least 1; repeated ones count once.

        Returns:
            The ranks.

        Raises:
            InputError: If one is below 1, or there is none at all.
            InputTypeError: If one is no integer.

        Example:
            >>> RetrievalMetrics.of(accuracy=[1, 3], precision_recall=[], ndcg=[10], mrr=10, map=[100]).places
            100
        """
        checked = {
            name: tuple(dict.fromkeys(check_cutoff(k) for k in ([given] if isinstance(given, int) else given)))
            for name, given in ranks.items()
        }
        if not any(checked.values()):
            raise InputError("no rank for any metric", accepted="at least one", fix="ndcg_at_k=[10]")
        return cls(**checked)

    @property
    def places(self) -> int:
        """How many documents must be found for each query.

        Returns:
            The largest rank.
        """
        return max(k for _, k in self)

    @property
    def primary(self) -> str:
        """The metric by which models are compared: nDCG at its largest rank; without nDCG, MAP, MRR, accuracy, recall.

        Returns:
            Its name, such as "ndcg@10".
        """
        for name in ("ndcg", "map", "mrr", "accuracy", "recall"):
            found = [k for other, k in self if other == name]
            if found:
                return f"{name}@{max(found)}"
        raise InputError("no rank for any metric", accepted="at least one")

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """(metric, rank) of all that is reported, in the documented order."""
        for name, ranks in (
            ("accuracy", self.accuracy),
            ("precision", self.precision_recall),
            ("recall", self.precision_recall),
            ("ndcg", self.ndcg),
            ("mrr", self.mrr),
            ("map", self.map),
        ):
            for k in ranks:
                yield name, k

    def values(self, relevant_Qk: NDArray[np.bool_], totals_Q: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
        """All metrics of each query.

        Args:
            relevant_Qk: Whether the document in each place is relevant, best first.
            totals_Q: Number of relevant documents of each query.

        Returns:
            Metric, such as "recall@10", to a value for each query, (Q,).
        """
        functions: dict[str, Callable[[int], NDArray[np.float64]]] = {
            "accuracy": lambda k: accuracy_at_k(relevant_Qk, k),
            "precision": lambda k: precision_at_k(relevant_Qk, k),
            "recall": lambda k: recall_at_k(relevant_Qk, totals_Q, k),
            "ndcg": lambda k: ndcg_at_k(relevant_Qk, totals_Q, k),
            "mrr": lambda k: reciprocal_rank_at_k(relevant_Qk, k),
            "map": lambda k: average_precision_at_k(relevant_Qk, totals_Q, k),
        }
        return {f"{name}@{k}": functions[name](k) for name, k in self}

    def nested(self, metrics: Mapping[str, float]) -> dict[str, dict[int, float]]:
        """The same metrics as `compute_all_metrics` documents them.

        Args:
            metrics: Metric, such as "recall@10", to value.

        Returns:
            Metric with a literal k, such as "recall@k", to rank to value.
        """
        found: dict[str, dict[int, float]] = {f"{name}@k": {} for name in functions_in_order()}
        for name, k in self:
            found[f"{name}@k"][k] = metrics[f"{name}@{k}"]
        return found

    def csv_row(self, metrics: Mapping[str, float], function: str) -> dict[str, Any]:
        """The same metrics under the names and in the order of the CSV file.

        Args:
            metrics: Metric, such as "recall@10", to value.
            function: Name of the score function, put before each column.

        Returns:
            Column to value.
        """
        order = [("accuracy", k) for k in self.accuracy]
        order += [(name, k) for k in self.precision_recall for name in ("precision", "recall")]
        order += [(name, k) for name in ("mrr", "ndcg", "map") for k in getattr(self, name)]
        return {f"{function}-{_COLUMNS.get(name, name.capitalize())}@{k}": metrics[f"{name}@{k}"] for name, k in order}


def functions_in_order() -> tuple[str, ...]:
    """Names of the metrics in the documented order.

    Returns:
        The names, without a rank.

    Example:
        >>> functions_in_order()[0]
        'accuracy'
    """
    return ("accuracy", "precision", "recall", "ndcg", "mrr", "map")
