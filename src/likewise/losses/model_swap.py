"""Give a loss, and all losses inside it, another model: the same one wrapped for several devices, or a new one.

Knows modules and the protocol of a model; knows no loss class and no trainer.
"""

from __future__ import annotations

import copy
from typing import TypeVar

from torch import nn

from likewise.losses.embedding import EmbedsColumns, unwrapped

LossModule = TypeVar("LossModule", bound=nn.Module)


def with_model(loss: LossModule, model: nn.Module) -> LossModule:
    """Replace the model that a loss holds, in place.

    Replaced is what holds the model itself, under any name, and any model that is called `model`. A guide or another
    model of its own stays as it is, and no model is searched for losses.

    Args:
        loss: A loss, perhaps with losses inside.
        model: The model from now on, perhaps wrapped (DistributedDataParallel).

    Returns:
        The same loss.

    Example:
        >>> model = nn.Linear(2, 2)
        >>> loss = nn.Module()
        >>> loss.model = nn.DataParallel(model)
        >>> with_model(loss, model).model is model
        True
    """
    current = loss._modules.get("model")
    replaced = {id(unwrapped(model))} | ({id(unwrapped(current))} if current is not None else set())
    _swap(loss, model, replaced, set())
    return loss


def copy_with_model(loss: LossModule, model: nn.Module) -> LossModule:
    """Copy a loss with another model; parameters and everything else are shared with it, which stays as it is.

    Args:
        loss: A loss, perhaps with losses inside.
        model: What the copy calls instead of the model.

    Returns:
        The copy.

    Example:
        >>> loss = nn.Module()
        >>> loss.model = nn.Linear(2, 2)
        >>> copied = copy_with_model(loss, nn.Identity())
        >>> type(copied.model).__name__, type(loss.model).__name__
        ('Identity', 'Linear')
    """
    current = loss._modules.get("model")
    held = [] if current is None else [current]
    return _copied(loss, {id(unwrapped(each)) for each in held}, model)


def _swap(holder: nn.Module, model: nn.Module, replaced: set[int], seen: set[int]) -> None:
    if id(holder) in seen:
        return
    seen.add(id(holder))
    for name, child in holder._modules.items():
        if child is None:
            continue
        if _is_replaced(name, child, replaced):
            holder._modules[name] = model
        elif not isinstance(unwrapped(child), EmbedsColumns):
            _swap(child, model, replaced, seen)


def _copied(holder: LossModule, replaced: set[int], model: nn.Module) -> LossModule:
    twin = copy.copy(holder)
    twin._modules = dict(holder._modules)
    for name, child in holder._modules.items():
        if child is None:
            continue
        if _is_replaced(name, child, replaced):
            twin._modules[name] = model
        elif not isinstance(unwrapped(child), EmbedsColumns):
            twin._modules[name] = _copied(child, replaced, model)
    return twin


def _is_replaced(name: str, child: nn.Module, replaced: set[int]) -> bool:
    inner = unwrapped(child)
    return id(inner) in replaced or (name == "model" and isinstance(inner, EmbedsColumns))
