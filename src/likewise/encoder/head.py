"""A sequence classification head as data: which weights, which steps. No code of any architecture.

All heads of the architectures that run packed have one form: pool, drop, linear, activation, layer norm, drop, linear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A sequence classification head. Names are those of the whole model, the encoder's prefix included.

    Args:
        model_class: Name of the transformers class that has it.
        dense: First linear, D to D.
        out: Last linear, D to L labels.
        activation: "gelu", "gelu_tanh", "relu", "silu" or "tanh", between them.
        norm: Layer norm behind the activation, or None.
        pooling: "cls" takes the first token, "mean" the mean of all.
        biased_dense: Whether the first linear has a bias.
        biased_norm: Whether the layer norm has.
        epsilon: Of the layer norm.
        dropout_before: Probability in training, before the first linear.
        dropout: Probability in training, before the last.
    """

    model_class: str
    dense: str
    out: str
    activation: str
    norm: str | None = None
    pooling: Literal["cls", "mean"] = "cls"
    biased_dense: bool = True
    biased_norm: bool = True
    epsilon: float = 1e-12
    dropout_before: float = 0.0
    dropout: float = 0.0

    def names(self) -> set[str]:
        """Names of all its weights."""
        linears = {f"{self.dense}.weight", f"{self.out}.weight", f"{self.out}.bias"}
        linears |= {f"{self.dense}.bias"} if self.biased_dense else set()
        if self.norm is None:
            return linears
        return linears | {f"{self.norm}.weight"} | ({f"{self.norm}.bias"} if self.biased_norm else set())
