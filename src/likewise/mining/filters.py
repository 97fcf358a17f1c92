"""Which candidates are admissible by their scores. Numpy only; does not know where scores come from.

Legend: A anchors, C candidates of an anchor.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.mining.rules import NegativeRules
from likewise.search.top_k import Floats

Mask = NDArray[np.bool_]


def admissible(scores_AC: Floats, lowest_positive_A: Floats, rules: NegativeRules) -> tuple[Mask, dict[str, int]]:
    r"""Apply the rules about scores.

    With $p$ the score of the anchor's lowest positive, a negative's score $s$ meets $s \le p - m$ for an absolute
    margin $m$, and $s \le p - r\,|p|$ for a relative margin $r$.

    Args:
        scores_AC: Scores, (A, C), float32; minus infinity where there is no candidate.
        lowest_positive_A: Lowest score of a positive of each anchor, (A,).
        rules: The rules.

    Returns:
        What is admissible, (A, C), and how many candidates each rule turned down, by its name, in the order in which
        they were asked; one that was turned down is not asked about again.

    Example:
        >>> scores, positives = np.float32([[0.9, 0.7, -np.inf]]), np.float32([0.8])
        >>> admissible(scores, positives, NegativeRules(absolute_margin=0.05))
        (array([[False,  True, False]]), {'absolute_margin': 1})
    """
    lowest_A1 = lowest_positive_A[:, None]
    left_AC = scores_AC > -np.inf
    tests: dict[str, Mask] = {}
    if rules.absolute_margin is not None:
        tests["absolute_margin"] = scores_AC <= lowest_A1 - np.float32(rules.absolute_margin)
    if rules.relative_margin is not None:
        tests["relative_margin"] = scores_AC <= lowest_A1 - np.float32(rules.relative_margin) * np.abs(lowest_A1)
    if rules.max_score is not None:
        tests["max_score"] = scores_AC <= np.float32(rules.max_score)
    if rules.min_score is not None:
        tests["min_score"] = scores_AC >= np.float32(rules.min_score)
    turned_down = {}
    for name, passed_AC in tests.items():
        kept_AC = left_AC & passed_AC
        turned_down[name] = int(left_AC.sum() - kept_AC.sum())
        left_AC = kept_AC
    return left_AC, turned_down
