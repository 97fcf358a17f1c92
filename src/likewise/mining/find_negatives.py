"""From pairs to negatives: embeddings, candidates, rules, sampling. Knows the order of the steps, which are files each.

Legend: A anchors, P pairs.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.errors import ConfigError
from likewise.mining.candidates import Candidates, candidates, exact_nearest, positive_scores
from likewise.mining.embeddings import EncodeOptions, embed
from likewise.mining.faiss_candidates import faiss_nearest
from likewise.mining.filters import admissible
from likewise.mining.mined import Mined
from likewise.mining.pairs import AnchorPairs
from likewise.mining.rescoring import Judge
from likewise.mining.rules import NegativeRules
from likewise.mining.sampling import sample
from likewise.search.scorer_choice import measure_of
from likewise.similarity_functions import SimilarityFunction

if TYPE_CHECKING:
    from likewise.mining.embeddings import EncodesBoth
    from likewise.search.measure import Measure
    from likewise.search.top_k import Floats


def find_negatives(
    model: EncodesBoth,
    pairs: AnchorPairs,
    rules: NegativeRules,
    encoding: EncodeOptions,
    *,
    judge: Judge | None = None,
    faiss_batch_size: int | None = None,
    seed: int | None = None,
) -> Mined:
    """Find negatives. Texts are read a few at a time where model and judge do so.

    Args:
        model: Encodes texts.
        pairs: Anchors and positives.
        rules: Which passages are negatives.
        encoding: How texts are encoded.
        judge: Scores candidates and positives anew.
        faiss_batch_size: Most anchors that FAISS searches for at a time; None searches without it.
        seed: Makes random sampling repeatable; None goes by `random.seed`.

    Returns:
        The negatives.

    Raises:
        ConfigError: If FAISS cannot compare as the model does.
        InputError: If an embedding is NaN.
        MissingDependencyError: If FAISS is wanted, and not installed.
    """
    measure = check_measure(model.similarity_fn_name, faiss_batch_size is not None)
    rows = embed(model, pairs, encoding)
    if faiss_batch_size is None:
        nearest = exact_nearest(rows[1], measure, len(rows[0]))
    else:
        nearest = faiss_nearest(rows[1], faiss_batch_size)
    found = candidates(rows[0], nearest, pairs, rules)
    if judge is None:
        positives = positive_scores(*rows, pairs, measure)
    else:
        positives, found = judge.pair_scores(pairs.anchor_ids, pairs.positive_ids), map(judge.rescored, found)
    rng = np.random.default_rng(random.getrandbits(64) if seed is None else seed)
    return _mine(found, positives, pairs, rules, rng)


def check_measure(name: Any, use_faiss: bool) -> Measure:
    """Choose how embeddings are compared.

    Args:
        name: Name of a similarity function; None is the cosine.
        use_faiss: Whether FAISS compares them.

    Returns:
        The measure.

    Raises:
        ConfigError: If FAISS has no such comparison.
    """
    function = SimilarityFunction("cosine" if name is None else name)
    if use_faiss and function not in (SimilarityFunction.COSINE, SimilarityFunction.DOT_PRODUCT):
        raise ConfigError(
            f"use_faiss=True with a model that compares by {function.value!r}",
            accepted="a model that compares by 'cosine' or 'dot'",
            fix="use_faiss=False",
        )
    measure = measure_of(SimilarityFunction.to_similarity_fn(function))
    assert measure is not None  # each of the four has one
    return measure


def _mine(
    found: Iterable[Candidates],
    positive_scores_P: Floats,
    pairs: AnchorPairs,
    rules: NegativeRules,
    rng: np.random.Generator,
) -> Mined:
    firsts_A = np.searchsorted(pairs.anchor_ids, np.arange(len(pairs.anchors)))
    lowest_A = np.minimum.reduceat(positive_scores_P, firsts_A)
    turned_down: Counter[str] = Counter()
    taken = []
    for some in found:
        passed, counts = admissible(some.scores, lowest_A[some.anchors], rules)
        turned_down.update(counts)
        taken.append(sample(some.ids, some.scores, passed, rules, rng))
    return Mined(
        pairs=pairs,
        positive_scores=positive_scores_P,
        negative_ids=np.concatenate([ids for ids, _ in taken]),
        negative_scores=np.concatenate([scores for _, scores in taken]),
        turned_down=turned_down,
    )
