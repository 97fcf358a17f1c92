"""The weights of an encoder with a masked-language-model head, in a tree of plain torch modules, ready to run packed.

As `likewise.models.direct_body`, which holds the encoder's part of it; stands where the transformers model would stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from torch import Tensor, nn

from likewise.encoder.masked_head import MaskedHead, masked_head_for
from likewise.encoder.parts import Part
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
class DirectMaskedLM(DirectHeaded[MaskedHead]):
    """An encoder and a head without code of their own, under the names of their checkpoint.

    The weight of the last linear is the word table, where the configuration says so, and its bias stands under two
    names in some architectures; both are the same parameters, as in transformers.

    Args:
        body: The encoder.
        head: The head.
        parts: The parts of the head, the last linear at the end.
        weights: Their weights by name.
        tied: Whether the weight of the last linear is the word table.
    """

    def __init__(
        self, body: DirectBody, head: MaskedHead, parts: list[Part], weights: Mapping[str, Tensor], *, tied: bool
    ) -> None:
        super().__init__(body, head)
        for part in parts:
            # Out of the mapped file: a head is small, and written to first.
            own = {
                name: weights[name] if tied and part is parts[-1] else weights[name].clone() for name in part.tensors()
            }
            put_part(self, part, own, head.epsilon)
        decoder = self.get_submodule(head.decoder)
        if tied:
            decoder.weight = body.get_input_embeddings().weight
        if decoder.bias is not None:
            decoder.bias = nn.Parameter(decoder.bias.detach().clone())  # type: ignore[operator]
            owner, _, name = head.bias.rpartition(".")
            if head.bias != f"{head.decoder}.bias":
                self.get_submodule(owner).register_parameter(name, decoder.bias)
        self.shapes = {name: tuple(each.shape) for name, each in self.named_parameters()}
        """Name to shape of its weights as it was made, each under one name."""
        self.eval()


def load_direct_masked_lm(
    folder: ModelFolder, settings: TransformerSettings, *, trust_remote_code: bool
) -> DirectMaskedLM | None:
    """Load an encoder with its masked-language-model head from the files of a folder alone.

    Args:
        folder: The folder with configuration and weights.
        settings: How to load it.
        trust_remote_code: Whether code named by the folder may run.

    Returns:
        The model in evaluation mode, or None where transformers has to load it.
    """
    config = understood_config(folder, settings, trust_remote_code=trust_remote_code)
    head = None if config is None else masked_head_for(ConfigReader(config.data, config.where), config.spec)
    if config is None or head is None or config.data.get("architectures") != [head.model_class]:
        return None
    tied = config.data.get("tie_word_embeddings", True)
    word = config.spec.embedding.word
    outer = _outer_parts(head, config)
    aliases = {f"{head.decoder}.bias": head.bias, **({f"{head.decoder}.weight": word} if tied is True else {})}

    def choose(named: Mapping[str, WeightPlace]) -> list[Part] | None:
        # Which of two copies counts is for transformers to say.
        doubled = any(own in named and other in named for own, other in aliases.items() if own != other)
        return None if doubled or type(tied) is not bool else [*config.parts, *outer]

    found = read_parts(folder, config, settings, choose, aliases)
    if found is None:
        return None
    body = DirectBody(config, list(config.parts), found[1], known_name(folder))
    return DirectMaskedLM(body, head, outer, found[1].tensors, tied=bool(tied))


def _outer_parts(head: MaskedHead, config: DirectConfig) -> list[Part]:
    """The parts beside the encoder, in the order in which a transformers model registers them."""
    table = next(part for part in config.parts if f"{part.name}.weight" == config.spec.embedding.word)
    vocabulary, narrow = table.shape
    return [
        Part(head.dense, "linear", (narrow, config.spec.width), head.biased_dense),
        Part(head.norm, "norm", (narrow,), head.biased_norm),
        Part(head.decoder, "linear", (vocabulary, narrow), head.biased_decoder),
    ]
