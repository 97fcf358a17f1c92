"""Runs an encoder with a masked-language-model head packed where that gives the same result, and says why where not.

Knows transformers models from outside; the encoder's part of it is `likewise.models.packed_body`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

from torch import Tensor, nn

from likewise.encoder.encoder import PackedEncoder
from likewise.encoder.int8 import Int8Switch
from likewise.encoder.kernels import Lookup, required
from likewise.encoder.masked_head import MaskedHead, masked_head_for, transform_tokens
from likewise.encoder.spec import EncoderSpec
from likewise.encoder.vocabulary import VocabularyStrips
from likewise.hub.config_reader import ConfigReader
from likewise.models.direct_body import DirectBody
from likewise.models.direct_headed import encoder_part
from likewise.models.direct_masked_lm import DirectMaskedLM
from likewise.models.module import Features
from likewise.models.module_tree import ModuleTree
from likewise.models.packed_body import PackedBody, batch_of, foreign_part, wants_checkpoints
from likewise.ops.token_logits import TokenLogits


def _nothing(name: str) -> Tensor | None:
    """There is no weight of any name."""
    del name
    return None


@final
@dataclass(frozen=True, slots=True)
class PackedMaskedLM:
    """What is known about one masked language model, as it was when it was looked at.

    Args:
        encoder: Runs its encoder packed; None where the model must run padded.
        head: Its head; None where the model must run padded.
        reason: Why it must, "" where it need not.
        tree: Tells whether the model still has the modules that it had.
        int8: Whether the encoder runs in int8 where it can.
        lookup: Name to weight of the whole model.
        strips: Kernels of the head's last linear.
    """

    encoder: PackedEncoder | None
    head: MaskedHead | None
    reason: str
    tree: ModuleTree
    int8: Int8Switch
    lookup: Lookup = _nothing
    strips: VocabularyStrips = field(default_factory=VocabularyStrips)

    @classmethod
    def of(cls, model: nn.Module, int8: Int8Switch) -> PackedMaskedLM:
        """Look at a model.

        Args:
            model: A `DirectMaskedLM` or a transformers model.
            int8: Whether its encoder runs in int8 where it can.

        Returns:
            What is known about it.
        """
        tree, part = ModuleTree(model), encoder_part(model)
        body = PackedBody.of(part, int8)
        if body.encoder is None:
            return cls(None, None, body.reason, tree, int8)
        head = _head_of(model, body.encoder.spec)
        reason = foreign_part(model) or _mismatch(model, part, head)
        if reason or head is None:
            return cls(None, None, reason, tree, int8)
        lookup = dict(model.named_parameters(remove_duplicate=False)).get
        strips = VocabularyStrips(part.read_weights) if isinstance(part, DirectBody) else VocabularyStrips()
        return cls(body.encoder, head, "", tree, int8, lookup, strips)

    def logits(self, model: nn.Module, packed: Features) -> TokenLogits:
        """Run the model; only where `encoder` is there.

        Args:
            model: The model that was looked at.
            packed: Packed features of one batch.

        Returns:
            The logits, to be computed where they are used.
        """
        assert self.encoder is not None
        assert self.head is not None
        part = encoder_part(model)
        batch = batch_of(packed)
        (hidden_TD,) = self.encoder(batch, training=part.training, checkpointing=wants_checkpoints(part))
        weight_VE = required(self.lookup, f"{self.head.decoder}.weight")
        bias_V = self.lookup(f"{self.head.decoder}.bias")
        return TokenLogits(
            transform_tokens(self.head, self.lookup, hidden_TD),
            weight_VE,
            bias_V,
            batch.lengths.tolist(),
            self.strips.of(weight_VE, bias_V),
        )


def _head_of(model: nn.Module, spec: EncoderSpec) -> MaskedHead | None:
    if isinstance(model, DirectMaskedLM):
        return model.head_spec
    config: Any = model.config
    return masked_head_for(ConfigReader(config.to_dict(), Path(f"{type(model).__name__}.config")), spec)


def _mismatch(model: nn.Module, part: nn.Module, head: MaskedHead | None) -> str:
    """Compare the model with the head: its class, and the parameters beside the encoder."""
    if head is None:
        return "the head has no packed form"
    if not isinstance(model, DirectMaskedLM) and type(model).__name__ != head.model_class:
        return f"{type(model).__name__} is not {head.model_class}"
    parameters = dict(model.named_parameters(remove_duplicate=False))
    missing = sorted(head.needed() - parameters.keys())
    if missing:
        return f"the model has no {missing[0]!r}"
    biases = {name.removesuffix("weight") + "bias" for name in head.needed()}
    # Where it is not tied to that of the last linear, transformers holds its second name, and does not use it.
    known = {id(parameters[name]) for name in head.needed() | biases | {head.bias} if name in parameters}
    known |= {id(parameter) for parameter in part.parameters()}
    surplus = sorted(name for name, each in parameters.items() if id(each) not in known)
    return f"the model has {surplus[0]!r}, which the packed forward does not know" if surplus else ""
