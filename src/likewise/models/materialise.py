"""Makes the ordinary transformers model of a `DirectBody`, around the same parameters. Reads no file.

transformers builds the model from weights that take no memory (one zero, seen at every place); then the parameters that
are there already are put in their places.
"""

from __future__ import annotations

import inspect
import threading
from typing import Any

import torch
from torch import nn

from likewise.models.direct_body import DirectBody, DirectNode
from likewise.models.direct_classifier import DirectClassifier
from likewise.models.direct_masked_lm import DirectMaskedLM
from likewise.models.direct_model import DirectModel
from likewise.models.direct_saving import stored_name
from likewise.models.quiet_transformers import quiet_transformers, translated_errors
from likewise.models.transformer_config import build_config

# Two threads that ask at the same time must get the same model.
MATERIALISING = threading.RLock()
_PLAIN = (DirectBody, DirectClassifier, DirectMaskedLM, DirectNode, nn.Embedding, nn.Linear, nn.LayerNorm)
_HOOKS = (
    "_backward_hooks", "_backward_pre_hooks", "_forward_hooks", "_forward_hooks_always_called",
    "_forward_hooks_with_kwargs", "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs", "_load_state_dict_post_hooks",
    "_load_state_dict_pre_hooks", "_state_dict_hooks", "_state_dict_pre_hooks",
)  # fmt: skip


def materialise(body: DirectModel) -> Any:
    """Build the transformers model.

    Args:
        body: The encoder, with or without a head; afterwards both hold the same `Parameter` objects.

    Returns:
        The model, in the same mode, on the same device; hooks and exchanged modules of the tree are in it too.

    Raises:
        CheckpointError: If transformers refuses the configuration.
    """
    # Asked for while embeddings are computed, the model must be fit for training all the same.
    with torch.inference_mode(False):
        return _build(body)


def _build(body: DirectModel) -> Any:
    import transformers

    body.own_memory()
    said = body.config
    model_class = getattr(transformers, body.architecture)
    config = build_config(said.data, {}, said.where)
    first = next(body.parameters())
    options: dict[str, Any] = {"dtype": first.dtype}
    if "add_pooling_layer" in inspect.signature(model_class.__init__).parameters:
        options["add_pooling_layer"] = isinstance(body, DirectBody) and body.has_pooler
    with quiet_transformers(), translated_errors(said.where, "the model"):
        zero = torch.zeros(1, dtype=first.dtype, device="cpu")
        hollow = {name: zero.expand(shape) for name, shape in _stored_shapes(body).items()}
        model = model_class.from_pretrained(None, config=config, state_dict=hollow, **options)
    _move_buffers(model, first.device)
    _adopt(model, body)
    model.config._name_or_path = model.name_or_path = body.name_or_path
    return model


def _stored_shapes(body: DirectModel) -> dict[str, tuple[int, ...]]:
    """Shapes as a file has them: transformers saves under the names that it has loaded."""
    shapes: dict[str, tuple[int, ...]] = {}
    for name, shape in _own_shapes(body).items():
        stored, _ = stored_name(body, name)
        rows = shapes[stored][0] if stored in shapes else 0
        shapes[stored] = (rows + shape[0], *shape[1:])
    return shapes


def _own_shapes(body: DirectModel) -> dict[str, tuple[int, ...]]:
    if isinstance(body, DirectMaskedLM):
        return body.shapes
    return {name: shape for part in body.parts for name, shape in part.tensors().items()}


def _move_buffers(model: nn.Module, device: torch.device) -> None:
    for module in model.modules():
        for name, buffer in module._buffers.items():
            if buffer is not None:
                module._buffers[name] = buffer.to(device)


def _adopt(model: nn.Module, body: nn.Module) -> None:
    """Put the parameters of the tree into the model, and whatever else was done to the tree."""
    modes = {name: module.training for name, module in body.named_modules()}
    model.train(body.training)
    for name, module in list(body.named_modules()):
        twin = model.get_submodule(name)
        if not _is_as_made(module, twin):
            parent, _, leaf = name.rpartition(".")
            model.get_submodule(parent).add_module(leaf, module)
            continue
        for key, parameter in module._parameters.items():
            twin._parameters[key] = parameter
        twin.training = modes[name]
        if "forward" in vars(module):
            twin.forward = vars(module)["forward"]
        for hooks in _HOOKS:
            if vars(module).get(hooks):
                setattr(twin, hooks, vars(module)[hooks])


def _is_as_made(module: nn.Module, twin: nn.Module) -> bool:
    shapes = [
        {name: tuple(tensor.shape) for name, tensor in each._parameters.items() if tensor is not None}
        for each in (module, twin)
    ]
    return type(module) in _PLAIN and shapes[0] == shapes[1]
