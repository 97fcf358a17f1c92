"""How a re-ranker runs, in words: modules, device, packed or padded and why, labels, activation. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from likewise.sentence_transformer.description import BodyDescription, describe_bodies
from likewise.sentence_transformer.model_facts import facts_of

if TYPE_CHECKING:
    from likewise.cross_encoder.stored_cross_encoder import StoredCrossEncoder


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CrossEncoderDescription:
    """How a re-ranker runs; `print` it, or read the fields.

    Args:
        modules: (name, class and settings) of each module, in order.
        device: Where its tensors are.
        dtype: Type of its weights.
        bodies: How its transformers models run.
        labels: How many scores a pair gets.
        activation: What makes scores of logits.
        max_length: Most tokens of a pair that are read, or None if there is no limit.
        prompts: Prompt name to text, of those that have one.
        default_prompt_name: The prompt that is used when none is given.
    """

    modules: tuple[tuple[str, str], ...]
    device: str
    dtype: str
    bodies: tuple[BodyDescription, ...]
    labels: int
    activation: str
    max_length: int | None
    prompts: Mapping[str, str]
    default_prompt_name: str | None

    def __str__(self) -> str:
        rows = [
            *((f"module {name}", text) for name, text in self.modules),
            ("device", self.device),
            ("weights", self.dtype or "none"),
            *(("runs", str(body)) for body in self.bodies),
            ("scores", f"{self.labels} for each pair"),
            ("activation", self.activation),
            ("max length", "no limit" if self.max_length is None else f"{self.max_length} tokens"),
            ("prompts", "; ".join(f"{name} = {text!r}" for name, text in self.prompts.items()) or "none"),
            ("default prompt", self.default_prompt_name or ""),
        ]
        return "\n".join(f"{label:<16}{value}" for label, value in rows if value)

    def __repr__(self) -> str:
        return str(self)


def describe_cross_encoder(model: StoredCrossEncoder) -> CrossEncoderDescription:
    """Say how a re-ranker runs, as it is now.

    Args:
        model: The model.

    Returns:
        The description.
    """
    facts = facts_of(model)
    return CrossEncoderDescription(
        modules=tuple(facts.modules),
        device=str(model.device),
        dtype=str(model.dtype or "").removeprefix("torch."),
        bodies=describe_bodies(model),
        labels=model.num_labels,
        activation=repr(model.activation_fn),
        max_length=facts.max_length,
        prompts=facts.prompts,
        default_prompt_name=model.default_prompt_name,
    )
