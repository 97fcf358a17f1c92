"""What was mined, in a few lines of text. Knows numbers, not where a report goes."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from likewise.mining.mined import Mined

logger = logging.getLogger("likewise.mining")

_STATISTICS = ("count", "mean", "std", "min", "25 %", "median", "75 %", "max")


def report(mined: Mined, wanted: int) -> str:
    """Describe what was mined.

    Args:
        mined: Negatives.
        wanted: How many were asked for, for each anchor.

    Returns:
        A table of the scores of positives, of negatives, and of what lies between them; then what was turned down, and
        what is missing.
    """
    pairs, ids_An = mined.pairs, mined.negative_ids
    there_Pn = ids_An[pairs.anchor_ids] >= 0
    gaps_Pn = mined.positive_scores[:, None] - mined.negative_scores[pairs.anchor_ids]
    columns = {
        "positives": _statistics(mined.positive_scores),
        "negatives": _statistics(mined.negative_scores[ids_An >= 0]),
        "difference": _statistics(gaps_Pn[there_Pn]),
    }
    lines = [
        f"Mined {int(mined.counts.sum())} negatives for {len(pairs.anchors)} anchors with {len(pairs.anchor_ids)} "
        f"positives, among {len(pairs.passages)} passages.",
        f"{'scores':<10}" + "".join(f"{name:>12}" for name in columns),
    ]
    for place, name in enumerate(_STATISTICS):
        lines.append(f"{name:<10}" + "".join(f"{column[place]:>12}" for column in columns.values()))
    lines += [f"Turned down by {name}: {count} candidates." for name, count in mined.turned_down.items()]
    return "\n".join([*lines, *what_is_wrong(mined, wanted)])


def what_is_wrong(mined: Mined, wanted: int) -> list[str]:
    """What a caller should know even without a report.

    Args:
        mined: Negatives.
        wanted: How many were asked for, for each anchor.

    Returns:
        Sentences; none if nothing is.
    """
    found = []
    short = int((mined.counts < wanted).sum())
    if short:
        found.append(
            f"{short} of {len(mined.counts)} anchors have fewer than {wanted} negatives: a larger range_max, a larger "
            "corpus or weaker limits on scores give them more."
        )
    same = mined.anchors_among_their_negatives
    if same:
        found.append(f"{same} anchors have their own text as a negative: leave it out of the corpus.")
    return found


def log_what_is_wrong(mined: Mined, wanted: int, level: int) -> None:
    """Log it.

    Args:
        mined: Negatives.
        wanted: How many were asked for, for each anchor.
        level: A level of `logging`.
    """
    for sentence in what_is_wrong(mined, wanted):
        logger.log(level, sentence)


def _statistics(values: NDArray[np.float32]) -> list[str]:
    if not len(values):
        return ["0", *["-"] * (len(_STATISTICS) - 1)]
    spread = values.std(ddof=1) if len(values) > 1 else 0.0
    quartiles = np.percentile(values, [0, 25, 50, 75, 100])
    return [str(len(values)), *(f"{number:.4f}" for number in (values.mean(dtype=np.float64), spread, *quartiles))]
