"""Which of the admissible candidates are taken. Numpy only.

Legend: A anchors, C candidates of an anchor, n negatives.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.mining.rules import NegativeRules
from likewise.search.top_k import Floats, Ids


def sample(
    ids_AC: Ids, scores_AC: Floats, admissible_AC: NDArray[np.bool_], rules: NegativeRules, rng: np.random.Generator
) -> tuple[Ids, Floats]:
    """Take negatives.

    Args:
        ids_AC: Candidates, (A, C).
        scores_AC: Their scores.
        admissible_AC: Which may be taken.
        rules: How many, from which rank, and in which way.
        rng: Draws them, if they are drawn.

    Returns:
        Ids and scores, (A, n), best first; id -1 and minus infinity for what is missing.

    Example:
        >>> ids, scores = np.array([[4, 5, 6]]), np.float32([[0.9, 0.8, 0.7]])
        >>> taken, _ = sample(ids, scores, scores < 0.85, NegativeRules(num_negatives=3), np.random.default_rng(0))
        >>> taken.tolist()
        [[5, 6, -1]]
    """
    ids_AC = np.where(admissible_AC, ids_AC, -1)
    scores_AC = np.where(admissible_AC, scores_AC, np.float32(-np.inf))
    # A stable sort: of equal scores, what was found first stays first.
    ids_AC, scores_AC = _taken(ids_AC, scores_AC, np.argsort(-scores_AC, axis=1, kind="stable")[:, rules.range_min :])
    wanted = rules.num_negatives
    if rules.sampling_strategy == "random":
        draws_AC = np.where(ids_AC >= 0, rng.random(ids_AC.shape), np.inf)
        drawn = np.argsort(draws_AC, axis=1)[:, :wanted]
        ids_AC, scores_AC = _taken(ids_AC, scores_AC, np.sort(drawn, axis=1))
        present = np.argsort(ids_AC < 0, axis=1, kind="stable")
        ids_AC, scores_AC = _taken(ids_AC, scores_AC, present)
    missing = max(0, wanted - ids_AC.shape[1])
    return (
        np.pad(ids_AC[:, :wanted], ((0, 0), (0, missing)), constant_values=-1),
        np.pad(scores_AC[:, :wanted], ((0, 0), (0, missing)), constant_values=-np.inf),
    )


def _taken(ids_AC: Ids, scores_AC: Floats, places: NDArray[np.int64]) -> tuple[Ids, Floats]:
    return np.take_along_axis(ids_AC, places, 1), np.take_along_axis(scores_AC, places, 1)
