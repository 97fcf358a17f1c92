"""The weights of an encoder with a classification head, in a tree of plain torch modules, ready to run packed.

As `likewise.models.direct_body`, which holds the encoder's part of it; stands where the transformers model would stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from torch import Tensor

from likewise.encoder.head import Head
from likewise.encoder.parts import Part
from likewise.encoder.supports import head_for
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.models.direct_body import DirectBody, put_part
from likewise.models.direct_config import DirectConfig
from likewise.models.direct_headed import DirectHeaded
from likewise.models.direct_loading import read_parts, understood_config
from likewise.models.direct_weights import WeightPlace
from likewise.models.transformer_loading import known_name
from likewise.models.transformer_settings import TransformerSettings


@final
class DirectClassifier(DirectHeaded[Head]):
    """An encoder and a head without code of their own, under the names of their checkpoint.

    Args:
        body: The encoder.
        head: The head.
        parts: The parts of the head that lie beside the encoder.
        weights: Their weights by name.
    """

    def __init__(self, body: DirectBody, head: Head, parts: list[Part], weights: Mapping[str, Tensor]) -> None:
        super().__init__(body, head)
        self.head_parts = tuple(parts)
        for part in parts:
            # Out of the mapped file: a head is small, and written to first.
            put_part(self, part, {name: weights[name].clone() for name in part.tensors()}, head.epsilon)
        self.eval()

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts, under the names of the whole model."""
        inner = (Part(f"{self.prefix}{part.name}", part.kind, part.shape, part.biased) for part in self.body.parts)
        return (*inner, *self.head_parts)

    @property
    def labels(self) -> int:
        """How many scores the head gives."""
        return self.get_submodule(self.head_spec.out).out_features  # type: ignore[return-value]


def load_direct_classifier(
    folder: ModelFolder, settings: TransformerSettings, *, trust_remote_code: bool
) -> DirectClassifier | None:
    """Load an encoder with its classification head from the files of a folder alone.

    Args:
        folder: The folder with configuration and weights.
        settings: How to load it.
        trust_remote_code: Whether code named by the folder may run.

    Returns:
        The model in evaluation mode, or None where transformers has to load it.
    """
    config = understood_config(folder, settings, trust_remote_code=trust_remote_code)
    head = None if config is None else head_for(ConfigReader(config.data, config.where), config.spec)
    if config is None or head is None or config.data.get("architectures") != [head.model_class]:
        return None
    prefix = config.architecture.prefix
    in_body = head.dense.startswith(prefix)
    inner = [Part(head.dense.removeprefix(prefix), "linear", (config.spec.width,) * 2, biased=True)] if in_body else []
    outer: list[Part] = []

    def choose(named: Mapping[str, WeightPlace]) -> list[Part] | None:
        place = named.get(f"{head.out}.weight")
        if place is None or len(place.place.shape) != 2 or not _fits(config, place.place.shape[0]):
            return None
        outer.extend(_outer_parts(head, config.spec.width, place.place.shape[0], dense_beside=not in_body))
        return [*config.parts, *inner, *outer]

    found = read_parts(folder, config, settings, choose)
    if found is None:
        return None
    tensors = found[1]
    body = DirectBody(config, [*config.parts, *inner], tensors, known_name(folder))
    return DirectClassifier(body, head, outer, tensors.tensors)


def _fits(config: DirectConfig, labels: int) -> bool:
    names = config.data.get("id2label")
    return labels > 0 and (len(names) == labels if isinstance(names, dict) else labels == 2)


def _outer_parts(head: Head, width: int, labels: int, *, dense_beside: bool) -> list[Part]:
    """The parts beside the encoder, in the order in which a transformers model registers them."""
    dense = [Part(head.dense, "linear", (width, width), head.biased_dense)] if dense_beside else []
    norm = [] if head.norm is None else [Part(head.norm, "norm", (width,), head.biased_norm)]
    return [*dense, *norm, Part(head.out, "linear", (labels, width), biased=True)]
