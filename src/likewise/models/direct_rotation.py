"""What transformers adds to a configuration of a rotary architecture that its file leaves out. Plain data.

Files of version 4 of transformers say the bases of rotations in keys of their own, and the kinds of blocks by a period.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Complete = Callable[[Mapping[str, Any]], Mapping[str, Any]]

_FULL, _LOCAL = "full_attention", "sliding_attention"
_GLOBAL_BASE, _LOCAL_BASE, _PERIOD = 160000.0, 10000.0, 3


def complete_nomic_bert(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Complete a configuration of NomicBERT.

    Args:
        data: What the file says.

    Returns:
        The same, with `rope_parameters`.
    """
    return _with_rotation(data, 1000.0)


def complete_gte(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Complete a configuration of GTE.

    Args:
        data: What the file says.

    Returns:
        The same, with `rope_parameters`.
    """
    return _with_rotation(data, 160000.0)


def complete_modernbert(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Complete a configuration of ModernBERT.

    Args:
        data: What the file says.

    Returns:
        The same, with `layer_types` and `rope_parameters`.

    Example:
        >>> complete_modernbert({"num_hidden_layers": 2, "local_rope_theta": 500.0})["layer_types"]
        ['full_attention', 'sliding_attention']
    """
    layers, period = data.get("num_hidden_layers"), data.get("global_attn_every_n_layers", _PERIOD)
    kinds = data.get("layer_types")
    if kinds is None and type(layers) is int and type(period) is int and period > 0:
        kinds = [_LOCAL if at % period else _FULL for at in range(layers)]
    said = data.get("rope_parameters") or {}
    rotations = {
        _LOCAL: {"rope_type": "default", "rope_theta": data.get("local_rope_theta", _LOCAL_BASE)},
        _FULL: {"rope_type": "default", "rope_theta": data.get("global_rope_theta", _GLOBAL_BASE)},
    }
    return {**data, "layer_types": kinds, "rope_parameters": {**rotations, **said} if type(said) is dict else said}


def _with_rotation(data: Mapping[str, Any], base: float) -> Mapping[str, Any]:
    # Other rotations are left to transformers: without `rope_parameters`, the configuration is not understood.
    if any(data.get(key) is not None for key in ("rope_parameters", "rope_scaling", "partial_rotary_factor")):
        return data
    return {**data, "rope_parameters": {"rope_type": "default", "rope_theta": data.get("rope_theta", base)}}
