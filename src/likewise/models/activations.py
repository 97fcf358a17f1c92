"""Activation modules by the dotted path that a settings file holds, and back.

A path selects from a table; only with `trust_remote_code` is anything imported by it.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable

from torch import nn

from likewise.errors import CheckpointError, UntrustedCodeError

logger = logging.getLogger(__name__)

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    **{
        name: getattr(nn, name)
        for name in (
            "CELU",
            "ELU",
            "GELU",
            "Hardshrink",
            "Hardsigmoid",
            "Hardswish",
            "Hardtanh",
            "Identity",
            "LeakyReLU",
            "LogSigmoid",
            "Mish",
            "PReLU",
            "ReLU",
            "ReLU6",
            "SELU",
            "SiLU",
            "Sigmoid",
            "Softplus",
            "Softshrink",
            "Softsign",
            "Tanh",
            "Tanhshrink",
        )
    },
    "LogSoftmax": lambda: nn.LogSoftmax(dim=-1),
    "Softmax": lambda: nn.Softmax(dim=-1),
}
"""The activations of torch.nn that need no argument (the two softmax ones run over the last dimension)."""
_PREFIXES = ("torch.nn.modules.activation.", "torch.nn.modules.linear.", "torch.nn.")


def activation_of(path: str, *, trust_remote_code: bool = False, where: str = "") -> nn.Module:
    """Build the activation that a dotted path names.

    Args:
        path: Such as "torch.nn.modules.activation.Tanh", "torch.nn.Tanh" or "torch.nn.modules.linear.Identity".
        trust_remote_code: Whether a path outside the table may be imported; the caller's decision, never a file's.
        where: File and key, for the message.

    Returns:
        A new module.

    Raises:
        UntrustedCodeError: If the path is not in the table and code is not trusted.
        CheckpointError: If trusted code cannot be imported, or is no `nn.Module` class that needs no argument.

    Example:
        >>> activation_of("torch.nn.modules.activation.Tanh")
        Tanh()
    """
    prefix = next((prefix for prefix in _PREFIXES if path.startswith(prefix)), None)
    build = ACTIVATIONS.get(path.removeprefix(prefix)) if prefix else None
    if build is not None:
        return build()
    place = f"{where}: " if where else ""
    if not trust_remote_code:
        raise UntrustedCodeError(
            f"{place}the activation {path!r} is not one of torch.nn's",
            accepted=f"'torch.nn.' followed by one of {', '.join(sorted(ACTIVATIONS))}",
            fix="if you trust the author of the model, pass trust_remote_code=True",
        )
    return _imported(path, place)


def activation_path(activation: nn.Module) -> str:
    """The dotted path to save for an activation; settings that it cannot hold are named in the log.

    Args:
        activation: The module.

    Returns:
        Such as "torch.nn.modules.activation.Tanh".

    Example:
        >>> activation_path(nn.Tanh())
        'torch.nn.modules.activation.Tanh'
    """
    kind = type(activation)
    path = f"{kind.__module__}.{kind.__qualname__}"
    build = ACTIVATIONS.get(kind.__qualname__) if path.startswith("torch.nn.modules.") else None
    if build is None:
        logger.warning("the activation %s can be loaded again with trust_remote_code=True only", path)
    elif not isinstance(activation, nn.PReLU) and repr(build()) != repr(activation):
        logger.warning("the activation %r is saved as %s, without its arguments", activation, path)
    return path


def _imported(path: str, place: str) -> nn.Module:
    module_name, _, name = path.rpartition(".")
    try:
        kind = getattr(importlib.import_module(module_name), name)
        activation = kind() if isinstance(kind, type) and issubclass(kind, nn.Module) else None
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise CheckpointError(f"{place}the activation {path!r} cannot be built: {error}") from error
    if activation is None:
        raise CheckpointError(f"{place}{path!r} is no nn.Module class", accepted="the dotted path of an nn.Module")
    return activation
