"""The documented `semantic_search`: the best documents of each query, exactly, in bounded memory.

Checks what comes in and chooses numpy or torch. Does not know tiles, and imports torch only for tensors and for score
functions that are not the library's own.

Legend: Q queries, k documents found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypedDict

from likewise.errors import ShapeError
from likewise.ops.embeddings import is_tensor
from likewise.ops.similarity import cos_sim
from likewise.search.arguments import at_least_one
from likewise.search.exact import choose_tile, search
from likewise.search.rows import as_rows
from likewise.search.scorer import MeasureScorer
from likewise.search.scorer_choice import choose_scorers

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings

_NUMPY_HAS = ("torch.float16", "torch.float32", "torch.float64")
_NAMES = ("query_embeddings", "corpus_embeddings")


class Hit(TypedDict):
    """A document that was found: its row in the corpus and its score."""

    corpus_id: int
    score: float


def semantic_search(
    query_embeddings: Embeddings,
    corpus_embeddings: Embeddings,
    query_chunk_size: int = 100,
    corpus_chunk_size: int = 500000,
    top_k: int = 10,
    score_function: Callable[[Any, Any], Any] = cos_sim,
) -> list[list[Hit]]:
    """Find, for each query, the documents with the highest scores.

    Every document is compared, whatever the sizes of the two sets; memory holds the embeddings, a tile of scores and
    the results. The corpus may be a memory map (`np.load(path, mmap_mode="r")`), in float16 or int8 as well, of which
    no more than 256 MB stay in memory; or an `EmbeddingStore`, which is read a tile at a time.
    With a similarity function of the library, the result depends neither on the chunk sizes nor on the number of
    threads; documents with equal embeddings have equal scores.

    Args:
        query_embeddings: Embeddings, (Q, dim), or one vector (dim,). Any dtype; scored in float32.
        corpus_embeddings: Embeddings of the documents, (documents, dim). Tensors are scored on their device.
        query_chunk_size: Together with `corpus_chunk_size`: bounds the scores held at a time, at least 1. A custom
            score function never sees more queries than this.
        corpus_chunk_size: See `query_chunk_size`, at least 1. Tiles are never larger than helps speed, so the default
            suits all sizes.
        top_k: Documents to find for each query, at least 1; all of them, if there are fewer.
        score_function: `cos_sim`, `dot_score` (the same for embeddings of unit length, and faster), `euclidean_sim`,
            `manhattan_sim`, or any function from two float32 tensors (q, dim) and (d, dim) to scores (q, d).

    Returns:
        For each query a list of `{"corpus_id": int, "score": float}`, best first, equal scores by the lower id. The
        lists are empty if there are no documents.

    Raises:
        InputError: If `top_k` or a chunk size is below 1, or an embedding or score is NaN or infinite.
        InputTypeError: If an argument has the wrong type.
        ShapeError: If the dimensions differ.

    Example:
        >>> import numpy as np
        >>> corpus = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
        >>> semantic_search(np.array([2.0, 0.0]), corpus, top_k=1)
        [[{'corpus_id': 0, 'score': 1.0}]]
    """
    top_k = at_least_one(top_k, "top_k")
    query_chunk_size = at_least_one(query_chunk_size, "query_chunk_size")
    corpus_chunk_size = at_least_one(corpus_chunk_size, "corpus_chunk_size")
    queries, documents = _as_rows(query_embeddings, _NAMES[0]), _as_rows(corpus_embeddings, _NAMES[1])
    (scorer,) = choose_scorers([score_function], (documents, queries), (len(queries), len(documents)))
    if 0 in (len(queries), len(documents)):
        return [[] for _ in range(len(queries))]
    dim = _same_dimension(queries, documents)
    tile = choose_tile(
        len(queries),
        dim,
        query_chunk_size=query_chunk_size,
        corpus_chunk_size=corpus_chunk_size,
        reshape=isinstance(scorer, MeasureScorer),
    )
    ids_Qk, scores_Qk = search(queries, documents, scorer, top_k=min(top_k, len(documents)), tile=tile, names=_NAMES)
    return [
        [{"corpus_id": number, "score": score} for number, score in zip(ids, scores, strict=True)]
        for ids, scores in zip(ids_Qk.tolist(), scores_Qk.tolist(), strict=True)
    ]


def _as_rows(embeddings: Embeddings, name: str) -> Any:
    """A single vector is one row; shape (0,), what no texts encode to, is no row. Numpy scores faster on the CPU."""
    if is_tensor(embeddings) and embeddings.device.type == "cpu" and str(embeddings.dtype) in _NUMPY_HAS:
        embeddings = embeddings.detach().to_dense().numpy()
    return as_rows(embeddings, name)


def _same_dimension(queries: Any, documents: Any) -> int:
    ours, theirs = int(queries.shape[1]), int(documents.shape[1])
    if ours != theirs:
        raise ShapeError(
            f"query_embeddings have dimension {ours}, corpus_embeddings have dimension {theirs}",
            accepted="embeddings of the same dimension",
            fix="encode both with the same model and the same truncate_dim",
        )
    return ours
