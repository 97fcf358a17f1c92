"""How a model runs, in words: modules, device, packed or padded and why, limits, prompts. Looks, changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import torch
from torch import nn

from likewise.models.module_traits import HasAutoModel, RunsPacked
from likewise.sentence_transformer.model_facts import facts_of

if TYPE_CHECKING:
    from likewise.sentence_transformer.model import SentenceTransformer


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class BodyDescription:
    """How one transformers model runs.

    Args:
        name: Where it is, as in `model.get_submodule(name)`.
        architecture: What it is: its type if it is packed, else the name of its class.
        packed: Whether texts are put end to end; if not, they are padded to the longest.
        reason: Why it is padded, "" where it is not.
        attention: Name of the attention kernel, "" where it is padded.
        linear: Name of the kernel of linear layers, "" where it is padded.
    """

    name: str
    architecture: str
    packed: bool
    reason: str = ""
    attention: str = ""
    linear: str = ""

    def __str__(self) -> str:
        if self.packed:
            return f"{self.architecture}, packed: no padding; attention: {self.attention}; linears: {self.linear}"
        return f"{self.architecture}, padded, through transformers: {self.reason}"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDescription:
    """How a model runs; `print` it, or read the fields.

    Args:
        modules: (name, class and settings) of each module, in order.
        device: Where its tensors are.
        dtype: Type of its weights, "" if it has none.
        bodies: How its transformers models run; empty if it has none.
        embedding_dimension: Width of the embeddings, or None if it is not known.
        truncate_dim: Width to which they are cut, or None.
        max_seq_length: Most tokens of a text that are read, or None if there is no limit.
        modalities: What it reads.
        similarity: Name of the similarity function.
        prompts: Prompt name to text, of those that have one.
        default_prompt_name: The prompt that `encode` uses when it is given none.
    """

    modules: tuple[tuple[str, str], ...]
    device: str
    dtype: str
    bodies: tuple[BodyDescription, ...]
    embedding_dimension: int | None
    truncate_dim: int | None
    max_seq_length: int | None
    modalities: tuple[str, ...]
    similarity: str
    prompts: Mapping[str, str]
    default_prompt_name: str | None

    def __str__(self) -> str:
        cut = "" if self.truncate_dim is None else f", cut to {self.truncate_dim}"
        rows = [
            *((f"module {name}", text) for name, text in self.modules),
            ("device", self.device),
            ("weights", self.dtype or "none"),
            *(("runs", str(body)) for body in self.bodies),
            ("runs", "no transformers model" if not self.bodies else ""),
            ("embeddings", f"{self.embedding_dimension or 'unknown'} numbers{cut}"),
            ("max length", "no limit" if self.max_seq_length is None else f"{self.max_seq_length} tokens"),
            ("reads", ", ".join(map(str, self.modalities))),
            ("similarity", self.similarity),
            ("prompts", "; ".join(f"{name} = {text!r}" for name, text in self.prompts.items()) or "none"),
            ("default prompt", self.default_prompt_name or ""),
        ]
        return "\n".join(f"{label:<16}{value}" for label, value in rows if value)

    def __repr__(self) -> str:
        return str(self)


def describe_model(model: SentenceTransformer) -> ModelDescription:
    """Say how a model runs, as it is now.

    Args:
        model: The model.

    Returns:
        The description.
    """
    facts = facts_of(model)
    return ModelDescription(
        modules=tuple(facts.modules),
        device=str(model.device),
        dtype=str(model.dtype or "").removeprefix("torch."),
        bodies=describe_bodies(model),
        embedding_dimension=model.get_sentence_embedding_dimension(),
        truncate_dim=model.truncate_dim,
        max_seq_length=facts.max_length,
        modalities=tuple(model.modalities),
        similarity=model.similarity_fn_name,
        prompts=facts.prompts,
        default_prompt_name=model.default_prompt_name,
    )


def describe_bodies(model: nn.Module) -> tuple[BodyDescription, ...]:
    """Describe all transformers models below a model.

    Args:
        model: The model.

    Returns:
        How each runs, in order.
    """
    found = [_describe_body(name, module) for name, module in model.named_modules() if module is not model]
    return tuple(body for body in found if body is not None)


def _describe_body(name: str, module: nn.Module) -> BodyDescription | None:
    """Describe the transformers model that a module holds; None if it holds none."""
    seen = module.how_it_runs() if isinstance(module, RunsPacked) else None
    if seen is None or seen.encoder is None:
        if not isinstance(module, HasAutoModel):
            return None
        reason = f"{type(module).__name__} has no packed form" if seen is None else seen.reason
        return BodyDescription(name=name, architecture=type(module.auto_model).__name__, packed=False, reason=reason)
    # A packed one is not asked for its transformers model: what nobody asks for need not exist.
    first = next(module.parameters())
    with torch.inference_mode():  # as `encode` runs it: without gradients
        attention, linear = seen.encoder.kernels_for(first.device, first.dtype)
    return BodyDescription(
        name=name,
        architecture=seen.encoder.spec.architecture,
        packed=True,
        attention=attention.name,
        linear=linear.name,
    )
