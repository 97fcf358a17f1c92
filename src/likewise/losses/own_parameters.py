"""What a loss learns besides its model (a classifier, a decoder, a projection), to be optimised and saved.

Knows modules; knows no loss class, optimizer or checkpoint folder.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from likewise.errors import CheckpointError


def own_parameters(loss: nn.Module, model: nn.Module) -> dict[str, nn.Parameter]:
    """The trainable parameters of a loss that are not the model's, each once.

    Args:
        loss: A loss; several in an `nn.ModuleDict` are looked at together.
        model: The model, perhaps wrapped.

    Returns:
        Name in the loss to parameter. Frozen ones (`requires_grad` False: a guide, a teacher) are left out.

    Example:
        >>> loss = nn.Module()
        >>> loss.model, loss.classifier = nn.Linear(2, 2), nn.Linear(2, 3)
        >>> list(own_parameters(loss, loss.model))
        ['classifier.weight', 'classifier.bias']
    """
    of_model = {id(parameter) for parameter in model.parameters()}
    return {
        name: parameter
        for name, parameter in loss.named_parameters()
        if id(parameter) not in of_model and parameter.requires_grad
    }


def own_state(loss: nn.Module, model: nn.Module) -> dict[str, Tensor]:
    """What a checkpoint must keep of a loss: `own_parameters`, and the buffers of modules with such parameters.

    Args:
        loss: A loss, or several in an `nn.ModuleDict`.
        model: The model, perhaps wrapped.

    Returns:
        Name in the loss to a tensor on the CPU that shares no memory with the loss. Empty for most losses.

    Example:
        >>> loss = nn.Module()
        >>> loss.model, loss.classifier = nn.Linear(2, 2), nn.Linear(2, 3)
        >>> own_state(loss, loss.model)["classifier.bias"].shape
        torch.Size([3])
    """
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in _own_tensors(loss, model).items()}


def load_own_state(loss: nn.Module, model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Put back what `own_state` returned.

    Args:
        loss: A loss that is built as the one that was saved.
        model: The model, perhaps wrapped.
        state: What was saved.

    Raises:
        CheckpointError: If names or shapes differ; then nothing is changed.

    Example:
        >>> loss = nn.Module()
        >>> loss.model, loss.classifier = nn.Linear(2, 2), nn.Linear(2, 3)
        >>> load_own_state(loss, loss.model, own_state(loss, loss.model))
    """
    tensors = _own_tensors(loss, model)
    differing = sorted(tensors.keys() ^ state.keys())
    if differing:
        where = "the checkpoint lacks it" if differing[0] in tensors else "the loss has none of that name"
        raise CheckpointError(
            f"state of the loss: {differing[0]}: {where}",
            accepted="the state of the same loss with the same arguments",
            fix="build the loss as in the run that is resumed",
        )
    for name, tensor in tensors.items():
        if tensor.shape != state[name].shape:
            raise CheckpointError(
                f"state of the loss: {name} has the shape {tuple(state[name].shape)}",
                accepted=f"{tuple(tensor.shape)}",
                fix="build the loss as in the run that is resumed",
            )
    with torch.no_grad():
        for name, tensor in tensors.items():
            tensor.copy_(state[name])


def _own_tensors(loss: nn.Module, model: nn.Module) -> dict[str, Tensor]:
    parameters = own_parameters(loss, model)
    tensors: dict[str, Tensor] = dict(parameters)
    learning = {id(parameter) for parameter in parameters.values()}
    of_model = {id(buffer) for buffer in model.buffers()}
    for path, module in loss.named_modules():
        if all(id(each) not in learning for each in module.parameters()):
            continue
        for key, buffer in module._buffers.items():
            if buffer is None or key in module._non_persistent_buffers_set or id(buffer) in of_model:
                continue
            tensors[f"{path}.{key}" if path else key] = buffer
    return tensors
