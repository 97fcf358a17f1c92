"""The packed forward as a whole: token ids in, token embeddings out. Knows a spec and weights, no file.

Legend: T tokens of the batch, D hidden width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, final

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from likewise.encoder import cpu
from likewise.encoder.attention import Attention
from likewise.encoder.attention_choice import choose_attention
from likewise.encoder.batch import PackedBatch
from likewise.encoder.block import BlockInput, layer_norm, run_block
from likewise.encoder.calibration import RecordingLinear
from likewise.encoder.dropout import dropout
from likewise.encoder.int8 import Int8Linear, Int8Switch, why_not
from likewise.encoder.kernels import LayerKernels, Lookup, Read, make_layers, make_norm, required
from likewise.encoder.linear import LinearKind, PlainLinear, join
from likewise.encoder.positions import relative_bias, rotary_tables
from likewise.encoder.spec import EncoderSpec


@final
@dataclass(frozen=True, slots=True)
class _Cache:
    """Kernels made from weights as they were: `state` tells when they are stale."""

    state: tuple[Any, ...]
    layers: list[LayerKernels]


@final
@dataclass(slots=True)
class PackedEncoder:
    """Runs an encoder on packed batches.

    The weights stay where they are; copies packed for a CPU kernel are made when they are first needed, and made anew
    when a weight has changed (another tensor, or written in place).

    Args:
        spec: The architecture.
        lookup: Name to weight, or None where there is none of that name.
        names: Names of all weights that the linears use; their state tells when packed copies are stale.
        int8: The int8 layers to use where they run.
        forced: The linears to use whatever the device and the mode; None leaves the choice to the encoder.
        read: Gives the joint numbers of weights to kernels that copy them.
    """

    spec: EncoderSpec
    lookup: Lookup
    names: tuple[str, ...]
    int8: Int8Switch = field(default_factory=Int8Switch)
    forced: LinearKind | None = None
    read: Read = join
    _cache: _Cache | None = field(default=None, repr=False)

    def __call__(
        self,
        batch: PackedBatch,
        *,
        training: bool = False,
        all_layers: bool = False,
        checkpointing: bool = False,
        first_only: bool = False,
    ) -> list[Tensor]:
        """Run the encoder.

        Args:
            batch: The texts.
            training: Whether dropout is on.
            all_layers: Whether the hidden values of every layer are kept.
            checkpointing: Whether activations are computed again in the backward pass.
            first_only: Whether of the last layer only the first token of each text is wanted. No text is empty then.

        Returns:
            Hidden values [T, D]: of the last layer alone, or of the input embedding and all layers; those of the last
            layer are [B, D] with `first_only`.
        """
        spec = self.spec
        x_TD = self._embed(batch, spec.dropout if training else 0.0)
        attention, kind = self.kernels_for(x_TD.device, x_TD.dtype)
        given = BlockInput(batch, attention, self._bias(), self._rotary(batch, x_TD.dtype), training)
        kept = [x_TD]
        layers = self._layers(kind)
        for index, layer in enumerate(layers):
            run = partial(run_block, first_only=first_only and index == len(layers) - 1)
            if checkpointing and torch.is_grad_enabled():
                x_TD = checkpoint(run, x_TD, layer, index, spec, given, use_reentrant=False)
            else:
                x_TD = run(x_TD, layer, index, spec, given)
            kept = [*kept, x_TD] if all_layers else [x_TD]
        if spec.final_norm is not None:
            kept[-1] = layer_norm(kept[-1], make_norm(spec.final_norm, self.lookup), spec.epsilon)
        return kept

    def kernels_for(self, device: torch.device, dtype: torch.dtype) -> tuple[Attention, LinearKind]:
        """Say which kernels run on a device.

        Args:
            device: Where the weights are.
            dtype: Their type.

        Returns:
            Attention and linear kernels.
        """
        attention = choose_attention(device, dtype, biased=self.spec.relative_bias is not None)
        return attention, self._linears_for(device, dtype) if self.forced is None else self.forced

    def calibrate(self, batches: Iterable[PackedBatch]) -> Int8Linear:
        """Find out how to run in int8.

        Args:
            batches: Texts like those to come, on the device of the weights.

        Returns:
            The int8 layers, for `int8`.
        """
        recording = RecordingLinear()
        encoder = PackedEncoder(self.spec, self.lookup, self.names, forced=recording)
        with torch.inference_mode():
            for batch in batches:
                encoder(batch)
        return recording.conclude()

    def _linears_for(self, device: torch.device, dtype: torch.dtype) -> LinearKind:
        if torch.is_grad_enabled() or torch.is_autocast_enabled(device.type):
            return PlainLinear()
        floats = cpu.OneDnnLinear() if cpu.is_available(device, dtype) else PlainLinear()
        if self.int8.layers is None:
            return floats
        reason = why_not(device, dtype)
        return replace(floats, name=f"{floats.name} (no int8: {reason})") if reason else self.int8.layers

    def _embed(self, batch: PackedBatch, probability: float) -> Tensor:
        names, spec = self.spec.embedding, self.spec
        x_TE = F.embedding(batch.input_ids, required(self.lookup, names.word))
        if names.position is not None:
            table = required(self.lookup, names.position)
            uncounted = spec.uncounted_token
            position_T = batch.position if uncounted is None else batch.position_without(uncounted)
            x_TE = x_TE + F.embedding(position_T + spec.position_offset, table)
        if names.token_type is not None:
            table = required(self.lookup, names.token_type)
            x_TE = x_TE + (table[0] if batch.token_type is None else F.embedding(batch.token_type, table))
        if names.norm is not None:
            x_TE = layer_norm(x_TE, make_norm(names.norm, self.lookup), spec.epsilon)
        x_TE = dropout(x_TE, probability)
        if names.projection is None:
            return x_TE
        return F.linear(
            x_TE, required(self.lookup, f"{names.projection}.weight"), self.lookup(f"{names.projection}.bias")
        )

    def _bias(self) -> Callable[[int], Tensor] | None:
        if self.spec.relative_bias is None:
            return None
        table = required(self.lookup, self.spec.relative_bias)
        return partial(relative_bias, table, max_distance=self.spec.relative_max_distance)

    def _rotary(self, batch: PackedBatch, dtype: torch.dtype) -> tuple[tuple[Tensor, Tensor], ...] | None:
        if self.spec.positions != "rotary":
            return None
        width, bases = self.spec.rotary_width, self.spec.rotary_bases
        tables = {base: rotary_tables(batch.position, width, base, dtype) for base in set(bases)}
        return tuple(tables[base] for base in bases)

    def _layers(self, kind: LinearKind) -> list[LayerKernels]:
        if not kind.copies:
            return make_layers(self.spec, self.lookup, kind)
        state = (kind, *(weight_state(self.lookup(name)) for name in self.names))
        cache = self._cache
        if cache is None or cache.state != state:
            cache = _Cache(state, make_layers(self.spec, self.lookup, kind, self.read))
            self._cache = cache
        return cache.layers


def weight_state(tensor: Tensor | None) -> tuple[int, int]:
    """Say what changes when a weight does.

    Args:
        tensor: The weight, or None where there is none.

    Returns:
        Where it lies, and how often it was written to.
    """
    # Inference tensors keep no version; they cannot be written to outside of inference mode.
    if tensor is None:
        return (0, 0)
    return tensor.data_ptr(), 0 if tensor.is_inference() else tensor._version
