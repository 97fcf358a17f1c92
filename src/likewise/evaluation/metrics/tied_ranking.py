r"""Reciprocal rank and nDCG of scores with ties: the mean over all orders of documents with equal scores.

A model that gives every document the same score knows nothing; the order in which a data set lists its documents must
not make it look good. So each metric is its expected value when documents of equal score are put in random order.

Legend: N documents of one query, G groups of equal scores.

Reference:
    McSherry and Najork, "Computing information retrieval performance measures efficiently in the presence of tied
    scores", ECIR 2008.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from likewise.errors import InputError
from likewise.evaluation.metrics.labelled_scores import Cuts
from likewise.evaluation.metrics.ndcg import discounts, ideal_gains
from likewise.evaluation.metrics.rankings import check_cutoff


def tied_reciprocal_rank_at_k(scores: Any, labels: Any, k: int) -> float:
    """Expected reciprocal rank of the first relevant document, 0 for orders that have none in the first k places.

    Args:
        scores: A score for each document of one query, larger for relevant ones, (N,), finite.
        labels: Whether each document is relevant, 0 or 1, (N,).
        k: Number of places, at least 1.

    Returns:
        A value in [0, 1]; 0 if no document is relevant.

    Raises:
        InputError: If k is below 1, or a score or label cannot be used.
        ShapeError: If the lengths differ.

    Example:
        >>> tied_reciprocal_rank_at_k([0.5, 0.5], [1, 0], 10)  # the mean of 1 and 1/2
        0.75
    """
    k = check_cutoff(k)
    for before, size, relevant in _groups(Cuts.of(scores, labels)):
        if relevant:
            return _expected(before, size, relevant, k)
    return 0.0


def tied_ndcg_at_k(scores: Any, labels: Any, k: int, *, total: int | None = None) -> float:
    """Expected discounted gain of the first k places, over that of an ideal ranking.

    Args:
        scores: A score for each document of one query, larger for relevant ones, (N,), finite.
        labels: Whether each document is relevant, 0 or 1, (N,).
        k: Number of places, at least 1.
        total: Number of relevant documents, if there are more than have a score; None counts the labels.

    Returns:
        A value in [0, 1].

    Raises:
        InputError: If no document is relevant, k is below 1, or a score or label cannot be used.
        ShapeError: If the lengths differ.

    Example:
        >>> tied_ndcg_at_k([0.5, 0.5], [1, 0], 10)  # the mean of 1 and 0.6309
        0.815...
    """
    k = check_cutoff(k)
    cuts = Cuts.of(scores, labels)
    relevant_in_all = cuts.positives if total is None else total
    if relevant_in_all < max(1, cuts.positives):
        raise InputError("no document is relevant", accepted="at least one: the ideal ranking has no gain without")
    counted = discounts(cuts.rows)
    counted[k:] = 0
    gain = sum(relevant * counted[before : before + size].mean() for before, size, relevant in _groups(cuts))
    return float(gain / ideal_gains([relevant_in_all], k)[0])


def _groups(cuts: Cuts) -> Iterator[tuple[int, int, int]]:
    """(documents before, documents, relevant documents) of each group of equal scores, best first."""
    before, found = 0, 0
    for predicted, true in zip(cuts.predicted_T.tolist(), cuts.true_T.tolist(), strict=True):
        yield before, predicted - before, true - found
        before, found = predicted, true


def _expected(before: int, size: int, relevant: int, k: int) -> float:
    """Expected reciprocal rank, when `relevant` of `size` places after the first `before` ones are hit at random."""
    expected, none_yet = 0.0, 1.0
    for place in range(min(size - relevant + 1, k - before)):
        hit = relevant / (size - place)
        expected += none_yet * hit / (before + place + 1)
        none_yet *= 1 - hit
    return expected
