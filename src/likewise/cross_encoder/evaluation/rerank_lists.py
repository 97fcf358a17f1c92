"""The samples of a re-ranking evaluation with what a first stage found: what is ranked, and how good its order was.

Knows samples and metrics of rankings; knows no model.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from likewise.errors import InputError
from likewise.evaluation.metrics import average_precision_at_k, ndcg_at_k, reciprocal_rank_at_k
from likewise.evaluation.metrics.rankings import Floats
from likewise.evaluation.rerank_samples import RerankSample, checked_sample

_logger = logging.getLogger(__name__)


@final
@dataclass(frozen=True, slots=True)
class RerankList:
    """One query, what is ranked for it, and the order of the first stage.

    Args:
        sample: The query and its candidates.
        found: How many of the candidates the first stage found, in its order; None if there was none.
    """

    sample: RerankSample
    found: int | None


def checked_lists(samples: Any, *, with_positives: bool) -> list[RerankList]:
    """Check samples.

    Args:
        samples: See `likewise.evaluation.rerank_samples.checked_samples`.
        with_positives: Whether positives that "documents" lacks are ranked as well, behind these.

    Returns:
        What is ranked for each query.

    Raises:
        InputError: If a key is lacking, or no sample is left.
        InputTypeError: If a sample has another form.

    Example:
        >>> found = checked_lists([{"query": "q", "positive": ["a"], "documents": ["b", "c"]}], with_positives=True)
        >>> found[0].sample.candidates, found[0].found
        (['b', 'c', 'a'], 2)
    """
    given = list(samples.values() if isinstance(samples, Mapping) else samples)
    lists = [_list_of(sample, number, with_positives) for number, sample in enumerate(given)]
    kept = [each for each in lists if each.sample.decides]
    if not kept:
        raise InputError(
            f"none of {len(given)} samples has positives and negatives",
            accepted="{'query': text, 'positive': [text, ...], 'negative': [text, ...]}, or 'documents': [text, ...]",
        )
    if len(kept) < len(given):
        _logger.warning("%d of %d samples lack positives or negatives: left out.", len(given) - len(kept), len(given))
    return kept


def _list_of(sample: Any, number: int, with_positives: bool) -> RerankList:
    checked = checked_sample(sample, number)
    if sample.get("documents") is None:
        return RerankList(checked, None)
    positive = sample["positive"]
    wanted = dict.fromkeys([positive] if isinstance(positive, str) else positive)
    lacking = [text for text in wanted if text not in set(checked.candidates)] if with_positives else []
    relevant = np.append(checked.relevant, np.ones(len(lacking), np.bool_))
    ranked = RerankSample(checked.query, [*checked.candidates, *lacking], relevant, checked.total)
    return RerankList(ranked, len(checked.candidates))


def base_metrics(lists: list[RerankList], k: int) -> Floats:
    """How good the order of the first stage is; positives that it lacks count as never found.

    Args:
        lists: What is ranked, each with an order of a first stage.
        k: Rank of MRR and nDCG.

    Returns:
        Average precision, reciprocal rank and nDCG of each query, [Q, 3].

    Example:
        >>> lists = checked_lists([{"query": "q", "positive": "a", "documents": ["b", "a"]}], with_positives=True)
        >>> base_metrics(lists, 1)
        array([[0.5, 0. , 0. ]])
    """
    rows = []
    for each in lists:
        hits_1K = each.sample.relevant[None, : each.found]
        total = [each.sample.total]
        # As deep as the longer of both: then nothing is cut off.
        depth = max(hits_1K.shape[1], each.sample.total)
        precision = average_precision_at_k(hits_1K, total, depth)
        rows.append([precision[0], reciprocal_rank_at_k(hits_1K, k)[0], ndcg_at_k(hits_1K, total, k)[0]])
    return np.array(rows)
