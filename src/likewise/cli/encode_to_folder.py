"""`likewise encode --out`: texts to a folder of embeddings, resumed after a kill. Knows steps and words, no format."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from likewise.cli.console import Console
from likewise.cli.model_access import Loader, model_options
from likewise.cli.precision import CALIBRATED
from likewise.cli.progress import Progress
from likewise.errors import InputError, OutputError
from likewise.texts.reading import TextInput
from likewise.texts.tables import Record

if TYPE_CHECKING:
    from likewise.embedding_store import EmbeddingStore  # parsing and --help do without numpy


class _StoringModel(Protocol):
    def encode_to(self, path: Path, source: Iterable[str], **kwargs: Any) -> EmbeddingStore:
        """Embed texts to a folder."""


def check_folder(args: argparse.Namespace) -> None:
    """Refuse what cannot work before anything is read or loaded.

    Args:
        args: Parsed arguments.

    Raises:
        InputError: If there is a store while `--resume` is not given, or an option does not go with a folder.
        OutputError: If there is a file of that name.
    """
    folder = Path(args.out)
    if args.text:
        raise InputError(f"--text with --out {args.out}: the folder holds numbers only", fix="-o embeddings.parquet")
    if args.precision in CALIBRATED:
        raise InputError(
            f"--precision {args.precision} with --out: its buckets are placed by the range of all embeddings",
            accepted="float32, binary or ubinary",
            fix="-o embeddings.npy",
        )
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file", accepted="a folder, or a path where there is nothing")
    if not args.resume and _rows(folder) is not None:
        raise InputError(
            f"{folder} holds {_rows(folder):,} embeddings",
            accepted="a new folder, or --resume to go on with these",
            fix="add --resume, or name another --out DIR",
        )


def encode_to_folder(
    args: argparse.Namespace,
    console: Console,
    loader: Loader,
    source: TextInput,
    records: Iterable[Record],
    options: Mapping[str, Any],
) -> None:
    """Embed texts to a folder, and report.

    Args:
        args: Parsed arguments.
        console: Where notes go.
        loader: What loads the model.
        source: Where the texts are from, for the share that is done.
        records: All texts.
        options: Keyword arguments of `encode_to`.

    Raises:
        InputError: If a text cannot be used, or the folder comes from another model, other settings or other texts.
        CheckpointError: If a file of the folder is missing or cut short.
        OutputError: If the folder cannot be written.
    """
    folder = Path(args.out)
    before = _rows(folder) or 0
    devices = (args.device or "").split(",")
    model = cast("_StoringModel", loader(replace(model_options(args), device=devices[0] or None)))
    progress = Progress(console)
    store = model.encode_to(
        folder,
        _texts(records, source, progress),
        **options,
        precision=args.precision,
        rows_per_shard=args.rows_per_shard,
        resume=args.resume,
        device=devices if len(devices) > 1 else None,
        show_progress_bar=False,
    )
    progress.close()
    _report(args, console, store, before, progress.seconds)


def _texts(records: Iterable[Record], source: TextInput, progress: Progress) -> Iterator[str]:
    for record in records:
        yield record.text
        progress.advance(1, source.fraction)


def _rows(folder: Path) -> int | None:
    """Rows of the store that is there, None if there is none."""
    if not folder.is_dir() or not any(folder.glob("manifest.json")):
        return None
    from likewise.embedding_store import EmbeddingStore

    return len(EmbeddingStore(folder, partial=True))


def _report(args: argparse.Namespace, console: Console, store: EmbeddingStore, before: int, seconds: float) -> None:
    rate = (len(store) - before) / max(seconds, 1e-9)
    shards = len(store.shards)
    if console.json:
        console.record(
            {
                "output": args.out,
                "texts": len(store),
                "resumed_after": before,
                "dimension": store.dim,
                "precision": args.precision,
                "shards": shards,
                "seconds": round(seconds, 3),
                "texts_per_second": round(rate, 1),
            }
        )
        return
    there = f" ({before:,} were there)" if before else ""
    files = f"{shards:,} shard" + ("s" if shards != 1 else "")
    numbers = f"{len(store):,} texts{there}, {store.dim} {args.precision} numbers each, {files}"
    console.note(f"{numbers}, in {seconds:.1f} s ({rate:,.0f} texts/s) -> {args.out}")
