"""`Collection`: texts in a folder, searched by meaning. Knows the parts of it, and how none of them works."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple, Self, final

from likewise.collection.building import Advance, Source, add, build, complete, silent
from likewise.collection.growth import open_index
from likewise.collection.manifest import Encoding, Manifest, ModelSource
from likewise.collection.model_source import check_model, describe_model, load_model, metric_of
from likewise.collection.records import Record, RecordFile
from likewise.errors import CheckpointError
from likewise.index.protocol import NOTHING, Index, Metric
from likewise.search.arguments import at_least_one
from likewise.sentence_transformer.model import SentenceTransformer


class CollectionHit(NamedTuple):
    """A text that was found.

    Args:
        score: How similar it is; higher is more similar.
        row: Its number in the collection, from 0, in the order in which texts were added.
        record: What was added: its "text", and what else there was.
    """

    score: float
    row: int
    record: dict[str, Any]


@final
class Collection:
    """Texts in a folder, with their embeddings and an index: built once, added to, and searched without being read.

    Made by `Collection.build`, or opened by `Collection.open`. Memory holds what the index needs: nothing much for
    "exact" and "lancedb" and for databases, all vectors for others.

    Args:
        path: The folder.
        manifest: What it says of itself.
        model: The model that it was made with.
        index: Its index.
        records: Records of each part.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp()) / "notes"
        >>> notes = Collection.build(folder, ["A dog barks.", {"text": "It rains.", "page": 7}])
        >>> notes.search("Rain falls.", top_k=1)[0][0].record
        {'text': 'It rains.', 'page': 7}
        >>> notes.close()
        >>> with Collection.open(folder) as notes:
        ...     _ = notes.add(["A cat purrs."])
        ...     len(notes), notes[2]
        (3, {'text': 'A cat purrs.'})
    """

    def __init__(
        self,
        path: Path,
        manifest: Manifest,
        model: SentenceTransformer,
        index: Index,
        records: Sequence[RecordFile],
    ) -> None:
        self.path, self.model = path, model
        self._manifest, self._index, self._records = manifest, index, records
        self._starts = [0, *accumulate(len(part) for part in records)]

    @classmethod
    def build(
        cls,
        path: str | Path,
        records: Iterable[str | Record],
        model: SentenceTransformer | str = "likewise-mini",
        *,
        kind: str = "exact",
        metric: Metric | None = None,
        settings: Mapping[str, Any] | None = None,
        encoding: Encoding | None = None,
        model_source: ModelSource | None = None,
        source: str = "",
        restart: bool = False,
        advance: Advance = silent,
        **running: Any,
    ) -> Self:
        """Make a collection. After a kill or an error the same call goes on; done once, it does nothing more.

        Args:
            path: The folder; it, and folders above it, need not exist.
            records: Texts, or mappings with a "text" and other values of JSON; any number, read once.
            model: The model, or its name. The name, if given, is kept for `open`.
            kind: Kind of the index: a key of `likewise.index.registry.KINDS`.
            metric: "cosine", "dot" or "euclidean"; the model's, if not given.
            settings: What the index takes besides.
            encoding: Prompts and how embeddings are stored.
            model_source: How the model is found again, if it is not given by its name.
            source: Where the texts come from, in words.
            restart: Whether to drop what an interrupted call with other texts or another model has left.
            advance: Called with "reading", "embedding" or "indexing", a number of rows, and that of all, if known.
            **running: How `encode_to` runs: `batch_size`, `truncation`, `device`, `pool`, `rows_per_shard`.

        Returns:
            The collection, open.

        Raises:
            InputError: If there are no texts, an argument or a text cannot be used, an embedding holds NaN, or the
                folder holds another collection.
            OutputError: If the folder holds something else, cannot be written, or another process writes to it.
            MissingDependencyError: If the engine is not installed.
            DatabaseError: If the database cannot be reached.
        """
        loaded, found = _model_and_source(model, model_source)
        wanted = Manifest(
            model=found,
            encoding=encoding or Encoding(),
            kind=kind,
            metric=metric_of(loaded, metric),
            settings=dict(settings or {}),
        )
        texts = Source(records=records, name=source, restart=restart, advance=advance)
        build(path, loaded, wanted, texts, **running)
        return cls.open(path, loaded)

    @classmethod
    def open(
        cls, path: str | Path, model: SentenceTransformer | None = None, *, verify: bool = False, **loading: Any
    ) -> Self:
        """Open a collection. Nothing is read but its index, where that lives in memory.

        Args:
            path: The folder.
            model: The model that it was made with; loaded by the name that the collection keeps, if not given.
            verify: Compare checksums of all records and of the index; sizes are always compared, and records when
                they are read.
            **loading: Keyword arguments of `SentenceTransformer`, such as `device`, for a model that is loaded here.

        Returns:
            The collection. Close it, or leave a `with` block.

        Raises:
            CheckpointError: If the folder is no collection, is not complete, of another version, or was changed.
            InputError: If the model is another one, or the collection does not know its name.
            MissingDependencyError: If the engine is not installed.
            DatabaseError: If the database cannot be reached.
        """
        folder = Path(path)
        manifest = complete(folder, Manifest.read(folder))
        if model is None:
            model = load_model(folder, manifest.model, loading)
        check_model(folder, manifest.model, model)
        try:
            opened = _opened(folder, manifest, verify=verify)
        except (CheckpointError, OSError):
            newer = Manifest.read(folder)
            if newer == manifest:
                raise
            # Somebody has added texts meanwhile, and the index that was named before is gone.
            manifest, opened = newer, _opened(folder, newer, verify=verify)
        return cls(folder, manifest, model, *opened)

    def add(
        self,
        records: Iterable[str | Record],
        *,
        source: str = "",
        restart: bool = False,
        advance: Advance = silent,
        **running: Any,
    ) -> int:
        """Add texts. After a kill or an error the same call goes on; texts that were added are not added twice.

        Others that have the collection open see what there was until they open it again.

        Args:
            records: Texts, or mappings with a "text" and other values of JSON; any number, read once.
            source: Where the texts come from, in words.
            restart: Whether to drop what an interrupted call with other texts has left.
            advance: Called with "reading", "embedding" or "indexing", a number of rows, and that of all, if known.
            **running: How `encode_to` runs: `batch_size`, `truncation`, `device`, `pool`, `rows_per_shard`.

        Returns:
            How many were added; 0 if just these texts were added before.

        Raises:
            InputError: If there are no texts, or a text cannot be used. The collection is as it was.
            OutputError: If the folder cannot be written, or another process writes to it.
            DatabaseError: If the database goes away and does not come back.
        """
        texts = Source(records=records, name=source, restart=restart, advance=advance)
        outcome = add(self.path, self.model, texts, **running)
        self._index.close()
        self._manifest = Manifest.read(self.path)
        self._index, self._records = _opened(self.path, self._manifest)
        self._starts = [0, *accumulate(len(part) for part in self._records)]
        return outcome.added

    def search(self, queries: str | Sequence[str], top_k: int = 10, **running: Any) -> list[list[CollectionHit]]:
        """Find the texts that are most similar to queries.

        Args:
            queries: Q queries, or one.
            top_k: How many hits for each, at least 1.
            **running: How `encode_query` runs: `batch_size`, `truncation`, `device`.

        Returns:
            For each query its hits, best first, equal scores by the lower row.

        Raises:
            InputError: If a query or `top_k` cannot be used.
            CheckpointError: If a record was changed.
            DatabaseError: If the database goes away and does not come back.
        """
        encoding = self._manifest.encoding
        texts = [queries] if isinstance(queries, str) else list(queries)
        if not texts:
            return []
        rows = self.model.encode_query(
            texts,
            prompt=encoding.query_prompt,
            prompt_name=encoding.query_prompt_name,
            normalize_embeddings=encoding.normalize,
            show_progress_bar=False,
            **running,
        )
        # A database may hold rows already that are being added, and do not count yet.
        top_k = at_least_one(top_k, "top_k")
        more = max(0, len(self._index) - len(self))
        hits = self._index.search(rows, top_k + more)
        return [
            self._hits(ids, scores, top_k) for ids, scores in zip(hits.ids.tolist(), hits.scores.tolist(), strict=True)
        ]

    def close(self) -> None:
        """Let go of files and connections."""
        self._index.close()

    @property
    def kind(self) -> str:
        """Kind of the index."""
        return self._manifest.kind

    @property
    def metric(self) -> Metric:
        """How vectors are compared."""
        return self._manifest.metric

    def __len__(self) -> int:
        return self._manifest.rows

    def __getitem__(self, row: int) -> dict[str, Any]:
        """The record of a row."""
        return self._read([row])[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Collection({str(self.path)!r}: {len(self):,} texts, {self.kind}, {self.metric})"

    def _hits(self, ids: Sequence[int], scores: Sequence[float], top_k: int) -> list[CollectionHit]:
        found = [(score, row) for row, score in zip(ids, scores, strict=True) if row != NOTHING and row < len(self)][
            :top_k
        ]
        records = self._read([row for _, row in found])
        return [CollectionHit(score, row, record) for (score, row), record in zip(found, records, strict=True)]

    def _read(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        wrong = [row for row in rows if not 0 <= row < len(self)]
        if wrong:
            raise IndexError(f"row {wrong[0]} of {len(self):,} texts")
        found: dict[int, dict[str, Any]] = {}
        parts = [bisect_right(self._starts, row) - 1 for row in rows]
        for part in set(parts):
            here = [row for row, its in zip(rows, parts, strict=True) if its == part]
            records = self._records[part].read(row - self._starts[part] for row in here)
            found.update(zip(here, records, strict=True))
        return [found[row] for row in rows]


def _opened(folder: Path, manifest: Manifest, *, verify: bool = False) -> tuple[Index, list[RecordFile]]:
    records = [
        RecordFile(folder / part.records, part.rows, part.bytes, part.checksum if verify else None)
        for part in manifest.parts
    ]
    index = open_index(folder / str(manifest.index), manifest.kind, verify=verify)
    if len(index) < manifest.rows:
        size = len(index)
        index.close()
        raise CheckpointError(
            f"the index of {folder} holds {size:,} vectors, the collection {manifest.rows:,} texts",
            fix="build the collection again",
        )
    return index, records


def _model_and_source(
    model: SentenceTransformer | str, source: ModelSource | None
) -> tuple[SentenceTransformer, ModelSource]:
    loaded = SentenceTransformer(model) if isinstance(model, str) else model
    return loaded, source or describe_model(loaded, model if isinstance(model, str) else "")
