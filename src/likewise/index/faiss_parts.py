"""What the indexes over FAISS share: metric, scores, selectors, threads, files. Knows FAISS, and no kind of index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise._optional import require
from likewise.errors import CheckpointError
from likewise.index.protocol import Ids, Metric


def faiss() -> Any:
    """The package.

    Returns:
        The module `faiss`.

    Raises:
        MissingDependencyError: If it is not installed.
    """
    return require("faiss", extra="search")


def measure(metric: Metric) -> int:
    """FAISS's number of a metric.

    Args:
        metric: The metric; cosines are dot products of vectors of length 1.

    Returns:
        The number.
    """
    package = faiss()
    return int(package.METRIC_L2 if metric == "euclidean" else package.METRIC_INNER_PRODUCT)


def scores_of(distances: NDArray[np.float32], metric: Metric) -> NDArray[np.float32]:
    """From what FAISS answers to scores.

    Args:
        distances: Dot products, or squared distances, which rounding may take below 0.
        metric: The metric.

    Returns:
        Scores, the same shape.

    Example:
        >>> scores_of(np.array([4.0], np.float32), "euclidean")
        array([-2.], dtype=float32)
    """
    if metric != "euclidean":
        return distances
    return -np.sqrt(np.maximum(distances, 0))


def only(rows: Ids, total: int) -> tuple[Any, Any]:
    """A selector of rows.

    Args:
        rows: Rows that may be found.
        total: How many rows there ever were.

    Returns:
        The selector, and an array that must live as long as it.
    """
    mask = np.zeros(total, np.bool_)
    mask[rows] = True
    bits = np.packbits(mask, bitorder="little")
    package = faiss()
    return package.IDSelectorBitmap(total, package.swig_ptr(bits)), bits


@contextmanager
def threads_of(threads: int | None) -> Iterator[None]:
    """Let FAISS use so many threads; the number is one for the whole process, and is set back at the end.

    Args:
        threads: The number; None leaves what FAISS has.

    Yields:
        Nothing.
    """
    if threads is None:
        yield
        return
    package = faiss()
    before = package.omp_get_max_threads()
    package.omp_set_num_threads(threads)
    try:
        yield
    finally:
        package.omp_set_num_threads(before)


def read_faiss(file: Path, *, binary: bool = False) -> Any:
    """Read a file of FAISS.

    Args:
        file: The file.
        binary: Whether it holds bits.

    Returns:
        The FAISS index.

    Raises:
        CheckpointError: If FAISS cannot read it.
    """
    package = faiss()
    try:
        return package.read_index_binary(str(file)) if binary else package.read_index(str(file))
    except RuntimeError as error:
        raise CheckpointError(f"FAISS cannot read {file}: {error}") from error
