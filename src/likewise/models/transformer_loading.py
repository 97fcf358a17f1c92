"""Builds the transformers model of a folder, its weights checked before memory is taken. Knows no tokenizer."""

from __future__ import annotations

import inspect
import logging
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from likewise.errors import CheckpointError, MissingWeightsError
from likewise.hub.folder import ModelFolder
from likewise.hub.weights import find_weights, load_tensors, read_header
from likewise.models.quiet_transformers import quiet_transformers, translated_errors

logger = logging.getLogger(__name__)

# Of encoder-decoder models only the encoder is read.
_ENCODERS = {
    "t5": "T5EncoderModel",
    "mt5": "MT5EncoderModel",
    "umt5": "UMT5EncoderModel",
    "longt5": "LongT5EncoderModel",
}
_OPTIONAL_WEIGHTS = ("pooler",)
IsOptional = Callable[[str], bool]
# Options of the hub and of trust: they have done their work before the model class is called.
USED_OPTIONS = frozenset(
    {
        "cache_dir", "code_revision", "force_download", "local_files_only", "proxies", "revision", "subfolder", "token",
        "trust_remote_code", "use_auth_token", "use_safetensors", "weights_only",
    }
)  # fmt: skip


def load_model(folder: ModelFolder, config: Any, options: Mapping[str, Any], *, trust_remote_code: bool) -> Any:
    """Build the transformers model of a folder, with its weights.

    Args:
        folder: The folder with the weights.
        config: Its transformers configuration.
        options: Keyword arguments for `from_pretrained`.
        trust_remote_code: Whether code named by the folder may run.

    Returns:
        The model, in evaluation mode.

    Raises:
        MissingWeightsError: If the folder has no weights, or lacks some that the configuration asks for.
        CheckpointError: If the weights are damaged, of another shape, or hold NaN or infinity.
    """
    passed = {name: value for name, value in options.items() if name not in USED_OPTIONS}
    if trust_remote_code and getattr(config, "auto_map", None):
        from transformers import AutoModel

        return load_remote_code(folder, config, passed, AutoModel)
    model_class = model_class_of(config, folder.path)
    return load_checked(folder, model_class, config, passed)


def load_checked(folder: ModelFolder, model_class: Any, config: Any, options: Mapping[str, Any]) -> Any:
    """Build a model of a given transformers class, with its weights; see `load_model`.

    Args:
        folder: The folder with the weights.
        model_class: The transformers class.
        config: Its configuration.
        options: Keyword arguments for `from_pretrained`.

    Returns:
        The model, in evaluation mode.
    """
    model, _ = load_reported(folder, model_class, config, options, _is_pooler)
    return model


def load_reported(
    folder: ModelFolder, model_class: Any, config: Any, options: Mapping[str, Any], may_lack: IsOptional
) -> tuple[Any, list[str]]:
    """Build a model of a given transformers class, with its weights, of which some may be missing; see `load_model`.

    Args:
        folder: The folder with the weights.
        model_class: The transformers class.
        config: Its configuration.
        options: Keyword arguments for `from_pretrained`; with `ignore_mismatched_sizes`, weights that may be missing
            are left out where they have another shape.
        may_lack: Whether a weight, by the model's name of it, may be missing.

    Returns:
        The model, in evaluation mode, and the names of those that are missing; their values are random.
    """
    files = find_weights(folder)
    if not files:
        raise _no_weights(folder)
    tensors: dict[str, Tensor] = {}
    if all(file.suffix == ".safetensors" for file in files):
        shapes = {name: tuple(shape) for file in files for name, (_, shape) in read_header(file).items()}
    else:
        for file in files:
            tensors.update(load_tensors(file))
        shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    passed = dict(options)
    if "add_pooling_layer" in inspect.signature(model_class.__init__).parameters:
        passed.setdefault("add_pooling_layer", any("pooler." in name for name in shapes))
    pooling = {name: passed[name] for name in ("add_pooling_layer",) if name in passed}
    replaces = bool(passed.pop("ignore_mismatched_sizes", False))
    misfits = _check_shapes(model_class, config, pooling, shapes, folder.path, may_lack, replaces=replaces)
    for file in files if not tensors else ():
        tensors.update(load_tensors(file))
    for name in misfits:
        del tensors[name]
    with quiet_transformers(), translated_errors(folder.path, "the model"):
        model, report = model_class.from_pretrained(
            None, config=config, state_dict=tensors, output_loading_info=True, **passed
        )
    missing = _check_report(report, files[0], may_lack)
    _check_finite(model, files[0])
    model.config._name_or_path = model.name_or_path = known_name(folder)
    return model, missing


def _is_pooler(name: str) -> bool:
    return name.startswith(_OPTIONAL_WEIGHTS)


def model_class_of(config: Any, where: Path) -> Any:
    """The transformers class that reads text with a configuration.

    Args:
        config: The transformers configuration.
        where: The folder, for messages.

    Returns:
        The class of the bare encoder.

    Raises:
        CheckpointError: If transformers has no model for it.
    """
    import transformers

    if config.model_type in _ENCODERS:
        return getattr(transformers, _ENCODERS[config.model_type])
    try:
        found = transformers.MODEL_MAPPING[type(config)]
    except KeyError as error:
        raise CheckpointError(
            f"{where / 'config.json'}: 'model_type' is {config.model_type!r}, of which transformers has no bare encoder"
        ) from error
    if not isinstance(found, tuple | list):
        return found
    names = getattr(config, "architectures", None) or ()
    return next((candidate for candidate in found if candidate.__name__ in names), found[0])


def load_remote_code(folder: ModelFolder, config: Any, options: Mapping[str, Any], auto_class: Any) -> Any:
    """Build a model whose code lies in its folder; the caller must have said that it may run.

    Args:
        folder: The folder.
        config: Its configuration.
        options: Keyword arguments for `from_pretrained`.
        auto_class: The class of transformers that finds the code, such as `AutoModel`.

    Returns:
        The model, in evaluation mode.
    """
    for file in find_weights(folder):
        if file.suffix == ".safetensors":
            read_header(file)
    with quiet_transformers(), translated_errors(folder.path, "the model"):
        model, report = auto_class.from_pretrained(
            str(folder.path),
            config=config,
            trust_remote_code=True,
            local_files_only=True,
            output_loading_info=True,
            **dict(options),
        )
    _check_report(report, folder.path, _is_pooler)
    return model


def _no_weights(folder: ModelFolder) -> MissingWeightsError:
    others = [name for name in ("tf_model.h5", "flax_model.msgpack", "rust_model.ot") if folder.find(name)]
    found = f" (it has {', '.join(others)}, which is not read)" if others else ""
    return MissingWeightsError(
        f"{folder.path}: no weights{found}",
        accepted="model.safetensors, model.safetensors.index.json with its shards, or pytorch_model.bin",
    )


def _check_shapes(
    model_class: Any,
    config: Any,
    options: Mapping[str, Any],
    shapes: Mapping[str, tuple[int, ...]],
    where: Path,
    may_lack: IsOptional,
    *,
    replaces: bool,
) -> list[str]:
    """Compare the shapes in the file with an empty model, so that a wrong configuration takes no memory.

    Gives the names in the file of what is to be left out.
    """
    with quiet_transformers(), translated_errors(where / "config.json", "the model"), torch.device("meta"):
        empty = model_class(config, **options)
        empty.tie_weights()
    expected = {name: tuple(tensor.shape) for name, tensor in empty.state_dict().items()}
    prefix = f"{model_class.base_model_prefix}."
    misfits = []
    for name, shape in shapes.items():
        own = _own_name(name, prefix, expected)
        if own is not None and expected[own] != shape:
            if replaces and may_lack(own):
                misfits.append(name)
                continue
            raise CheckpointError(
                f"{where}: the weight {name!r} has shape {shape}",
                accepted=f"{expected[own]}, as {where / 'config.json'} says",
            )
    needed = sum(tensor.numel() for name, tensor in empty.named_parameters() if not may_lack(name))
    held = sum(math.prod(shape) for shape in shapes.values())
    if needed > held:
        raise MissingWeightsError(
            f"{where}: the weights hold {held:,} numbers, the model of config.json has {needed:,}",
            accepted="weights for every layer that the configuration asks for",
        )
    return misfits


def _own_name(name: str, prefix: str, expected: Mapping[str, object]) -> str | None:
    """The name that the model itself gives to a weight of the file, where the file's differs in a known way."""
    modern = name.removesuffix(".gamma") + ".weight" if name.endswith(".gamma") else name
    modern = modern.removesuffix(".beta") + ".bias" if modern.endswith(".beta") else modern
    return next((own for own in (modern, modern.removeprefix(prefix), prefix + modern) if own in expected), None)


def known_name(folder: ModelFolder) -> str:
    """The hub name where the folder is a snapshot in the hub's cache (adapters store it), or else its path.

    Args:
        folder: The folder.

    Returns:
        The name.
    """
    repository = folder.root.parent.parent.name
    if folder.root.parent.name == "snapshots" and repository.startswith("models--"):
        return repository.removeprefix("models--").replace("--", "/")
    return str(folder.path)


def _check_report(report: Mapping[str, Any], where: Path, may_lack: IsOptional) -> list[str]:
    missing = sorted(name for name in report["missing_keys"] if not may_lack(name))
    if missing:
        raise MissingWeightsError(
            f"{where}: {len(missing)} weights are missing: {', '.join(missing[:4])}",
            accepted="a file with every weight that the configuration asks for",
        )
    tell_surplus(report["unexpected_keys"], where)
    return sorted(report["missing_keys"])


def tell_surplus(unused: Iterable[str], where: Path) -> None:
    """Name in the log the weights of a file that the encoder has no use for.

    Args:
        unused: Their names; stored positions, which old versions wrote, are not worth a word.
        where: The file.
    """
    surplus = sorted(name for name in unused if not name.endswith("position_ids"))
    if surplus:
        shown = ", ".join(surplus[:4]) + (", ..." if len(surplus) > 4 else "")
        logger.info("%s: %d weights are not used by the encoder: %s", where, len(surplus), shown)


def _check_finite(model: nn.Module, where: Path) -> None:
    for name, tensor in model.named_parameters():
        if not tensor.is_floating_point() or tensor.device.type == "meta":
            continue
        # The sum is quick and finite for almost every tensor; only where it is not are all numbers looked at.
        if not math.isfinite(float(tensor.detach().sum())) and not bool(torch.isfinite(tensor).all()):
            raise CheckpointError(f"{where}: the weight {name!r} holds NaN or infinity", accepted="finite weights")
