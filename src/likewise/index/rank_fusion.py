"""One order out of several: reciprocal rank fusion. Knows no engine."""

from __future__ import annotations

from collections.abc import Sequence


def reciprocal_rank_fusion(orders: Sequence[Sequence[int]], constant: int = 60) -> list[tuple[int, float]]:
    """Score ids by their ranks in several orders: the sum of 1 / (constant + rank), ranks from 1.

    Cormack, Clarke and Büttcher: Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods,
    SIGIR 2009.

    Args:
        orders: Ids, best first, no id twice in one order.
        constant: How little the first ranks stand out.

    Returns:
        Ids and scores, best first, equal scores by the lower id.

    Example:
        >>> [number for number, score in reciprocal_rank_fusion([[1, 2], [2, 3]])]
        [2, 1, 3]
    """
    scores: dict[int, float] = {}
    for order in orders:
        for rank, number in enumerate(order, 1):
            scores[number] = scores.get(number, 0.0) + 1 / (constant + rank)
    return sorted(scores.items(), key=lambda entry: (-entry[1], entry[0]))
