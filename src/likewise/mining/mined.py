"""What was mined: the negatives of each anchor, beside its positives. Does not know in which form it is handed out.

Legend: A anchors, P pairs, n negatives of an anchor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
        return int((self.negative_ids == self.pairs.own_ids[:, None]).any(1).sum())

    def part(self, first: int, stop: int) -> Mined:
        """Some of the anchors, with all that belongs to them.

        Args:
            first: The first of them.
            stop: The anchor after the last.

        Returns:
            What was mined for them; passages keep their numbers.
        """
        pairs = self.pairs
        anchors, there = slice(first, stop), slice(*np.searchsorted(pairs.anchor_ids, (first, stop)).tolist())
        return replace(
            self,
            pairs=replace(
                pairs,
                anchors=pairs.anchors[anchors],
                own_ids=pairs.own_ids[anchors],
                anchor_ids=pairs.anchor_ids[there] - first,
                positive_ids=pairs.positive_ids[there],
            ),
            positive_scores=self.positive_scores[there],
            negative_ids=self.negative_ids[anchors],
            negative_scores=self.negative_scores[anchors],
        )
