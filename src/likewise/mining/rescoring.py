"""Scores of anchors with passages by a second model that reads both together. Knows texts; of a model, `predict`.

Legend: B anchors of a block, C candidates of an anchor, n pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, final

import numpy as np

from likewise.errors import InputError
from likewise.mining.candidates import Candidates
from likewise.mining.pairs import AnchorPairs
from likewise.search.top_k import Floats, Ids

if TYPE_CHECKING:

    class Predicts(Protocol):
        """Something that scores pairs of texts, such as a `CrossEncoder`."""

        def predict(self, sentences: list[tuple[str, str]], /, **kwargs: Any) -> Any:
            """One score for each pair."""


@final
class Judge:
    """Scores pairs of texts.

    Args:
        model: Scores them.
        pairs: The texts.
        batch_size: Most pairs of a batch; None leaves it to the model.
        at_once: Most pairs of a call, whose texts are in memory; None gives all at once.
    """

    def __init__(self, model: Predicts, pairs: AnchorPairs, batch_size: int | None, at_once: int | None = None) -> None:
        self._model, self._pairs, self._at_once = model, pairs, at_once
        self._arguments = {} if batch_size is None else {"batch_size": batch_size}

    def pair_scores(self, anchors: Ids, passages: Ids) -> Floats:
        """Score anchors with passages.

        Args:
            anchors: Anchor of each pair, (n,).
            passages: Passage of each pair, (n,).

        Returns:
            Scores, (n,), float32.

        Raises:
            InputError: If the model gives something else than one finite number for each pair.
        """
        step = self._at_once or max(1, len(anchors))
        parts = [slice(first, first + step) for first in range(0, len(anchors), step)]
        return np.concatenate([np.empty(0, np.float32), *(self._scores(anchors[at], passages[at]) for at in parts)])

    def rescored(self, found: Candidates) -> Candidates:
        """Score candidates again.

        Args:
            found: Candidates, (B, C).

        Returns:
            The same candidates in the same order, with new scores.
        """
        rows, columns = np.nonzero(found.ids >= 0)
        scores_BC = np.full(found.ids.shape, -np.inf, np.float32)
        scores_BC[rows, columns] = self.pair_scores(found.anchors[rows], found.ids[rows, columns])
        return Candidates(anchors=found.anchors, ids=found.ids, scores=scores_BC)

    def _scores(self, anchors: Ids, passages: Ids) -> Floats:
        queries = {number: self._pairs.anchors[number] for number in np.unique(anchors).tolist()}
        documents = {number: self._pairs.passages[number] for number in np.unique(passages).tolist()}
        numbers = zip(anchors.tolist(), passages.tolist(), strict=True)
        texts = [(queries[anchor], documents[passage]) for anchor, passage in numbers]
        result = self._model.predict(texts, convert_to_numpy=True, show_progress_bar=False, **self._arguments)
        scores = np.asarray(result, np.float32)
        if scores.shape == (len(texts), 1):
            scores = scores[:, 0]
        if scores.shape != (len(texts),) or not np.isfinite(scores).all():
            raise InputError(
                f"cross_encoder.predict gave scores of shape {scores.shape} for {len(texts)} pairs, or NaN or infinity",
                accepted="one finite score for each pair",
                fix="use a model with one label",
            )
        return scores
