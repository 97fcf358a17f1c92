"""What was mined: the negatives of each anchor, beside its positives. Does not know in which form it is handed out.

Legend: A anchors, P pairs, n negatives of an anchor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from likewise.mining.pairs import AnchorPairs
from likewise.search.top_k import Floats, Ids


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Mined:
    """Negatives.

    Args:
        pairs: Anchors and positives.
        positive_scores: Score of each pair, (P,), float32.
        negative_ids: Passages, (A, n), best first, -1 after the last.
        negative_scores: Their scores, float32.
        turned_down: How many candidates each rule turned down, by its name.
    """

    pairs: AnchorPairs
    positive_scores: Floats
    negative_ids: Ids
    negative_scores: Floats
    turned_down: Mapping[str, int]

    @property
    def counts(self) -> Ids:
        """Number of negatives of each anchor.

        Returns:
            Numbers, (A,).
        """
        counts: Ids = (self.negative_ids >= 0).sum(1)
        return counts

    @property
    def anchors_among_their_negatives(self) -> int:
        """For how many anchors a negative is the same text.

        Returns:
            The number.
        """
        number_of_passage = {text: number for number, text in enumerate(self.pairs.passages)}
        own_A = np.array([number_of_passage.get(text, -2) for text in self.pairs.anchors])
        return int((self.negative_ids == own_A[:, None]).any(1).sum())
