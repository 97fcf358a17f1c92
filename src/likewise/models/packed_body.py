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
from likewise.encoder.int8 import Int8Switch
from likewise.encoder.linear import join
from likewise.encoder.spec import EncoderSpec
from likewise.encoder.supports import Support, support_for
from likewise.hub.config_reader import ConfigReader
from likewise.models.direct_body import DirectBody
from likewise.models.module import Features
from likewise.models.module_tree import ModuleTree

# Parts of a checkpoint that token embeddings do not depend on.
_UNUSED = ("pooler.",)
_OWN_PACKAGES = ("transformers.models.", "transformers.activations", "torch.nn.", "likewise.models.direct_")


@final
@dataclass(frozen=True, slots=True)
class PackedBody:
    """What is known about one transformers model, as it was when it was looked at.

    Args:
        encoder: Runs it packed; None where it must run padded.
        reason: Why it must, "" where it need not.
        tree: Tells whether the model still has the modules that it had.
        int8: Whether it runs in int8 where it can.
    """

    encoder: PackedEncoder | None
    reason: str
    tree: ModuleTree
    int8: Int8Switch

    @classmethod
    def of(cls, model: nn.Module, int8: Int8Switch | None = None) -> PackedBody:
        """Look at a model.

        Args:
            model: The transformers model.
            int8: Whether it runs in int8 where it can; None makes a switch that is off.

        Returns:
            What is known about it.
        """
        tree = ModuleTree(model)
        int8 = int8 or Int8Switch()
        support = _support_of(model, model.config)
        if support.spec is None:
            return cls(None, support.reason, tree, int8)
        reason = foreign_part(model)
        parameters = dict(model.named_parameters(remove_duplicate=False))
        reason = reason or _mismatch(support.spec, parameters)
        if reason:
            return cls(None, reason, tree, int8)
        names = tuple(name for name in parameters if not name.startswith(_UNUSED))
        read = model.read_weights if isinstance(model, DirectBody) else join
        return cls(PackedEncoder(support.spec, parameters.get, names, int8, read=read), "", tree, int8)


def is_plain(features: dict[str, Any]) -> bool:
    """Whether features are ids with at most a mask of texts: positions, embeddings and masks of pairs are not.

    Args:
        features: Features of one batch.

    Returns:
        Whether the packed forward can take them.
    """
    if "inputs_embeds" in features or "position_ids" in features or "input_ids" not in features:
        return False
    mask = features.get("attention_mask")
    return "cu_seqlens" in features or (isinstance(mask, Tensor) and mask.dim() == 2)


def run_encoder(encoder: PackedEncoder, features: dict[str, Any], model: nn.Module, *, all_layers: bool) -> Features:
    """Run features through an encoder, in the mode that the model is in.

    Args:
        encoder: The encoder.
        features: Packed or padded features of one batch.
        model: The model that the weights belong to.
        all_layers: Whether every layer's output is kept.

    Returns:
        The features with the results added, in the layout that they came in.
    """
    run = run_packed if "cu_seqlens" in features else run_padded
    return run(
        encoder,
        features,
        training=model.training,
        all_layers=all_layers,
        checkpointing=wants_checkpoints(model),
    )


def run_packed(
    encoder: PackedEncoder, features: dict[str, Any], *, training: bool, all_layers: bool, checkpointing: bool
) -> dict[str, Any]:
    """Run packed features through an encoder.

    Args:
        encoder: The encoder.
        features: `input_ids` int64 [T], `cu_seqlens` int32 [B + 1] (its differences as a list `seqlens` save a wait for
            the device), and `token_type_ids` int64 [T] where a token has another type than 0.
        training: Whether dropout is on.
        all_layers: Whether every layer's output is kept.
        checkpointing: Whether activations are computed again in the backward pass.

    Returns:
        The features with `token_embeddings` [T, D] and, if asked for, `all_layer_embeddings`.
    """
    layers = encoder(batch_of(features), training=training, all_layers=all_layers, checkpointing=checkpointing)
    result = {**features, "token_embeddings": layers[-1]}
    if all_layers:
        result["all_layer_embeddings"] = layers
    return result


def batch_of(features: dict[str, Any]) -> PackedBatch:
    """Make what an encoder reads of packed features.

    Args:
        features: See `run_packed`.

    Returns:
        The batch.
    """
    lengths = features.get("seqlens")
    if lengths is None:
        lengths = features["cu_seqlens"].diff().tolist()
    types: Tensor | None = features.get("token_type_ids")
    return PackedBatch.of(features["input_ids"], np.asarray(lengths, dtype=np.int64), types)


def run_padded(
    encoder: PackedEncoder, features: dict[str, Any], *, training: bool, all_layers: bool, checkpointing: bool
) -> dict[str, Any]:
    """Run padded features through an encoder, without computing the padding.

    Args:
        encoder: The encoder.
        features: int64 [B, S]: `input_ids`, `attention_mask` and perhaps `token_type_ids`.
        training: Whether dropout is on.
        all_layers: Whether every layer's output is kept.
        checkpointing: Whether activations are computed again in the backward pass.

    Returns:
        The features with `token_embeddings` [B, S, D], 0 where there is padding, and, if asked for, the other layers.
    """
    keep_BS = features["attention_mask"] != 0
    types = features.get("token_type_ids")
    packed = {
        "input_ids": features["input_ids"][keep_BS],
        "seqlens": keep_BS.sum(1).tolist(),
        "token_type_ids": None if types is None else types[keep_BS],
    }
    done = run_packed(encoder, packed, training=training, all_layers=all_layers, checkpointing=checkpointing)

    def spread(hidden_TD: Tensor) -> Tensor:
        empty_BSD = hidden_TD.new_zeros(*keep_BS.shape, hidden_TD.shape[-1])
        return empty_BSD.index_put(keep_BS.nonzero(as_tuple=True), hidden_TD)

    result = {**features, "token_embeddings": spread(done["token_embeddings"])}
    if all_layers:
        result["all_layer_embeddings"] = [spread(layer) for layer in done["all_layer_embeddings"]]
    return result


def wants_checkpoints(model: nn.Module) -> bool:
    """Whether activations are to be computed again in the backward pass, as the model says.

    Args:
        model: A `DirectBody` or a transformers model.

    Returns:
        True where it says so and gradients are wanted.
    """
    if not torch.is_grad_enabled():
        return False
    # The property of transformers that says so has changed its name, and warns under the old one.
    return any(vars(module).get("gradient_checkpointing", False) for module in model.modules())


def _support_of(model: nn.Module, config: Any) -> Support:
    if isinstance(model, DirectBody):
        return Support(model.config.spec, "")
    return support_for(ConfigReader(config.to_dict(), Path(f"{type(model).__name__}.config")))


def foreign_part(model: nn.Module) -> str:
    """Look for what a packed forward would leave out.

    Args:
        model: The model.

    Returns:
        The first hook, exchanged forward or module of somebody else, in words; "" if there is none.
    """
    for name, module in model.named_modules():
        if module._forward_hooks or module._forward_pre_hooks:
            return f"a hook on {name or 'the model'!r}"
        if "forward" in vars(module):
            return f"{name or 'the model'!r} has a forward of its own"
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
