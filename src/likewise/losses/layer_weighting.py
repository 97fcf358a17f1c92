"""How much the loss on an earlier layer counts, by the layer's number. Knows numbers only."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType


def _uniform(layer: int) -> float:
    del layer
    return 1.0


def _log(layer: int) -> float:
    return 1.0 / (1.0 + math.log(1 + layer))


def _linear(layer: int) -> float:
    return 1.0 / (1 + layer)


LAYER_WEIGHTINGS: Mapping[str, Callable[[int], float]] = MappingProxyType(
    {"uniform": _uniform, "log": _log, "linear": _linear}
)


def layer_weight(weighting: str | Callable[[int], float], layer: int) -> float:
    """How much a layer counts.

    Args:
        weighting: A name of `LAYER_WEIGHTINGS`, or a function of the layer's number.
        layer: The layer's number; 0 is the embedding layer.

    Returns:
        The weight.

    Example:
        >>> layer_weight("linear", 3)
        0.25
    """
    return float(LAYER_WEIGHTINGS[weighting](layer) if isinstance(weighting, str) else weighting(layer))
