"""Runs an encoder with a classification head packed where that gives the same result, and says why where it does not.

Knows transformers models from outside; the encoder's part of it is `likewise.models.packed_body`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from torch import Tensor, nn

from likewise.encoder.encoder import PackedEncoder
from likewise.encoder.head import Head
from likewise.encoder.int8 import Int8Switch
from likewise.encoder.kernels import Lookup
from likewise.encoder.run_head import pool_tokens, run_head
from likewise.encoder.spec import EncoderSpec
from likewise.encoder.supports import head_for
from likewise.hub.config_reader import ConfigReader
from likewise.models.direct_classifier import DirectClassifier
from likewise.models.direct_headed import encoder_part
from likewise.models.module import Features
from likewise.models.module_tree import ModuleTree
from likewise.models.packed_body import PackedBody, batch_of, foreign_part, wants_checkpoints
from likewise.ops.packing import packed_features


def _nothing(name: str) -> Tensor | None:
    """There is no weight of any name."""
    del name
    return None


@final
@dataclass(frozen=True, slots=True)
class PackedClassifier:
    """What is known about one sequence classification model, as it was when it was looked at.

    Args:
        encoder: Runs its encoder packed; None where the model must run padded.
        head: Its head; None where the model must run padded.
        reason: Why it must, "" where it need not.
        tree: Tells whether the model still has the modules that it had.
        int8: Whether the encoder runs in int8 where it can.
        lookup: Name to weight of the whole model.
    """

    encoder: PackedEncoder | None
    head: Head | None
    reason: str
    tree: ModuleTree
    int8: Int8Switch
    lookup: Lookup = _nothing

    @classmethod
    def of(cls, model: nn.Module, int8: Int8Switch) -> PackedClassifier:
        """Look at a model.

        Args:
            model: A `DirectClassifier` or a transformers model.
            int8: Whether its encoder runs in int8 where it can.

        Returns:
            What is known about it.
        """
        tree = ModuleTree(model)
        part = encoder_part(model)
        body = PackedBody.of(part, int8)
        if body.encoder is None:
            return cls(None, None, body.reason, tree, int8)
        head = _head_of(model, body.encoder.spec)
        reason = foreign_part(model) or _mismatch(model, part, head)
        if reason or head is None:
            return cls(None, None, reason, tree, int8)
        return cls(body.encoder, head, "", tree, int8, dict(model.named_parameters(remove_duplicate=False)).get)

    def scores(self, model: nn.Module, features: Features) -> Tensor:
        """Run the model; only where `encoder` is there.

        Args:
            model: The model that was looked at.
            features: Packed or padded features of one batch.

        Returns:
            Logits [B, L].
        """
        assert self.encoder is not None
        assert self.head is not None
        packed, part = packed_features(features), encoder_part(model)
        batch = batch_of(packed)
        first_only = self.head.pooling == "cls" and bool(batch.lengths.all())
        (hidden,) = self.encoder(
            batch, training=part.training, checkpointing=wants_checkpoints(part), first_only=first_only
        )
        pooled_BD = hidden if first_only else pool_tokens(self.head, hidden, batch.cu_seqlens)
        return run_head(self.head, self.lookup, pooled_BD, training=model.training)


def _head_of(model: nn.Module, spec: EncoderSpec) -> Head | None:
    if isinstance(model, DirectClassifier):
        return model.head_spec
    config: Any = model.config
    return head_for(ConfigReader(config.to_dict(), Path(f"{type(model).__name__}.config")), spec)


def _mismatch(model: nn.Module, part: nn.Module, head: Head | None) -> str:
    """Compare the model with the head: its class, and the parameters beside the encoder."""
    if head is None:
        return "the head has no packed form"
    if not isinstance(model, DirectClassifier) and type(model).__name__ != head.model_class:
        return f"{type(model).__name__} is not {head.model_class}"
    inside = {id(parameter) for parameter in part.parameters()}
    parameters = dict(model.named_parameters(remove_duplicate=False))
    missing = sorted(head.names() - parameters.keys())
    if missing:
        return f"the model has no {missing[0]!r}"
    surplus = sorted(name for name, each in parameters.items() if id(each) not in inside and name not in head.names())
    return f"the model has {surplus[0]!r}, which the packed forward does not know" if surplus else ""
