"""How a collection is built and grown: records, embeddings, index, and then `collection.json`, which makes them count.

A kill at any moment leaves the collection as it was, or as it shall be. The same call goes on with what was embedded,
and does nothing where nothing is left to do: texts that are there already are not added again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

from likewise.collection.folder import free_name, remove_leftovers, writing
from likewise.collection.growth import (
    grow_files,
    load_database,
    open_index,
    start_database,
    unload_database,
)
from likewise.collection.index_settings import DATABASES, as_json, check_settings
from likewise.collection.manifest import ADDRESS, MANIFEST, Manifest, Part
from likewise.collection.model_source import check_model
from likewise.collection.records import Record, RecordFile, write_records
from likewise.embedding_store import EmbeddingStore
from likewise.errors import CheckpointError, InputError
from likewise.sentence_transformer.model import SentenceTransformer

Advance = Callable[[str, int, int | None], object]


def silent(stage: str, count: int, total: int | None) -> None:
    """Tell nobody."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is added.

    Args:
        records: Texts, or mappings with a "text"; read once.
        name: Where they come from, in words.
        restart: Whether what an interrupted call has left is dropped.
        advance: Called with "reading", "embedding" or "indexing", a number of rows, and that of all, if it is known.
    """

    records: Iterable[str | Record]
    name: str = ""
    restart: bool = False
    advance: Advance = silent


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was done.

    Args:
        rows: Rows of the collection.
        added: How many of them are new; 0 if all texts were there already.
        resumed: How many of these had been embedded before an interruption.
    """

    rows: int
    added: int
    resumed: int = 0


def build(path: str | Path, model: SentenceTransformer, wanted: Manifest, source: Source, **running: Any) -> Outcome:
    """Make a collection, or go on making it.

    Args:
        path: The folder.
        model: The model, the one that `wanted` describes.
        wanted: What is to be made.
        source: The texts.
        **running: How `encode_to` runs: `batch_size`, `truncation`, `device`, `pool`, `rows_per_shard`.

    Returns:
        What was done.

    Raises:
        InputError: If there are no texts, an argument or a text cannot be used, or the folder holds another collection.
        OutputError: If the folder holds something else, cannot be written, or another process writes to it.
    """
    wanted = replace(wanted, settings=as_json(wanted.settings))
    dim = model.encode_document(["one"], show_progress_bar=False).shape[1]
    with writing(path, make=True) as folder:
        check_settings(wanted.kind, dim, wanted.metric, wanted.settings)
        found = Manifest.read(folder) if (folder / MANIFEST).exists() else wanted
        if found.parts:
            return _built_already(folder, found, wanted, source)
        found = _without_loaded(folder, found)
        if source.restart or found.pending is None or not _embedded(folder, found.pending):
            found = replace(found, pending=None)
        else:
            _check_same(folder, found, wanted, _RESTART)
        manifest = replace(wanted, pending=found.pending)
        _write(folder, manifest)
        return _extend(folder, manifest, model, source, running)


def add(path: str | Path, model: SentenceTransformer, source: Source, **running: Any) -> Outcome:
    """Add texts to a collection, or go on adding them.

    Args:
        path: The folder.
        model: The model of the collection.
        source: The texts.
        **running: How `encode_to` runs: `batch_size`, `truncation`, `device`, `pool`, `rows_per_shard`.

    Returns:
        What was done.

    Raises:
        InputError: If there are no texts, a text cannot be used, or the model is another one.
        CheckpointError: If the folder is no collection, is not complete, or was changed.
        OutputError: If the folder cannot be written, or another process writes to it.
    """
    with writing(path, make=False) as folder:
        manifest = complete(folder, Manifest.read(folder))
        check_model(folder, manifest.model, model)
        manifest = _without_loaded(folder, manifest)
        if source.restart:
            manifest = replace(manifest, pending=None)
        _write(folder, manifest)
        return _extend(folder, manifest, model, source, running)


def complete(folder: Path, manifest: Manifest) -> Manifest:
    """Refuse a collection that was not built to its end.

    Args:
        folder: The collection.
        manifest: What it says of itself.

    Returns:
        The same.

    Raises:
        CheckpointError: If it has no texts yet.
    """
    if not manifest.parts:
        raise CheckpointError(
            f"{folder} holds no texts yet: building it was interrupted, or goes on",
            accepted="a complete collection",
            fix="run the same `likewise index build` again: it goes on where it was",
        )
    return manifest


def _extend(
    folder: Path, manifest: Manifest, model: SentenceTransformer, source: Source, running: Mapping[str, Any]
) -> Outcome:
    part = _staged(folder, manifest, source)
    if part is None:
        return Outcome(rows=manifest.rows, added=0)
    manifest = replace(manifest, pending=part)
    _write(folder, manifest)
    resumed = _embedded(folder, part)
    encoding = manifest.encoding
    store = model.encode_to(
        folder / part.embeddings,
        _texts(RecordFile(folder / part.records, part.rows, part.bytes), source.advance),
        task="document",
        prompt=encoding.prompt,
        prompt_name=encoding.prompt_name,
        normalize_embeddings=encoding.normalize,
        precision=encoding.precision,
        resume=True,
        show_progress_bar=False,
        **running,
    )
    manifest = _indexed(folder, manifest, part, store, source.advance)
    manifest = replace(manifest, parts=(*manifest.parts, part), pending=None, loading=False)
    _write(folder, manifest)
    return Outcome(rows=manifest.rows, added=part.rows, resumed=resumed)


def _staged(folder: Path, manifest: Manifest, source: Source) -> Part | None:
    """Write the records; None if the collection has them already."""
    name = free_name(folder, "records")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder / name, ignore_errors=True)
        written = write_records(folder / name, source.records, lambda count: source.advance("reading", count, None))
        if not written.rows:
            raise InputError(f"{source.name or 'the source'}: no texts", accepted="at least one text")
        stack.pop_all()
    part = Part(
        records=name,
        embeddings=free_name(folder, "embeddings"),
        rows=written.rows,
        bytes=written.bytes,
        checksum=written.checksum,
        texts=written.texts,
        source=source.name,
    )
    if any(there.texts == part.texts for there in manifest.parts):
        remove_leftovers(folder, manifest)
        return None
    pending = manifest.pending
    if pending is None:
        return part
    if pending.checksum == part.checksum:
        return pending
    if pending.texts == part.texts:
        return replace(part, embeddings=pending.embeddings)
    embedded = _embedded(folder, pending)
    if embedded:
        remove_leftovers(folder, manifest)
        raise InputError(
            f"{folder} holds {embedded:,} embeddings of {pending.rows:,} texts"
            f"{f' from {pending.source}' if pending.source else ''}, which were being added, and these are other texts",
            accepted="the same texts in the same order, to go on",
            fix=_RESTART,
        )
    return part


def _indexed(folder: Path, manifest: Manifest, part: Part, store: EmbeddingStore, advance: Advance) -> Manifest:
    """The collection with an index that has the new rows too."""
    if len(store) != part.rows:
        raise CheckpointError(f"{store.path} holds {len(store):,} rows, {part.rows:,} were written")
    current = folder / manifest.index if manifest.index else None
    name = free_name(folder, "index")

    def added(count: int) -> None:
        advance("indexing", count, part.rows)

    if manifest.kind not in DATABASES:
        grow_files(manifest, store, current, folder / name, added)
        return replace(manifest, index=name)
    with closing(start_database(manifest, store.dim, current, folder / name)) as index:
        loading = replace(manifest, index=manifest.index or name, loading=True)
        _write(folder, loading)
        load_database(index, manifest, store, added)
    return loading


def _texts(records: RecordFile, advance: Advance) -> Iterator[str]:
    for record in records:
        yield record["text"]
        advance("embedding", 1, len(records))


def _embedded(folder: Path, part: Part) -> int:
    place = folder / part.embeddings
    return len(EmbeddingStore(place, partial=True)) if (place / "manifest.json").exists() else 0


def _without_loaded(folder: Path, manifest: Manifest) -> Manifest:
    """Remove rows from a database that an interrupted call has left there."""
    if not manifest.loading or manifest.index is None or manifest.pending is None:
        return manifest
    with closing(open_index(folder / manifest.index, manifest.kind)) as index:
        unload_database(index, manifest.rows, manifest.pending.rows)
    manifest = replace(manifest, loading=False, index=manifest.index if manifest.parts else None)
    _write(folder, manifest)
    return manifest


def _built_already(folder: Path, found: Manifest, wanted: Manifest, source: Source) -> Outcome:
    """The same call once more does nothing; another one is refused."""
    other = "likewise index add, or another folder"
    _check_same(folder, found, wanted, other)
    part = _staged(folder, found, source)
    remove_leftovers(folder, found)
    if part is not None or len(found.parts) > 1:
        raise InputError(f"{folder} holds a collection of {found.rows:,} texts", accepted="a new folder", fix=other)
    return Outcome(rows=found.rows, added=0)


def _check_same(folder: Path, found: Manifest, wanted: Manifest, fix: str) -> None:
    pairs: dict[str, tuple[Any, Any]] = {"model": (found.model.fingerprint, wanted.model.fingerprint)}
    for name in type(found.encoding).__slots__:
        pairs[name] = getattr(found.encoding, name), getattr(wanted.encoding, name)
    if found.parts:
        pairs["kind"], pairs["metric"] = (found.kind, wanted.kind), (found.metric, wanted.metric)
        for name in {**found.settings, **wanted.settings}:
            if name != ADDRESS:
                pairs[name] = found.settings.get(name), wanted.settings.get(name)
    differing = [(name, *pair) for name, pair in pairs.items() if pair[0] != pair[1]]
    if differing:
        raise InputError(
            f"{folder} was made with {', '.join(f'{name}={old!r}' for name, old, _ in differing)}, "
            f"and not with {', '.join(f'{name}={new!r}' for name, _, new in differing)}",
            accepted="the same model and settings, to go on",
            fix=fix,
        )


def _write(folder: Path, manifest: Manifest) -> None:
    manifest.write(folder)
    remove_leftovers(folder, manifest)


_RESTART = "--restart (restart=True) drops what was embedded, and begins anew"
