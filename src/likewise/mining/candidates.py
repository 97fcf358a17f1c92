"""The passages nearest to each anchor, a block of anchors at a time, without the anchor's own positives.

Exact: every anchor meets every passage. Knows numbers of texts and their vectors. Does not know texts or models.

Legend: A anchors, M passages, B anchors of a block, C candidates of an anchor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, final

import numpy as np

from likewise.mining.pairs import AnchorPairs
from likewise.mining.rules import NegativeRules
from likewise.search.exact import choose_tile, search
from likewise.search.measure import Measure
from likewise.search.pairs_reaching import scores_of_pairs
from likewise.search.rows import check_same_dimension, some_rows
from likewise.search.scorer import load_block
from likewise.search.scorer_choice import choose_backend, measure_scorer
from likewise.search.top_k import Floats, Ids

_ANCHORS = 1024
_PAIRS_AT_ONCE = 2**13
_CANDIDATES = 2**21  # of a block: 12 bytes each
_NAMES = ("embeddings of anchors", "embeddings of passages")

Nearest: TypeAlias = Callable[[Any, int], tuple[Ids, Floats]]
"""From rows of anchors (B, dim) and a number to ids and scores (B, number), best first, -1 where there is none."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What may be a negative of some anchors.

    Args:
        anchors: The anchors, (B,), ascending, one after the other.
        ids: Passages, (B, C), best first; -1 where there is none.
        scores: Their scores, float32; minus infinity where there is none.
    """

    anchors: Ids
    ids: Ids
    scores: Floats


def exact_nearest(passages_MD: Any, measure: Measure, anchors: int) -> Nearest:
    """Search by comparing with every passage.

    Args:
        passages_MD: Embeddings of the passages, (M, dim).
        measure: The similarity function.
        anchors: How many are searched for in all, A.

    Returns:
        The search.
    """

    def nearest(anchors_BD: Any, number: int) -> tuple[Ids, Floats]:
        check_same_dimension(anchors_BD, passages_MD, _NAMES)
        tile = choose_tile(
            len(anchors_BD), passages_MD.shape[1], query_chunk_size=_ANCHORS, corpus_chunk_size=2**19, reshape=True
        )
        scorer = measure_scorer(measure, [passages_MD, anchors_BD], (anchors, len(passages_MD)))
        return search(anchors_BD, passages_MD, scorer, top_k=number, tile=tile, names=_NAMES)

    return nearest


def positive_scores(anchors_AD: Any, passages_MD: Any, pairs: AnchorPairs, measure: Measure) -> Floats:
    """Scores of anchors with their positives.

    Args:
        anchors_AD: Embeddings of the anchors, (A, dim).
        passages_MD: Embeddings of the passages, (M, dim).
        pairs: Which passages are positives.
        measure: The similarity function.

    Returns:
        Scores, (P,), float32, rounded as those of candidates are.

    Raises:
        InputError: If rows are NaN or infinite.
    """
    check_same_dimension(anchors_AD, passages_MD, _NAMES)
    ops = choose_backend([passages_MD, anchors_AD])
    parts = []
    for start in range(0, len(pairs.anchor_ids), _PAIRS_AT_ONCE):
        part = slice(start, start + _PAIRS_AT_ONCE)
        numbers = pairs.anchor_ids[part], pairs.positive_ids[part]
        left, right = (
            load_block(ops, some_rows(rows, ids), 0, len(ids), name)
            for rows, ids, name in zip((anchors_AD, passages_MD), numbers, _NAMES, strict=True)
        )
        every = np.arange(len(numbers[0]))
        parts.append(scores_of_pairs(measure, ops, left, right, (every, every)))
    return np.concatenate(parts)


def candidates(anchors_AD: Any, nearest: Nearest, pairs: AnchorPairs, rules: NegativeRules) -> Iterator[Candidates]:
    """Find candidates.

    Args:
        anchors_AD: Embeddings of the anchors, (A, dim).
        nearest: The search.
        pairs: Which passages are positives.
        rules: How many passages to look at for each anchor, and whether positives stay.

    Yields:
        Candidates of one block of anchors after the other.
    """
    total, number = len(pairs.anchors), min(rules.depth(pairs.most_rows), len(pairs.passages))
    step = max(1, min(_ANCHORS, _CANDIDATES // number))
    positive_keys = np.sort(pairs.anchor_ids * len(pairs.passages) + pairs.positive_ids)
    for start in range(0, total, step):
        stop = min(start + step, total)
        numbers = np.arange(start, stop)
        ids_BC, scores_BC = nearest(anchors_AD[start:stop], number)
        if not rules.include_positives:
            keys_BC = numbers[:, None] * len(pairs.passages) + ids_BC
            positive_BC = _among(keys_BC, positive_keys) & (ids_BC >= 0)
            ids_BC = np.where(positive_BC, -1, ids_BC)
            scores_BC = np.where(positive_BC, np.float32(-np.inf), scores_BC)
        yield Candidates(anchors=numbers, ids=ids_BC, scores=scores_BC)


def _among(keys: Ids, sorted_keys: Ids) -> np.ndarray[Any, np.dtype[np.bool_]]:
    places = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    return sorted_keys[places] == keys  # type: ignore[no-any-return]
