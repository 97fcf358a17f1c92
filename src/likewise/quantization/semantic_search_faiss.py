"""The documented `semantic_search_faiss`: search over quantized embeddings with FAISS, and rescoring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from likewise.quantization.faiss_engine import FaissEngine
from likewise.quantization.quantize import Precision
from likewise.quantization.quantized_search import SearchSettings, quantized_search

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings


def semantic_search_faiss(
    query_embeddings: Embeddings,
    corpus_embeddings: Embeddings | None = None,
    corpus_index: Any = None,
    corpus_precision: Precision = "float32",
    top_k: int = 10,
    ranges: Embeddings | None = None,
    calibration_embeddings: Embeddings | None = None,
    rescore: bool = True,
    rescore_multiplier: int = 2,
    exact: bool = True,
    output_index: bool = False,
) -> tuple[list[list[dict[str, Any]]], float] | tuple[list[list[dict[str, Any]]], float, Any]:
    """Find, for each query, the stored embeddings nearest to it with FAISS.

    Scores are dot products of the query, as it is, with what the stored bytes stand for, so they are comparable with
    those of float32, and larger is always better. Bytes stand for the middle of their step, bits for a vector of length
    1 with their signs. Without rescoring, bits give the cosine of the signs of both instead.

    Args:
        query_embeddings: Queries in floating point, whatever the precision of the corpus, (Q, dim) or (dim,).
        corpus_embeddings: Embeddings in `corpus_precision`, from `quantize_embeddings` or `encode(precision=...)`; or
        corpus_index: an index of FAISS over them.
        corpus_precision: "float32", "uint8" or "ubinary".
        top_k: How many to find for each query, at least 1.
        ranges: For uint8: the ranges that the corpus was quantized with, (2, dim).
        calibration_embeddings: For uint8: else the embeddings that these were taken from, (rows, dim). Without either
            they come from the queries, which is a guess.
        rescore: Whether to find more candidates and score them again with the queries as they are.
        rescore_multiplier: How many times `top_k` candidates there are then, at least 1.
        exact: Whether every embedding is compared; otherwise a graph is followed. An index that is given is
            searched as it was built.
        output_index: Whether to return the index, for the next call.

    Returns:
        For each query a list of `{"corpus_id": int, "score": float}`, best first; the seconds of the search without
        building the index; and the index, if asked for (None if there is nothing to search).

    Raises:
        InputError: If there are both or neither of embeddings and index, FAISS does not have the precision, or a
            query holds NaN or infinity.
        InputTypeError: If the queries are integers, or the embeddings are not in that precision.
        MissingDependencyError: If FAISS is not installed.
        ShapeError: If the dimensions differ.

    Example:
        >>> import numpy as np
        >>> from likewise.quantization import quantize_embeddings
        >>> corpus = np.random.default_rng(0).normal(size=(100, 16))
        >>> bits = quantize_embeddings(corpus, "ubinary")
        >>> hits, seconds = semantic_search_faiss(corpus[:1], bits, corpus_precision="ubinary", top_k=1)
        >>> hits[0][0]["corpus_id"]
        0

    Reference:
        Shakir, Aarsen and Lee, "Binary and Scalar Embedding Quantization for Significantly Faster & Cheaper Retrieval",
        2024.
    """
    settings = SearchSettings(
        corpus_precision, top_k, ranges, calibration_embeddings, rescore, rescore_multiplier, exact
    )
    hits, seconds, index = quantized_search(FaissEngine(), query_embeddings, corpus_embeddings, corpus_index, settings)
    return (hits, seconds, index) if output_index else (hits, seconds)
