"""Runs the body of a `Transformer` packed where that gives the same result, and says why where it does not.

Knows transformers models from outside: their configuration, parameters and modules. The forward is `likewise.encoder`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from torch import Tensor, nn

from likewise.encoder.batch import PackedBatch
from likewise.encoder.encoder import PackedEncoder
from likewise.encoder.spec import EncoderSpec
from likewise.encoder.supports import support_for
from likewise.hub.config_reader import ConfigReader

# Parts of a checkpoint that token embeddings do not depend on.
_UNUSED = ("pooler.",)
_OWN_PACKAGES = ("transformers.models.", "transformers.activations", "torch.nn.")


@final
@dataclass(frozen=True, slots=True)
class PackedBody:
    """What is known about one transformers model, as it was when it was looked at.

    Args:
        encoder: Runs it packed; None where it must run padded.
        reason: Why it must, "" where it need not.
        structure: Tells whether the model still has the modules that it had.
    """

    encoder: PackedEncoder | None
    reason: str
    structure: tuple[int, ...]

    @classmethod
    def of(cls, model: nn.Module, config: Any) -> PackedBody:
        """Look at a model.

        Args:
            model: The transformers model.
            config: Its configuration.

        Returns:
            What is known about it.
        """
        structure = _structure(model)
        support = support_for(ConfigReader(config.to_dict(), Path(f"{type(model).__name__}.config")))
        if support.spec is None:
            return cls(None, support.reason, structure)
        reason = _foreign_part(model)
        parameters = dict(model.named_parameters(remove_duplicate=False))
        reason = reason or _mismatch(support.spec, parameters)
        if reason:
            return cls(None, reason, structure)
        names = tuple(name for name in parameters if not name.startswith(_UNUSED))
        return cls(PackedEncoder(support.spec, parameters.get, names), "", structure)

    def fits(self, model: nn.Module) -> bool:
        """Whether the model still has the modules and hooks that it had.

        Args:
            model: The transformers model.

        Returns:
            False once layers, adapters or hooks came or went.
        """
        return self.structure == _structure(model)


def run_packed(
    encoder: PackedEncoder, features: dict[str, Any], *, training: bool, all_layers: bool, checkpointing: bool
) -> dict[str, Any]:
    """Run packed features through an encoder.

    Args:
        encoder: The encoder.
        features: `input_ids` int64 [T], `cu_seqlens` int32 [B + 1] (a CPU copy as `lengths`, int64 numpy [B], saves a
            wait for the device), and `token_type_ids` int64 [T] where there are segments.
        training: Whether dropout is on.
        all_layers: Whether every layer's output is kept.
        checkpointing: Whether activations are computed again in the backward pass.

    Returns:
        The features with `token_embeddings` [T, D] and, if asked for, `all_layer_embeddings`.
    """
    lengths = features.get("lengths")
    if lengths is None:
        lengths = np.diff(features["cu_seqlens"].cpu().numpy().astype(np.int64))
    types: Tensor | None = features.get("token_type_ids")
    batch = PackedBatch.of(features["input_ids"], lengths, types)
    layers = encoder(batch, training=training, all_layers=all_layers, checkpointing=checkpointing)
    result = {**features, "token_embeddings": layers[-1]}
    if all_layers:
        result["all_layer_embeddings"] = layers
    return result


def _structure(model: nn.Module) -> tuple[int, ...]:
    """Identities of all modules, and how many hooks they carry: cheap, and different once something was changed."""
    hooks = 0
    identities = []
    for module in model.modules():
        identities.append(id(module))
        hooks += len(module._forward_hooks) + len(module._forward_pre_hooks)
    return (hooks, *identities)


def _foreign_part(model: nn.Module) -> str:
    for name, module in model.named_modules():
        if module._forward_hooks or module._forward_pre_hooks:
            return f"a hook on {name or 'the model'!r}"
        if not f"{type(module).__module__}.".startswith(_OWN_PACKAGES):
            return f"{name!r} is a {type(module).__module__}.{type(module).__name__}"
    return ""


def _mismatch(spec: EncoderSpec, parameters: dict[str, nn.Parameter]) -> str:
    """Compare the parameters with those that the spec reads: none may be missing, and none be left over."""
    linears = {name for layer in spec.layers for name in (*layer.qkv, layer.out, *layer.up, layer.down)}
    norms = {name for layer in spec.layers for name in (layer.norm_1, layer.norm_2) if name is not None}
    norms |= {name for name in (spec.embedding.norm, spec.final_norm) if name is not None}
    linears |= {spec.embedding.projection} - {None}  # type: ignore[arg-type]
    tables = {spec.embedding.word, spec.embedding.position, spec.embedding.token_type, spec.relative_bias} - {None}
    needed = {f"{name}.weight" for name in linears | norms} | tables
    known = needed | {f"{name}.bias" for name in linears | norms}
    missing = sorted(str(name) for name in needed if name not in parameters)
    if missing:
        return f"the model has no {missing[0]!r}"
    surplus = sorted(name for name in parameters if name not in known and not name.startswith(_UNUSED))
    if surplus:
        return f"the model has {surplus[0]!r}, which the packed forward does not know"
    if any(parameter.dtype not in (torch.float32, torch.float16, torch.bfloat16) for parameter in parameters.values()):
        return "weights that are not float32, float16 or bfloat16"
    return ""
