"""Which kinds of index there are, how to make one, and how to read one. Imports an engine when it is asked for."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from likewise.errors import InputError
from likewise.index.folder import read_index_folder
from likewise.index.protocol import Index, Metric

KINDS: dict[str, str] = {
    "exact": "likewise.index.exact:ExactIndex",
    "faiss-flat": "likewise.index.faiss_flat:FaissFlatIndex",
    "faiss-ivf": "likewise.index.faiss_ivf:FaissIvfIndex",
    "faiss-hnsw": "likewise.index.faiss_hnsw:FaissHnswIndex",
    "faiss-binary": "likewise.index.faiss_binary:FaissBinaryIndex",
    "usearch": "likewise.index.usearch:UsearchIndex",
    "usearch-i8": "likewise.index.usearch_int8:UsearchInt8Index",
    "usearch-b1": "likewise.index.usearch_binary:UsearchBinaryIndex",
    "hnswlib": "likewise.index.hnswlib:HnswlibIndex",
    "annoy": "likewise.index.annoy:AnnoyIndex",
    "lancedb": "likewise.index.lance:LanceIndex",
    "pgvector": "likewise.index.pgvector:PgVectorIndex",
    "elasticsearch": "likewise.index.elasticsearch:ElasticsearchIndex",
}
"""Kind to "module:class"."""


def create_index(kind: str, dim: int, metric: Metric = "cosine", **settings: Any) -> Index:
    """Make an empty index.

    Args:
        kind: Which one: a key of `KINDS`.
        dim: Length of the vectors.
        metric: "cosine", "dot" or "euclidean".
        **settings: What the class of this kind takes besides.

    Returns:
        The index.

    Raises:
        InputError: If there is no such kind.
        MissingDependencyError: If its engine is not installed.
    """
    index: Index = index_class(kind)(dim, metric, **settings)
    return index


def load_index(path: str | Path) -> Index:
    """Read an index of any kind.

    Args:
        path: The folder that `save` wrote.

    Returns:
        The index.

    Raises:
        CheckpointError: If the folder is incomplete, changed, or of another version.
        MissingDependencyError: If its engine is not installed.
    """
    index: Index = index_class(read_index_folder(path, verify=False).kind).load(path)
    return index


def index_class(kind: str) -> Any:
    """The class of a kind.

    Args:
        kind: A key of `KINDS`.

    Returns:
        The class.

    Raises:
        InputError: If there is no such kind.
    """
    if kind not in KINDS:
        raise InputError(f"index kind {kind!r}", accepted=", ".join(map(repr, KINDS)))
    module, _, name = KINDS[kind].partition(":")
    return getattr(importlib.import_module(module), name)
