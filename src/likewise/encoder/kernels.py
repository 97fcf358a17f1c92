"""A spec and its weights, made ready for one device, dtype and mode. Knows which tensor goes where, not what for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from torch import Tensor

from likewise.encoder.linear import Linear, LinearKind, Place, join
from likewise.encoder.spec import EncoderSpec, LayerNames

Lookup = Callable[[str], Tensor | None]
Read = Callable[[Sequence[Tensor]], Tensor]


@final
@dataclass(frozen=True, slots=True)
class Norm:
    """Weight and bias of a layer norm.

    Args:
        weight: [D].
        bias: [D], or None.
    """

    weight: Tensor
    bias: Tensor | None


@final
@dataclass(frozen=True, slots=True)
class LayerKernels:
    """One block, ready to run.

    Args:
        qkv: D to 3 D.
        out: D to D.
        norm_1: Layer norm of the attention, or None.
        up: D to F, or to 2 F where the block is gated.
        down: F to D.
        norm_2: Layer norm of the feed-forward part.
    """

    qkv: Linear
    out: Linear
    norm_1: Norm | None
    up: Linear
    down: Linear
    norm_2: Norm


def make_layers(spec: EncoderSpec, lookup: Lookup, kind: LinearKind, read: Read = join) -> list[LayerKernels]:
    """Prepare all blocks; blocks that share weights share kernels.

    Args:
        spec: The architecture.
        lookup: Name to weight, or None where there is none of that name.
        kind: The kind of linear kernels.
        read: Gives the joint numbers of weights to kernels that copy them.

    Returns:
        One entry per block.
    """
    made: dict[LayerNames, LayerKernels] = {}
    for names in spec.layers:
        if names not in made:
            made[names] = _make_layer(names, spec, lookup, kind, read if kind.copies else join)
    return [made[names] for names in spec.layers]


def _make_layer(names: LayerNames, spec: EncoderSpec, lookup: Lookup, kind: LinearKind, read: Read) -> LayerKernels:
    def linear(*parts: str, activation: str = "", feeds: str | None = None) -> Linear:
        weights = [required(lookup, f"{part}.weight") for part in parts]
        biases = [bias for bias in (lookup(f"{part}.bias") for part in parts) if bias is not None]
        return kind.make(Place(parts[0], activation, feeds), read(weights), join(biases) if biases else None)

    return LayerKernels(
        qkv=linear(*names.qkv),
        out=linear(names.out),
        norm_1=None if names.norm_1 is None else make_norm(names.norm_1, lookup),
        up=linear(*names.up) if spec.gated else linear(*names.up, activation=spec.activation, feeds=names.down),
        down=linear(names.down),
        norm_2=make_norm(names.norm_2, lookup),
    )


def make_norm(name: str, lookup: Lookup) -> Norm:
    """Take a layer norm's weights.

    Args:
        name: Its name.
        lookup: Name to weight.

    Returns:
        Its weights.
    """
    return Norm(required(lookup, f"{name}.weight"), lookup(f"{name}.bias"))


def required(lookup: Lookup, name: str) -> Tensor:
    """Take a weight that must be there.

    Args:
        lookup: Name to weight.
        name: Its name.

    Returns:
        The weight.

    Raises:
        KeyError: If there is none; a spec that does not fit its model is a bug of ours.
    """
    tensor = lookup(name)
    if tensor is None:
        raise KeyError(name)
    return tensor
