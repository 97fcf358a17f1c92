"""Paraphrase mining: the most similar pairs of one set of texts or embeddings.

Knows the documented functions and their arguments; of a model, only that it encodes.

Legend: N rows, k neighbours of a row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from likewise.ops.similarity import cos_sim
from likewise.search.arguments import at_least_one
from likewise.search.nearest_pairs import PairLimits, nearest_pairs
from likewise.search.rows import as_rows

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings

    class Encodes(Protocol):
        """Something that encodes texts."""

        def encode(self, sentences: Any, /, **kwargs: Any) -> Any:
            """Compute embeddings."""


def paraphrase_mining(
    model: Encodes,
    sentences: Sequence[str],
    show_progress_bar: bool = False,
    batch_size: int | None = 32,
    query_chunk_size: int = 5000,
    corpus_chunk_size: int = 100000,
    max_pairs: int = 500000,
    top_k: int = 100,
    score_function: Callable[[Any, Any], Any] = cos_sim,
    truncate_dim: int | None = None,
    prompt_name: str | None = None,
    prompt: str | None = None,
) -> list[list[float | int]]:
    """Find the pairs of texts that are most similar.

    A pair is found if one of its texts is among the `top_k` most similar to the other.

    Args:
        model: Something that encodes.
        sentences: N texts.
        show_progress_bar: Whether the progress of encoding is shown.
        batch_size: Most texts of a batch; None fills batches by token count.
        query_chunk_size: Together with `corpus_chunk_size`: bounds the scores held at a time, at least 1. Results do
            not depend on it.
        corpus_chunk_size: See `query_chunk_size`, at least 1.
        max_pairs: Most pairs to return, at least 1.
        top_k: Neighbours of each text that are looked at, at least 1.
        score_function: `cos_sim`, `dot_score`, `euclidean_sim`, `manhattan_sim`, or any function from two float32
            tensors (q, dim) and (d, dim) to scores (q, d).
        truncate_dim: Width to which embeddings are cut; None takes the model's.
        prompt_name: Name of the model's prompt to put before each text.
        prompt: Text to put there.

    Returns:
        `[score, i, j]` with i < j for each pair, best first, equal scores by the lower numbers.

    Raises:
        InputError: If a number is below 1, or an embedding or score is NaN or infinite.

    Example:
        >>> from likewise import SentenceTransformer
        >>> texts = ["A man eats food.", "It rains in the hills.", "A man is eating."]
        >>> [pair[1:] for pair in paraphrase_mining(SentenceTransformer("likewise-mini"), texts, max_pairs=1)]
        [[0, 2]]
    """
    options = {"truncate_dim": truncate_dim, "prompt_name": prompt_name, "prompt": prompt}
    embeddings = model.encode(
        sentences,
        show_progress_bar=show_progress_bar,
        batch_size=batch_size,
        convert_to_tensor=True,
        **{name: value for name, value in options.items() if value is not None},
    )
    return paraphrase_mining_embeddings(
        embeddings,
        query_chunk_size=query_chunk_size,
        corpus_chunk_size=corpus_chunk_size,
        max_pairs=max_pairs,
        top_k=top_k,
        score_function=score_function,
    )


def paraphrase_mining_embeddings(
    embeddings: Embeddings,
    query_chunk_size: int = 5000,
    corpus_chunk_size: int = 100000,
    max_pairs: int = 500000,
    top_k: int = 100,
    score_function: Callable[[Any, Any], Any] = cos_sim,
    *,
    show_progress_bar: bool = False,
) -> list[list[float | int]]:
    """Find the pairs of embeddings that are most similar.

    All pairs are compared; memory holds the embeddings (which may be a memory map), a tile of scores, at most 2.5
    `top_k` neighbours of each row (12 bytes each) and the pairs.

    Args:
        embeddings: Embeddings, (N, dim), any dtype; scored in float32. Tensors are scored on their device.
        query_chunk_size: Together with `corpus_chunk_size`: bounds the scores held at a time, at least 1. Results do
            not depend on it.
        corpus_chunk_size: See `query_chunk_size`, at least 1.
        max_pairs: Most pairs to return, at least 1.
        top_k: Neighbours of each row that are looked at, at least 1. A pair is found if one of its rows is among the
            `top_k` nearest of the other.
        score_function: As in `paraphrase_mining`.
        show_progress_bar: Whether the progress of comparing is shown.

    Returns:
        `[score, i, j]` with i < j for each pair, best first, equal scores by the lower numbers.

    Raises:
        InputError: If a number is below 1, or an embedding or score is NaN or infinite.

    Example:
        >>> import numpy as np
        >>> paraphrase_mining_embeddings(np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 0.0]]), max_pairs=1)
        [[1.0, 0, 2]]
    """
    limits = PairLimits(
        max_pairs=at_least_one(max_pairs, "max_pairs"),
        top_k=at_least_one(top_k, "top_k"),
        query_chunk_size=at_least_one(query_chunk_size, "query_chunk_size"),
        corpus_chunk_size=at_least_one(corpus_chunk_size, "corpus_chunk_size"),
    )
    found = nearest_pairs(
        as_rows(embeddings, "embeddings"), score_function, limits, show_progress_bar=show_progress_bar
    )
    return [
        [score, first, second]
        for score, first, second in zip(found.scores.tolist(), found.first.tolist(), found.second.tolist(), strict=True)
    ]
