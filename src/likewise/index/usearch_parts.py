"""What the indexes over USearch share: the engine, its answers, its files. Knows no kind of index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise._optional import require
from likewise.errors import CheckpointError
from likewise.index.protocol import NOTHING, Ids
from likewise.search.arguments import at_least_one

FILE = "graph.usearch"


def graph_settings(M: int, ef_construction: int, ef_search: int) -> dict[str, int]:
    """Check the settings of a graph.

    Args:
        M: Neighbours of a vector.
        ef_construction: Candidates that are kept while a vector is added.
        ef_search: Candidates that are kept during a search.

    Returns:
        The same.

    Raises:
        InputError: If one is below 1.

    Example:
        >>> graph_settings(16, 128, 64)
        {'M': 16, 'ef_construction': 128, 'ef_search': 64}
    """
    return {
        "M": at_least_one(M, "M"),
        "ef_construction": at_least_one(ef_construction, "ef_construction"),
        "ef_search": at_least_one(ef_search, "ef_search"),
    }


def new_engine(dim: int, metric: str, dtype: str, settings: dict[str, Any]) -> Any:
    """Make an empty engine.

    Args:
        dim: Numbers, or bits, of a vector.
        metric: USearch's name of a metric.
        dtype: USearch's name of a type.
        settings: As `graph_settings` checked them, and more.

    Returns:
        The engine.

    Raises:
        MissingDependencyError: If USearch is not installed.
    """
    index = require("usearch.index", extra="search").Index
    return index(
        ndim=dim,
        metric=metric,
        dtype=dtype,
        connectivity=settings["M"],
        expansion_add=settings["ef_construction"],
        expansion_search=settings["ef_search"],
    )


def insert(engine: Any, vectors: NDArray[Any], rows: Ids, threads: int | None) -> None:
    """Add rows.

    Args:
        engine: The engine.
        vectors: (N, numbers or bytes), of its type.
        rows: Their numbers, (N,).
        threads: How many threads may work; None for all processors.
    """
    engine.add(rows.astype(np.uint64), vectors, threads=threads or 0)


def nearest(engine: Any, queries: NDArray[Any], top_k: int, threads: int | None) -> tuple[Ids, NDArray[np.float32]]:
    """Find rows.

    Args:
        engine: The engine.
        queries: (Q, numbers or bytes), of its type.
        top_k: How many for each, at most as many as there are.
        threads: How many threads may work; None for all processors.

    Returns:
        Rows, -1 for none, and distances, (Q, k).
    """
    rows, distances, counts = _search(engine, queries, top_k, threads, exact=False)
    few = np.flatnonzero(counts < top_k)  # a graph need not lead to all that is in it
    if len(few):
        rows[few], distances[few], counts[few] = _search(engine, queries[few], top_k, threads, exact=True)
    rows[np.arange(top_k) >= counts[:, None]] = NOTHING
    return rows, distances


def read(engine: Any, folder: Path) -> None:
    """Read the file of an engine.

    Args:
        engine: An empty engine.
        folder: The folder of the index.

    Raises:
        CheckpointError: If USearch cannot read it.
    """
    try:
        engine.load(str(folder / FILE))
    except RuntimeError as error:
        raise CheckpointError(f"USearch cannot read {folder / FILE}: {error}") from error


def _search(
    engine: Any, queries: NDArray[Any], top_k: int, threads: int | None, *, exact: bool
) -> tuple[Ids, NDArray[np.float32], Ids]:
    found = engine.search(queries, top_k, threads=threads or 0, exact=exact)
    shape = (len(queries), -1)
    rows = np.asarray(found.keys).reshape(shape).astype(np.int64)
    distances = np.asarray(found.distances, np.float32).reshape(shape)
    counts = np.asarray(getattr(found, "counts", [rows.shape[1]])).astype(np.int64).reshape(-1)
    room = ((0, 0), (0, top_k - rows.shape[1]))
    return np.pad(rows, room, constant_values=NOTHING), np.pad(distances, room), counts
