"""Checks of the arguments of `CrossEncoder` and its methods, and their several spellings. Knows no model."""

from __future__ import annotations

from typing import Any

from torch import nn

from likewise.cross_encoder.pipeline import Activation
from likewise.errors import ConfigError, InputError, InputTypeError


def checked_activation(value: Any) -> Activation:
    """Check an activation that a caller gives.

    Args:
        value: An `nn.Module` or another function of a tensor.

    Returns:
        The same.

    Raises:
        InputTypeError: If it cannot be called, or is a class instead of an object.
    """
    if not callable(value) or isinstance(value, type):
        raise InputTypeError(
            f"activation_fn={value!r}",
            accepted="a function of a tensor, such as an nn.Module object",
            fix="activation_fn=torch.nn.Sigmoid()",
        )
    activation: Activation = value
    return activation


def same_meaning(**given: Any) -> Any:
    """Accept several spellings of one argument.

    Args:
        **given: Each spelling and what was given for it, None if nothing.

    Returns:
        What was given, or None.

    Raises:
        InputError: If two are given.

    Example:
        >>> same_meaning(cache_folder=None, cache_dir="here")
        'here'
    """
    present = {name: value for name, value in given.items() if value is not None}
    if len(present) > 1:
        raise InputError(f"both {' and '.join(present)} were given", accepted="one of them: they mean the same")
    return next(iter(present.values()), None)


def check_place(device: Any, backend: str) -> None:
    """Check where and by what a model shall run.

    Args:
        device: Name of the device; version 4 has the activation in its place.
        backend: What runs the model.

    Raises:
        InputTypeError: If the device is a function.
        ConfigError: If the backend is not "torch".
    """
    if backend != "torch":
        raise ConfigError(f"backend={backend!r} is not part of this version", accepted="'torch'")
    if isinstance(device, nn.Module) or (callable(device) and not isinstance(device, str)):
        raise InputTypeError(
            f"device={device!r}", accepted="the name of a device", fix="CrossEncoder(name, activation_fn=...)"
        )


def checked_labels(labels: Any) -> int | None:
    """Check how many scores are asked for.

    Args:
        labels: The number, or None.

    Returns:
        The same.

    Raises:
        InputTypeError: If it is no integer.
        InputError: If it is less than 1.
    """
    if labels is None:
        return None
    if isinstance(labels, bool) or not isinstance(labels, int):
        raise InputTypeError(f"num_labels={labels!r}", accepted="an integer of at least 1, or None")
    if labels < 1:
        raise InputError(f"num_labels={labels}", accepted="an integer of at least 1, or None")
    return labels
