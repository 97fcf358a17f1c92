"""Names of activations in transformers configurations to ours."""

from __future__ import annotations

from likewise.hub.config_reader import ConfigReader

_NAMES = {
    "gelu": "gelu",
    "gelu_new": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "relu": "relu",
    "silu": "silu",
    "swish": "silu",
    "swiglu": "silu",
}


def read_activation(config: ConfigReader, key: str, *, default: str) -> str:
    """Read an activation.

    Args:
        config: The transformers configuration.
        key: The key that names it.
        default: Stands for a missing key.

    Returns:
        "gelu", "gelu_tanh", "relu" or "silu".
    """
    return _NAMES[config.text(key, choices=list(_NAMES), default=default)]
