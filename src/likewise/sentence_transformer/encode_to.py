"""`model.encode_to`: from documented arguments to a store on disk. Knows what the rows depend on, not how they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Sized
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from likewise._version import __version__
from likewise.embedding_store import EmbeddingStore, StoreWriter
from likewise.encoding.options import EncodeOptions
from likewise.encoding.pool import WorkerPool
from likewise.encoding.progress import progress
from likewise.encoding.source import Source
from likewise.encoding.to_store import STORED_AS, encode_to_store
from likewise.errors import InputError
from likewise.sentence_transformer.fingerprint import fingerprint
from likewise.sentence_transformer.pipeline import ModelPipeline
from likewise.sentence_transformer.prompts import DOCUMENT_NAMES, QUERY_NAMES, choose_prompt, prompt_name_for_task
from likewise.sentence_transformer.truncation import check_truncate_dim
from likewise.texts import read_texts

if TYPE_CHECKING:
    from likewise.sentence_transformer.model import SentenceTransformer

_NAMES_FOR_TASK = {"query": QUERY_NAMES, "document": DOCUMENT_NAMES}


def encode_to_folder(
    model: SentenceTransformer,
    path: str | Path,
    source: Iterable[Any] | PathLike[str],
    *,
    prompt_name: str | None = None,
    prompt: str | None = None,
    task: str | None = None,
    batch_size: int | None = None,
    show_progress_bar: bool | None = None,
    precision: str = "float32",
    normalize_embeddings: bool = False,
    truncate_dim: int | None = None,
    truncation: str = "warn",
    device: str | torch.device | Sequence[str | torch.device] | None = None,
    pool: WorkerPool | None = None,
    rows_per_shard: int | None = None,
    resume: bool = True,
    **kwargs: Any,
) -> EmbeddingStore:
    """Compute embeddings of any number of texts, and write them to a folder; neither need fit into memory.

    The folder gets .npy files of `rows_per_shard` rows each and a manifest. A file is there whole or not at all, so
    that after a kill or an error the same call goes on where it was: it reads the source from its start, sees that the
    texts are those of before, and computes the rest. The result has the same bytes as if nothing had happened, on any
    number of devices of one kind. (Another `batch_size`, device or number of threads may change the last digits.)

    Args:
        model: The model.
        path: The folder; it, and folders above it, need not exist.
        source: Texts (or pairs of texts, or dictionaries of texts), read once and in order; or the `pathlib.Path` of a
            file with texts, see `likewise.texts.read_texts`, which also reads other columns than "text".
        prompt_name: Name of the prompt put before each text.
        prompt: Text of the prompt; wins over its name.
        task: "query" or "document" embeds as `encode_query` and `encode_document` do; or the name of a route.
        batch_size: Most rows of a batch; None fills batches to a budget of tokens.
        show_progress_bar: Whether to show progress; None follows the logger (shown at INFO and DEBUG).
        precision: "float32", "float16", "binary" or "ubinary". (int8 needs the range of all embeddings: see
            `quantize_embeddings`.)
        normalize_embeddings: Whether rows are scaled to length 1.
        truncate_dim: Width to which embeddings are cut; None takes the model's.
        truncation: What to do about texts longer than `max_seq_length`: "warn", "error" or "ignore".
        device: Moves the model there first; a list runs one worker process on each.
        pool: Worker processes from `start_multi_process_pool`; None works in this process.
        rows_per_shard: Rows of a file, which are held in memory; None takes those of the store that is there, else
            32,768. What a kill costs is at most the work on as many.
        resume: Whether to go on with a store that is there; False refuses it. Nothing is ever overwritten.
        **kwargs: Keyword arguments for the model's modules.

    Returns:
        The store, complete.

    Raises:
        InputError: If an input or an argument cannot be used, an embedding holds NaN or infinity, or the store that is
            there comes from another model, other settings or other texts. The rows before are kept.
        CheckpointError: If a file of the store is missing or cut short.
        OutputError: If the folder cannot be written, holds something else, or another process writes to it.

    Example:
        >>> import tempfile
        >>> from likewise import SentenceTransformer
        >>> model = SentenceTransformer("likewise-mini")
        >>> folder = Path(tempfile.mkdtemp()) / "embeddings"
        >>> store = model.encode_to(folder, (f"text {number}" for number in range(1000)))
        >>> store.shape
        (1000, 168)
        >>> for start, tile in store.tiles(400):
        ...     print(start, len(tile))
        0 400
        400 400
        800 200
    """
    if precision not in STORED_AS:
        calibrated = precision in ("int8", "uint8")
        raise InputError(
            f"precision={precision!r}" + (", which is calibrated on all embeddings," if calibrated else ""),
            accepted=f"one of {list(STORED_AS)}",
            fix="precision='float32', and then quantize_embeddings(tile, ranges=...)" if calibrated else "",
        )
    model.check_forward_kwargs(kwargs)
    options = EncodeOptions(
        normalize=normalize_embeddings,
        batch_size=batch_size,
        truncate_dim=check_truncate_dim(truncate_dim) or model.truncate_dim,
        truncation=truncation,
        task=task,
        prompt=_prompt(model, prompt, prompt_name, task),
        forward_kwargs=kwargs,
    )
    pipeline = ModelPipeline(model)
    texts = Source(read_texts(source) if isinstance(source, PathLike) else source, pipeline.accepts)
    with ExitStack() as stack:
        workers = _workers(pipeline, device, pool, stack)
        if workers is None:
            if isinstance(device, str | torch.device | int):
                model.to(device)
            model.eval()
        writer = stack.enter_context(
            StoreWriter.open(
                path,
                dtype=STORED_AS[precision],
                rows_per_shard=rows_per_shard,
                origin=_origin(model, options, precision),
                about={"likewise": __version__, "base_model": model.model_card_data.base_model or ""},
                resume=resume,
            )
        )
        total = len(source) if isinstance(source, Sized) else None
        advance = stack.enter_context(progress(total, show_progress_bar))
        encode_to_store(pipeline, texts, writer, options, precision=precision, pool=workers, advance=advance)
    return EmbeddingStore(path)


def _workers(
    pipeline: ModelPipeline, device: Any, pool: WorkerPool | None, stack: ExitStack
) -> Callable[[], WorkerPool] | None:
    """What gives the worker processes when they are needed, None if this process is to do the work."""
    if pool is not None:
        return lambda: pool
    if not isinstance(device, list | tuple):
        return None
    return lambda: stack.enter_context(WorkerPool.start(pipeline, device))


def _prompt(model: SentenceTransformer, prompt: str | None, prompt_name: str | None, task: str | None) -> str:
    if prompt is None and prompt_name is None and task in _NAMES_FOR_TASK:
        prompt_name = prompt_name_for_task(model.prompts, _NAMES_FOR_TASK[task])
    return choose_prompt(model.prompts, prompt=prompt, prompt_name=prompt_name, default_name=model.default_prompt_name)


def _origin(model: SentenceTransformer, options: EncodeOptions, precision: str) -> dict[str, Any]:
    """What the rows depend on, as JSON values."""
    return {
        "fingerprint": fingerprint(model),
        "prompt": options.prompt,
        "task": options.task,
        "normalize_embeddings": options.normalize,
        "truncate_dim": options.truncate_dim,
        "precision": precision,
        **({"kwargs": repr(sorted(options.forward_kwargs.items()))} if options.forward_kwargs else {}),
    }
