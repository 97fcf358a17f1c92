"""May a transformers configuration run packed; if not, why. The one list of architectures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

from likewise.encoder.architectures import albert, bert, distilbert, gated_bert, modernbert, mpnet
from likewise.encoder.head import Head
from likewise.encoder.spec import EncoderSpec
from likewise.errors import LikewiseError
from likewise.hub.config_reader import ConfigReader

_ARCHITECTURES = (albert, bert, distilbert, gated_bert, modernbert, mpnet)
_READERS = {model_type: module.read for module in _ARCHITECTURES for model_type in module.MODEL_TYPES}
_HEAD_READERS: Mapping[str, Callable[[ConfigReader, EncoderSpec], Head]] = {
    model_type: module.read_head for module in _ARCHITECTURES for model_type in module.MODEL_TYPES
}
# Settings that change what an encoder computes, and the values under which ours computes the same.
_REQUIRED = {
    "is_decoder": (False, None),
    "add_cross_attention": (False, None),
    "position_embedding_type": ("absolute", None),
    "chunk_size_feed_forward": (0, None),
    "quantization_config": (None,),
}


@final
@dataclass(frozen=True, slots=True)
class Support:
    """The answer.

    Args:
        spec: The architecture, None where it does not run packed.
        reason: Why it does not, "" where it does.
    """

    spec: EncoderSpec | None
    reason: str


def supported_types() -> list[str]:
    """All model types that can run packed.

    Returns:
        Their names, sorted.
    """
    return sorted(_READERS)


def support_for(config: ConfigReader) -> Support:
    """Read a configuration.

    Args:
        config: The transformers configuration.

    Returns:
        A spec, or the reason why there is none.

    Example:
        >>> from pathlib import Path
        >>> support_for(ConfigReader({"model_type": "t5"}, Path("config.json"))).reason
        "architecture 't5' has no packed form"
    """
    model_type = config.text("model_type", default="")
    if model_type not in _READERS:
        return Support(None, f"architecture {model_type!r} has no packed form")
    for key, values in _REQUIRED.items():
        if config.data.get(key) not in values:
            return Support(None, f"{key} is {config.data[key]!r}")
    try:
        spec = _READERS[model_type](config)
    except LikewiseError as error:
        return Support(None, str(error))
    if spec.width % spec.heads:
        return Support(None, f"width {spec.width} is not a multiple of {spec.heads} heads")
    return Support(spec, "")


def head_for(config: ConfigReader, spec: EncoderSpec) -> Head | None:
    """Read the sequence classification head that an architecture has in transformers.

    Args:
        config: The transformers configuration.
        spec: What `support_for` made of it.

    Returns:
        The head, or None if the configuration asks for one that has no packed form.
    """
    try:
        return _HEAD_READERS[config.text("model_type")](config, spec)
    except LikewiseError:
        return None
