"""Scores of pairs of embeddings under several similarity functions. Knows quantized embeddings, not models."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from likewise.ops.embeddings import as_float32_tensor
from likewise.ops.normalize import unit_rows
from likewise.similarity_functions import SimilarityFunction

DISTANCES = ("euclidean", "manhattan")
"""Functions whose score is a negative distance."""

_ROWS_AT_ONCE = 16384

Array = np.ndarray[Any, Any]


def pair_scores(embeddings1: Any, embeddings2: Any, names: Iterable[str]) -> dict[str, Array]:
    """Score each row of one set with the same row of another.

    Args:
        embeddings1: [N, D], of any type of numbers.
        embeddings2: [N, D].
        names: Names of similarity functions.

    Returns:
        Function to scores, float32 [N]; larger is more similar, so distances are negative.

    Example:
        >>> pair_scores(np.array([[3.0, 4.0]]), np.array([[0.0, 0.0]]), ["dot", "euclidean"])
        {'dot': array([0.], dtype=float32), 'euclidean': array([-5.], dtype=float32)}
    """
    found = {}
    for name in names:
        score = _cosine if name == "cosine" else SimilarityFunction.to_similarity_pairwise_fn(name)
        # In slices: the functions make copies of what they are given.
        parts = [
            score(embeddings1[first : first + _ROWS_AT_ONCE], embeddings2[first : first + _ROWS_AT_ONCE]).cpu()
            for first in range(0, len(embeddings1), _ROWS_AT_ONCE)
        ]
        found[name] = torch.cat(parts).numpy()
    return found


def _cosine(embeddings1: Any, embeddings2: Any) -> torch.Tensor:
    """Cosine by way of float64: texts that are the same to the model tie at 1, whatever the last bits of a sum say."""
    first = unit_rows(as_float32_tensor(embeddings1, "embeddings1").double())
    second = unit_rows(as_float32_tensor(embeddings2, "embeddings2").double())
    return (first * second).sum(-1).float()


def bits_as_numbers(embeddings: Array, precision: str | None) -> Array:
    """Make binary embeddings such that scores of rows are scores of bits.

    Args:
        embeddings: As `encode` gives them at that precision, [N, bytes] for "binary" and "ubinary".
        precision: The precision; others than these two are left as they are.

    Returns:
        0 and 1, uint8 [N, 8 * bytes].

    Example:
        >>> bits_as_numbers(np.array([[16]], np.int8), "binary")
        array([[1, 0, 0, 1, 0, 0, 0, 0]], dtype=uint8)
    """
    if precision not in ("binary", "ubinary"):
        return embeddings
    # "binary" is the unsigned byte less 128: flipping its highest bit gives the byte back.
    unsigned = embeddings.view(np.uint8) ^ np.uint8(128) if precision == "binary" else embeddings
    return np.unpackbits(unsigned, axis=1)
