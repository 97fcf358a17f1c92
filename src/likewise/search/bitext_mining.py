"""Bitext mining: which rows of one set are translations of which rows of another.

Knows the functions that users call and their arguments; of a model, only that it encodes.

Legend: S rows of the source, T of the target, k neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, get_args

import numpy as np

from likewise.search.arguments import at_least_one, one_of, real_number
from likewise.search.comparing import comparing
from likewise.search.margin_scores import Margin, Retrieval, best_pairs, margin_scores
from likewise.search.measure import Cosine
from likewise.search.neighbours_of_both import neighbours_of_both
from likewise.search.rows import as_rows, check_same_dimension
from likewise.search.scorer_choice import measure_scorer

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings
    from likewise.search.paraphrase_mining import Encodes

_NAMES = ("source_embeddings", "target_embeddings")
_MOST_ROWS = 1024  # of a block: its scores fit the cache


def bitext_mining(
    model: Encodes,
    source_sentences: Sequence[str],
    target_sentences: Sequence[str],
    *,
    top_k: int = 4,
    margin: Margin = "ratio",
    retrieval: Retrieval = "max",
    threshold: float | None = None,
    max_pairs: int | None = None,
    batch_size: int | None = 32,
    show_progress_bar: bool = False,
) -> list[list[float | int]]:
    """Find the sentences of two languages that are translations of each other.

    Args:
        model: Something that encodes, for both languages.
        source_sentences: S texts.
        target_sentences: T texts.
        top_k: As in `bitext_mining_embeddings`.
        margin: As in `bitext_mining_embeddings`.
        retrieval: As in `bitext_mining_embeddings`.
        threshold: As in `bitext_mining_embeddings`.
        max_pairs: As in `bitext_mining_embeddings`.
        batch_size: Most texts of a batch; None fills batches by token count.
        show_progress_bar: Whether the progress of encoding is shown.

    Returns:
        `[score, i, j]` for each pair of a source and a target sentence, best first.

    Raises:
        InputError: If an argument is out of its range, or an embedding is NaN or infinite.

    Example:
        >>> from likewise import SentenceTransformer
        >>> texts = ["A dog barks.", "It rains in the hills."]
        >>> found = bitext_mining(SentenceTransformer("likewise-mini"), texts, ["Rain in the hills.", "The dog barks."])
        >>> sorted(pair[1:] for pair in found)
        [[0, 1], [1, 0]]
    """
    source, target = (
        model.encode(texts, batch_size=batch_size, show_progress_bar=show_progress_bar, convert_to_tensor=True)
        for texts in (source_sentences, target_sentences)
    )
    return bitext_mining_embeddings(
        source, target, top_k=top_k, margin=margin, retrieval=retrieval, threshold=threshold, max_pairs=max_pairs
    )


def bitext_mining_embeddings(
    source_embeddings: Embeddings,
    target_embeddings: Embeddings,
    *,
    top_k: int = 4,
    margin: Margin = "ratio",
    retrieval: Retrieval = "max",
    threshold: float | None = None,
    max_pairs: int | None = None,
    chunk_size: int = 1024,
    show_progress_bar: bool = False,
) -> list[list[float | int]]:
    r"""Find the rows of two sets that are translations of each other, by their margin over other candidates.

    With $a = \cos(x, y)$, and $b$ half the sum of the mean cosines of $x$ and $y$ with their `top_k` nearest rows of
    the other side, the margin is $a / b$ (ratio), $a - b$ (distance) or $a$ (absolute). All pairs are compared; memory
    holds the embeddings (of memory maps no more than 256 MB each), a tile of scores, and the neighbours of each row.

    Args:
        source_embeddings: Embeddings, (S, dim), any dtype; scored in float32 and better.
        target_embeddings: Embeddings, (T, dim).
        top_k: Neighbours of each row that are candidates and make up its neighbourhood, at least 1.
        margin: "ratio", "distance" or "absolute".
        retrieval: Which of the candidates are pairs. "forward" takes the best of each row of the source, "backward" of
            the target, "intersection" pairs that are in both, "union" those that are in one of them, and "max" of
            those the best so that no row is in two pairs.
        threshold: Least score of a pair; None takes all.
        max_pairs: Most pairs to return, at least 1; None returns all.
        chunk_size: Most rows that meet as many others at a time, at least 1. Results do not depend on it.
        show_progress_bar: Whether the progress of comparing is shown.

    Returns:
        `[score, i, j]` for each pair of a row of the source and one of the target, best first, equal scores by the
        lower rows. A pair whose neighbourhood has no positive mean cosine has no ratio, and is left out.

    Raises:
        InputError: If an argument is out of its range, or an embedding is NaN or infinite.
        ShapeError: If the dimensions differ.

    Example:
        >>> source, target = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.1, 1.0], [1.0, 0.1]])
        >>> [pair[1:] for pair in bitext_mining_embeddings(source, target)]
        [[0, 1], [1, 0]]

    Reference:
        Artetxe and Schwenk, Margin-based Parallel Corpus Mining with Multilingual Sentence Embeddings, 2019
        (arXiv:1811.01136).
    """
    at_least_one(top_k, "top_k")
    for name, value, kind in (("margin", margin, Margin), ("retrieval", retrieval, Retrieval)):
        one_of(value, get_args(kind), name)
    source, target = as_rows(source_embeddings, _NAMES[0]), as_rows(target_embeddings, _NAMES[1])
    check_same_dimension(source, target, _NAMES)
    least = -np.inf if threshold is None else real_number(threshold, "threshold")
    most = None if max_pairs is None else at_least_one(max_pairs, "max_pairs")
    block = min(at_least_one(chunk_size, "chunk_size"), _MOST_ROWS)
    if not len(source) or not len(target):
        return []
    scorer = measure_scorer(Cosine(), [target, source], (len(source), len(target)))
    with comparing(2 * len(source) * len(target), show=show_progress_bar) as advance:
        found = neighbours_of_both(source, target, scorer, top_k=top_k, block=block, names=_NAMES, advance=advance)
    means = [side.scores.mean(1, dtype=np.float64).astype(np.float32) for side in found]
    scores = margin_scores(found[0], means[0], means[1], margin), margin_scores(found[1], means[1], means[0], margin)
    sources, targets, best = best_pairs((found[0].ids, found[1].ids), scores, retrieval)
    good = (best > -np.inf) & (best >= np.float32(least))
    columns = (column[good][:most].tolist() for column in (best, sources, targets))
    return [list(pair) for pair in zip(*columns, strict=True)]
