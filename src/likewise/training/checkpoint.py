"""A checkpoint: the whole model as a model folder, and what the losses have learnt. Knows folders, model and losses.

Optimizer, scheduler and random numbers beside it are written by transformers, `trainer_state.json` last of all: a
folder without it was killed while it was written, and is never resumed from.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from likewise.errors import CheckpointError
from likewise.losses.own_parameters import load_own_state, own_state
from likewise.sentence_transformer.model import SentenceTransformer

LOSS_FILE = "loss_state.safetensors"
STATE_FILE = "trainer_state.json"
_NAME = re.compile(r"checkpoint-(\d+)")
logger = logging.getLogger(__name__)


def last_complete(folder: str | Path) -> Path | None:
    """Find the newest checkpoint that was written to its end.

    Args:
        folder: The output folder of a run.

    Returns:
        The checkpoint's folder, None if there is none.

    Example:
        >>> last_complete("no such folder") is None
        True
    """
    root = Path(folder)
    numbered = [(int(match[1]), path) for path in root.glob("checkpoint-*") if (match := _NAME.fullmatch(path.name))]
    for _, path in sorted(numbered, reverse=True):
        if is_complete(path):
            return path
        logger.warning("%s was not written to its end and is passed over", path)
    return None


def is_complete(path: Path) -> bool:
    """Whether a checkpoint was written to its end."""
    try:
        return isinstance(json.loads((path / STATE_FILE).read_text(encoding="utf-8")), dict)
    except (OSError, ValueError):
        return False


def save_losses(path: Path, losses: Mapping[str, nn.Module], model: nn.Module) -> None:
    """Write what losses have learnt into a checkpoint; nothing for losses that learn nothing.

    Args:
        path: The checkpoint's folder.
        losses: Losses by name.
        model: The model that they train.
    """
    state = {
        f"{name}/{key}": value.contiguous()
        for name, loss in losses.items()
        for key, value in own_state(loss, model).items()
    }
    if state:
        save_file(state, path / LOSS_FILE)


def load_losses(path: Path, losses: Mapping[str, nn.Module], model: nn.Module) -> None:
    """Put back what losses had learnt.

    Args:
        path: The checkpoint's folder.
        losses: Losses by name, built as in the run that wrote it.
        model: The model that they train.

    Raises:
        CheckpointError: If the checkpoint holds another loss's state.
    """
    state = load_file(path / LOSS_FILE) if (path / LOSS_FILE).exists() else {}
    for name, loss in losses.items():
        own = {key.removeprefix(f"{name}/"): value for key, value in state.items() if key.startswith(f"{name}/")}
        load_own_state(loss, model, own)


def load_model(path: Path, model: SentenceTransformer) -> None:
    """Put the weights of a checkpoint into a model, in place: every module, adapters included.

    Args:
        path: The checkpoint's folder.
        model: The model.

    Raises:
        CheckpointError: If the checkpoint is of another model.
    """
    adapter = path / "adapter_model.safetensors"
    if adapter.exists():
        _load_adapter(adapter, model)
        return
    stored = SentenceTransformer(str(path), device="cpu", local_files_only=True).state_dict()
    target = model.state_dict()
    differing = sorted(stored.keys() ^ target.keys()) or sorted(k for k in target if stored[k].shape != target[k].shape)
    if differing:
        raise CheckpointError(
            f"{path}: {differing[0]!r} does not fit the model", accepted="a checkpoint of the model that is trained"
        )
    with torch.no_grad():
        for name, tensor in target.items():
            tensor.copy_(stored[name])


def _load_adapter(file: Path, model: SentenceTransformer) -> None:
    from likewise import _optional

    peft: Any = _optional.require("peft", extra="peft")
    state: dict[str, Tensor] = load_file(file)
    result = peft.set_peft_model_state_dict(model.transformers_model, state, adapter_name=model.active_adapter())
    if result is not None and result.unexpected_keys:
        raise CheckpointError(
            f"{file}: {result.unexpected_keys[0]!r} does not fit the adapter",
            accepted="a checkpoint of the same adapter",
        )
