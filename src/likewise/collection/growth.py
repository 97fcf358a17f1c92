"""Embeddings from a store into an index. Knows how kinds of index grow, not what the embeddings are of.

An index in files is written anew beside the old one, which stays as it is: a kill costs the new one. A database grows
in place: what a kill leaves in it is removed before it is loaded again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import numpy as np

from likewise.collection.index_settings import new_index
from likewise.collection.manifest import Manifest
from likewise.embedding_store import EmbeddingStore
from likewise.errors import CheckpointError, InputError
from likewise.index.folder import read_index_folder
from likewise.index.protocol import Index
from likewise.index.registry import index_class, load_index

TILE_ROWS = 16_384
Advance = Callable[[int], object]
# Methods of an engine that learn from the vectors that are there: made when all are.
_LEARNT = {"lancedb": ("ivf_flat", "ivf_pq"), "pgvector": ("ivfflat",)}
_LEAST_ROWS = 256


def open_index(folder: Path, kind: str, *, verify: bool = False) -> Index:
    """Read the index of a collection.

    Args:
        folder: The index's folder.
        kind: Which kind it should be.
        verify: Compare checksums of all files. Those of an exact index, which stays on disk, are else not read.

    Returns:
        The index.

    Raises:
        CheckpointError: If the folder is incomplete, changed, or holds another kind.
        MissingDependencyError: If its engine is not installed.
        DatabaseError: If the database cannot be reached.
    """
    found = read_index_folder(folder, verify=False).kind
    if found != kind:
        raise CheckpointError(f"{folder} holds an index of kind {found!r}", accepted=f"{kind!r}, as was written")
    if kind == "exact":
        index: Index = index_class(kind).load(folder, verify=verify)
        return index
    return load_index(folder)


def grow_files(manifest: Manifest, store: EmbeddingStore, old: Path | None, new: Path, advance: Advance) -> None:
    """Write an index with the vectors of another one, if there is one, and those of a store.

    Args:
        manifest: Kind, metric, settings, and how many rows there are.
        store: The new vectors.
        old: Folder of the index that is there.
        new: Where the new one is written.
        advance: Called with the number of vectors that were added since.

    Raises:
        InputError: If the engine cannot take them.
        OutputError: If the folder cannot be written.
    """
    with ExitStack() as stack:
        index = _started(manifest, store.dim, old, new)
        stack.enter_context(closing(index))
        _check_rows(index, manifest.rows, new if old is None else old)
        _add(index, store, manifest.rows, advance)
        _learn(index, manifest)
        if manifest.kind != "exact":
            index.save(new)


def start_database(manifest: Manifest, dim: int, current: Path | None, new: Path) -> Index:
    """Open the database that a store is to be loaded into.

    Args:
        manifest: Kind, metric, settings, and how many rows there should be.
        dim: Length of the vectors.
        current: Folder of the index, if there is one.
        new: Where it is written how to reach the database, if there is none yet.

    Returns:
        The index, with the rows of the collection and no others.

    Raises:
        InputError: If the table or index of the database holds something else.
        DatabaseError: If the database cannot be reached.
    """
    if current is not None:
        index = open_index(current, manifest.kind)
        place = current
    else:
        index = new_index(manifest.kind, dim, manifest.metric, manifest.settings)
        place = new
    with ExitStack() as stack:
        stack.enter_context(closing(index))
        _check_rows(index, manifest.rows, place)
        if current is None:
            index.save(new)
        stack.pop_all()
    return index


def load_database(index: Index, manifest: Manifest, store: EmbeddingStore, advance: Advance) -> None:
    """Load a store into a database, after the rows that are there.

    Args:
        index: The database.
        manifest: How many rows there are, kind and settings.
        store: The new vectors.
        advance: Called with the number of vectors that were added since.

    Raises:
        DatabaseError: If the database goes away and does not come back.
    """
    _add(index, store, manifest.rows, advance)
    _learn(index, manifest)


def unload_database(index: Index, start: int, count: int) -> None:
    """Remove what an interrupted load has left.

    Args:
        index: The database.
        start: The first row that does not count.
        count: How many there may be.

    Raises:
        DatabaseError: If the database goes away and does not come back.
    """
    for first in range(start, start + count, TILE_ROWS):
        index.remove(np.arange(first, min(first + TILE_ROWS, start + count)))


def _started(manifest: Manifest, dim: int, old: Path | None, new: Path) -> Index:
    kind, metric, settings = manifest.kind, manifest.metric, manifest.settings
    if old is None:
        if kind == "exact":
            opened: Index = index_class(kind).open(new, dim, metric, **settings)
            return opened
        return new_index(kind, dim, metric, settings, **({"path": new} if kind == "lancedb" else {}))
    if kind not in ("exact", "lancedb"):
        return open_index(old, kind)
    with closing(open_index(old, kind)) as before:
        before.save(new)
    if kind == "exact":
        grown: Index = index_class(kind).open(new)
        return grown
    return open_index(new, kind)


def _check_rows(index: Index, rows: int, place: Path) -> None:
    if len(index) != rows:
        raise InputError(
            f"the index of {place} holds {len(index):,} vectors, the collection {rows:,} texts",
            accepted="an index that holds nothing but the collection",
            fix="name another table or index of the database by a setting, or build the collection again",
        )


def _add(index: Index, store: EmbeddingStore, start: int, advance: Advance) -> None:
    for first, tile in store.tiles(TILE_ROWS):
        index.add(tile, np.arange(start + first, start + first + len(tile)))
        advance(len(tile))


def _learn(index: Any, manifest: Manifest) -> None:
    if manifest.settings.get("index") in _LEARNT.get(manifest.kind, ()) and len(index) >= _LEAST_ROWS:
        index.build_index()
