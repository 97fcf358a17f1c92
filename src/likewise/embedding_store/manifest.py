"""`manifest.json` of a store: what its files hold and how that came about. Knows the format, not the files' content."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self, final

from likewise.errors import CheckpointError
from likewise.hub.config_reader import ConfigReader

MANIFEST = "manifest.json"
FORMAT = "likewise-embeddings"
VERSION = 1
DTYPES = ("float32", "float16", "int8", "uint8")
_HEX = re.compile(r"[0-9a-f]{8,128}")
_LARGEST = 2**53


@final
@dataclass(frozen=True, slots=True)
class Shard:
    """One file of rows.

    Args:
        rows: How many.
        bytes: Size of the file.
        sha256: Checksum of the file, as `sha256sum` prints it.
        source: Checksum of what the rows were made from, "" if nobody gave one.
    """

    rows: int
    bytes: int
    sha256: str
    source: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a store says of itself.

    Args:
        dtype: Type of the numbers, one of `DTYPES`.
        dim: Numbers of a row, 0 while there is no row.
        rows_per_shard: Rows of every shard but the last, which may have fewer.
        shards: The files, in order.
        complete: Whether all rows are there; False while somebody writes, or after a kill.
        origin: What the numbers depend on, such as the model and its settings. Rows of another origin are not added.
        about: What is good to know, but makes no difference to the numbers.
    """

    dtype: str
    dim: int = 0
    rows_per_shard: int
    shards: tuple[Shard, ...] = ()
    complete: bool = False
    origin: Mapping[str, Any] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows of all shards."""
        return (len(self.shards) - 1) * self.rows_per_shard + self.shards[-1].rows if self.shards else 0

    def to_json(self) -> bytes:
        """Write it as the text of `manifest.json`."""
        # Not `asdict` on the whole: mappings are plain JSON already, and need not be copied.
        content = {
            "format": FORMAT,
            "version": VERSION,
            "complete": self.complete,
            "rows": self.rows,
            "dim": self.dim,
            "dtype": self.dtype,
            "rows_per_shard": self.rows_per_shard,
            "origin": dict(self.origin),
            "about": dict(self.about),
            "shards": [{"file": shard_name(at), **asdict(shard)} for at, shard in enumerate(self.shards)],
        }
        return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the manifest of a folder strictly.

        Args:
            folder: The folder.

        Returns:
            The manifest.

        Raises:
            CheckpointError: If it is not there, of another format or version, or contradicts itself.
        """
        path = folder / MANIFEST
        if not path.is_file():
            raise CheckpointError(
                f"{folder}: no store of embeddings: there is no {MANIFEST}", accepted="a folder that encode_to wrote"
            )
        reader = ConfigReader.of_file(path)
        reader.text("format", choices=[FORMAT])
        version = reader.integer("version", low=1)
        if version != VERSION:
            raise CheckpointError(
                f"{path}: version {version} of the format", accepted=f"version {VERSION}", fix="upgrade likewise"
            )
        manifest = cls(
            dtype=reader.text("dtype", choices=DTYPES),
            dim=reader.integer("dim"),
            rows_per_shard=reader.integer("rows_per_shard", low=1),
            shards=_shards(reader),
            complete=reader.boolean("complete"),
            origin=reader.object("origin").data,
            about={key: str(value) for key, value in reader.object("about").data.items()},
        )
        manifest._check(reader)
        return manifest

    def _check(self, reader: ConfigReader) -> None:
        for at, shard in enumerate(self.shards):
            if shard.rows > self.rows_per_shard or (shard.rows < self.rows_per_shard and at < len(self.shards) - 1):
                raise CheckpointError(
                    f"{reader.where}: {shard_name(at)} has {shard.rows:,} rows",
                    accepted=f"{self.rows_per_shard:,} in every shard but the last, which may have fewer",
                )
        if reader.integer("rows", high=_LARGEST) != self.rows:
            raise reader.fail("rows", reader.data["rows"], f"the sum of all shards, {self.rows:,}")
        if self.shards and not self.dim:
            raise reader.fail("dim", self.dim, "at least 1")


def shard_name(number: int) -> str:
    """Name of a shard's file.

    Args:
        number: The shard, from 0.

    Returns:
        The name.

    Example:
        >>> shard_name(3)
        'shard-00003.npy'
    """
    return f"shard-{number:05d}.npy"


def _shards(reader: ConfigReader) -> tuple[Shard, ...]:
    listed = reader.data.get("shards")
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise reader.fail("shards", listed, "a list of objects")
    return tuple(_shard(ConfigReader(entry, reader.where), at) for at, entry in enumerate(listed))


def _shard(entry: ConfigReader, number: int) -> Shard:
    entry.text("file", choices=[shard_name(number)])
    sha256, source = entry.text("sha256"), entry.text("source", default="")
    if not _HEX.fullmatch(sha256):
        raise entry.fail("sha256", sha256, "hexadecimal digits")
    return Shard(entry.integer("rows", low=1), entry.integer("bytes", low=1, high=_LARGEST), sha256, source)
