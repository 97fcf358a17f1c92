"""A checkpoint: the whole model as a model folder, and what the losses have learnt. Knows folders, model and losses.

Optimizer, scheduler and random numbers beside it are written by transformers, `trainer_state.json` last of all: a
folder without it was killed while it was written, and is never resumed from.
"""

from __future__ import annotations

import io
import json
import logging
import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from likewise.errors import CheckpointError
from likewise.hub.folder import ModelFolder
from likewise.losses.own_parameters import load_own_state, own_state
from likewise.models import foreign_module
from likewise.models.adapter_files import ADAPTER_WEIGHTS
from likewise.models.asym import Asym
from likewise.models.module import LoadContext, Module
from likewise.models.router import ASYM_FILE, CONFIG_FILE, Router
from likewise.sentence_transformer.saving import module_path
from likewise.sentence_transformer.stored_model import StoredModel

LOSS_FILE = "loss_state.safetensors"
STATE_FILE = "trainer_state.json"
ARGUMENTS_FILE = "training_args.bin"
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


def to_resume(given: str | bool, output_dir: str | Path) -> Path:
    """Find the checkpoint that a run is resumed from.

    Args:
        given: Its folder; True takes the newest of the output folder that was written to its end.
        output_dir: The output folder.

    Returns:
        The folder.

    Raises:
        CheckpointError: If there is none, or it was not written to its end.
    """
    found = last_complete(output_dir) if given is True else Path(str(given))
    if found is None:
        raise CheckpointError(
            f"no whole checkpoint in {output_dir}", accepted="a folder of an earlier run", fix="train()"
        )
    if not is_complete(found):
        raise CheckpointError(f"{found} is no checkpoint that was written to its end", fix="train(True)")
    return found


def save(path: Path, model: StoredModel, losses: Mapping[str, nn.Module], args: Any) -> None:
    """Write model, losses and training arguments.

    Args:
        path: The folder.
        model: The model.
        losses: Losses by name.
        args: The arguments; left out, with a warning, where a function in them cannot be written.
    """
    model.save(path)
    save_losses(path, losses, model)
    _save_arguments(path, args)


def _save_arguments(path: Path, args: Any) -> None:
    # A function made on the spot cannot be written, and is no reason to lose the checkpoint.
    written = io.BytesIO()
    try:
        torch.save(args, written)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        logger.warning("%s is not written: %s; move the function to a file", path / ARGUMENTS_FILE, error)
        return
    (path / ARGUMENTS_FILE).write_bytes(written.getvalue())


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


def load_model(path: Path, model: StoredModel) -> None:
    """Put the weights of a checkpoint into a model, in place: every module, adapters included.

    Args:
        path: The checkpoint's folder.
        model: The model.

    Raises:
        CheckpointError: If the checkpoint is of another model.
    """
    root = ModelFolder(path)
    for place, (_, module) in enumerate(model._chain()):
        if not module.state_dict():
            continue
        own = root.sub(module_path(place, module))
        adapter = own.find(ADAPTER_WEIGHTS)
        if adapter is not None:
            _load_adapter(adapter, model)
        else:
            _load_module(own, module)


def _load_module(folder: ModelFolder, module: nn.Module) -> None:
    """Read by the class of the module that is trained: the names in the folder need not be trusted."""
    if isinstance(module, Router | Asym):
        _load_routes(folder, module)
        return
    target, stored = module.state_dict(), _stored(module, folder).state_dict()
    differing = sorted(stored.keys() ^ target.keys())
    differing = differing or sorted(key for key in target if stored[key].shape != target[key].shape)
    if differing:
        raise _misfit(folder, differing[0])
    with torch.no_grad():
        for name, tensor in target.items():
            tensor.copy_(stored[name])


def _load_routes(folder: ModelFolder, router: Router | Asym) -> None:
    stored = folder.config(CONFIG_FILE, ASYM_FILE).object("structure")
    routes: dict[str, Any] = dict(router.sub_modules.items())
    differing = sorted(stored.data.keys() ^ routes.keys())
    if differing:
        raise _misfit(folder, differing[0])
    for route, chain in routes.items():
        ids, modules = stored.texts(route), [*chain]
        if len(ids) != len(modules):
            raise _misfit(folder, route)
        for name, module in zip(ids, modules, strict=True):
            if module.state_dict():
                _load_module(folder.sub(name), module)


def _misfit(folder: ModelFolder, name: str) -> CheckpointError:
    return CheckpointError(
        f"{folder.path}: {name!r} does not fit the model", accepted="a checkpoint of the model that is trained"
    )


def _stored(module: nn.Module, folder: ModelFolder) -> nn.Module:
    context = LoadContext(local_files_only=True)
    if isinstance(module, Module):
        return type(module).from_folder(folder, context)
    return foreign_module.load(type(module), folder, context)


def _load_adapter(file: Path, model: StoredModel) -> None:
    from likewise import _optional

    peft: Any = _optional.require("peft", extra="peft")
    state: dict[str, Tensor] = load_file(file)
    result = peft.set_peft_model_state_dict(model.transformers_model, state, adapter_name=model.active_adapter())
    if result is not None and result.unexpected_keys:
        raise CheckpointError(
            f"{file}: {result.unexpected_keys[0]!r} does not fit the adapter",
            accepted="a checkpoint of the same adapter",
        )
