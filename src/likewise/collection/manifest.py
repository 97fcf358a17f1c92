"""`collection.json`: what a collection consists of. What it does not name does not count. Knows the format alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self, cast, final, get_args

from likewise.errors import CheckpointError
from likewise.hub.atomic import write_file_atomic
from likewise.hub.config_reader import ConfigReader
from likewise.index.protocol import Metric

MANIFEST = "collection.json"
FORMAT = "likewise-collection"
VERSION = 1
PRECISIONS = ("float32", "float16")
ADDRESS = "address"
"""Setting that says where a database is: the index keeps it, without password."""
NAME = re.compile(r"(records|embeddings|index)-[0-9]{5,9}")
_LARGEST = 2**53


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSource:
    """Which model a collection was made with.

    Args:
        name: Local folder, hub id or "likewise-mini"; "" if nobody said.
        revision: Branch, tag or commit on the hub.
        truncate_dim: Width to which embeddings are cut.
        fingerprint: What tells it from other models.
    """

    name: str = ""
    revision: str | None = None
    truncate_dim: int | None = None
    fingerprint: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How texts and queries are embedded.

    Args:
        prompt: Text put before each text; None goes by `prompt_name`.
        prompt_name: Name of a prompt of the model; None takes the one that the model has for documents, if any.
        query_prompt: Text put before each query; None goes by `query_prompt_name`.
        query_prompt_name: Name of a prompt of the model; None takes the one that the model has for queries, if any.
        normalize: Whether embeddings are scaled to length 1.
        precision: How embeddings are stored: "float32" or "float16".
    """

    prompt: str | None = None
    prompt_name: str | None = None
    query_prompt: str | None = None
    query_prompt_name: str | None = None
    normalize: bool = False
    precision: str = "float32"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What was added at one time.

    Args:
        records: Folder of the records.
        embeddings: Folder of the embeddings.
        rows: How many.
        bytes: Size of the records' file.
        checksum: Of the records' file.
        texts: Checksum of the texts alone.
        source: Where they came from, in words.
    """

    records: str
    embeddings: str
    rows: int
    bytes: int
    checksum: str
    texts: str
    source: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a collection says of itself.

    Args:
        model: The model.
        encoding: How it embeds.
        kind: Kind of the index.
        metric: How vectors are compared.
        settings: Settings of the index that were given. An address, which may hold a password, is not written.
        parts: What is in the collection.
        pending: What is being added, or was when somebody was interrupted.
        index: Folder of the index; None before there is one.
        loading: Whether rows of `pending` may be in a database already.
    """

    model: ModelSource
    encoding: Encoding
    kind: str
    metric: Metric
    settings: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    pending: Part | None = None
    index: str | None = None
    loading: bool = False

    @property
    def rows(self) -> int:
        """Rows of all parts."""
        return sum(part.rows for part in self.parts)

    @property
    def names(self) -> set[str]:
        """Folders that are in use."""
        parts = (*self.parts, *([self.pending] if self.pending else []))
        named = {name for part in parts for name in (part.records, part.embeddings)}
        return named | ({self.index} if self.index else set())

    def write(self, folder: Path) -> None:
        """Write it: a reader, and a kill, find what was said before or this.

        Args:
            folder: The collection.

        Raises:
            OutputError: If it cannot be written.
        """
        public = {name: value for name, value in self.settings.items() if name != ADDRESS}
        content = {"format": FORMAT, "version": VERSION, "rows": self.rows, **asdict(self), "settings": public}
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        write_file_atomic(folder / MANIFEST, f"{text}\n".encode())

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read it strictly.

        Args:
            folder: The collection.

        Returns:
            What it says.

        Raises:
            CheckpointError: If there is none, it is of another format or version, or contradicts itself.
        """
        path = folder / MANIFEST
        if not path.is_file():
            raise CheckpointError(
                f"{folder}: no collection: there is no {MANIFEST}",
                accepted="a folder that `likewise index build` or Collection.build made",
            )
        reader = ConfigReader.of_file(path)
        reader.text("format", choices=[FORMAT])
        version = reader.integer("version", low=1)
        if version != VERSION:
            raise CheckpointError(
                f"{path}: version {version} of the format", accepted=f"version {VERSION}", fix="upgrade likewise"
            )
        manifest = cls(
            model=_model(reader.object("model")),
            encoding=_encoding(reader.object("encoding")),
            kind=reader.text("kind"),
            metric=cast("Metric", reader.text("metric", choices=get_args(Metric))),
            settings=reader.object("settings").data,
            parts=_parts(reader),
            pending=None if reader.data.get("pending") is None else _part(reader.object("pending")),
            index=_name(reader, "index"),
            loading=reader.boolean("loading"),
        )
        if reader.integer("rows", high=_LARGEST) != manifest.rows:
            raise reader.fail("rows", reader.data["rows"], f"the sum of all parts, {manifest.rows:,}")
        if manifest.parts and manifest.index is None:
            raise reader.fail("index", None, "the folder of the index")
        return manifest


def _model(reader: ConfigReader) -> ModelSource:
    return ModelSource(
        name=reader.text("name"),
        revision=reader.text("revision", default=None),
        truncate_dim=reader.integer("truncate_dim", low=1, default=None),
        fingerprint=reader.text("fingerprint"),
    )


def _encoding(reader: ConfigReader) -> Encoding:
    prompts = ("prompt", "prompt_name", "query_prompt", "query_prompt_name")
    return Encoding(
        **{name: reader.text(name, default=None) for name in prompts},
        normalize=reader.boolean("normalize"),
        precision=reader.text("precision", choices=PRECISIONS),
    )


def _parts(reader: ConfigReader) -> tuple[Part, ...]:
    parts = reader.data.get("parts")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise reader.fail("parts", parts, "a list of objects")
    return tuple(_part(ConfigReader(part, reader.where)) for part in parts)


def _part(reader: ConfigReader) -> Part:
    return Part(
        records=_name(reader, "records") or "",
        embeddings=_name(reader, "embeddings") or "",
        rows=reader.integer("rows", low=1, high=_LARGEST),
        bytes=reader.integer("bytes", low=1, high=_LARGEST),
        checksum=reader.text("checksum"),
        texts=reader.text("texts"),
        source=reader.text("source"),
    )


def _name(reader: ConfigReader, kind: str) -> str | None:
    """Name of a folder below the collection; never one that leads out of it."""
    name = reader.text(kind, default=None)
    if name is None and kind == "index":
        return None
    if name is None or not NAME.fullmatch(name) or not name.startswith(f"{kind}-"):
        raise reader.fail(kind, name, f"such as {kind}-00000")
    return name
