"""`config.json` of an architecture that runs packed, read without transformers. Knows no weights.

Whatever is not plainly one of the tabled architectures is left to transformers (`None`), which also words the errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

from likewise.encoder.parts import Part, PartWidths, parts_of
from likewise.encoder.spec import EncoderSpec
from likewise.encoder.supports import support_for
from likewise.errors import LikewiseError
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.models.transformer_config import CONFIG_FILE, ESSENTIAL, check_values, stripped


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """What transformers knows about one model type and a configuration file need not say.

    Args:
        model_class: Name of the transformers class.
        prefix: What stands before weight names in checkpoints that have a head.
        pooler: Name of the pooler, a linear D to D; None where the class has none.
        defaults: Values of keys that the file leaves out.
        aliases: Common names of keys to this architecture's own.
        tokenizer_class: Name of the tokenizer class, where neither file names one; "" leaves that to transformers.
        inner: Key of the width of the feed-forward part.
        positions_last: See `PartWidths`.
        norm_first: See `PartWidths`.
    """

    model_class: str
    prefix: str
    pooler: str | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    tokenizer_class: str = ""
    inner: str = "intermediate_size"
    positions_last: bool = False
    norm_first: bool = False


_BERT = {
    "attention_probs_dropout_prob": 0.1,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "intermediate_size": 3072,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": 512,
    "pad_token_id": 0,
    "type_vocab_size": 2,
}
_ROBERTA = {**_BERT, "pad_token_id": 1}
_ALBERT = {
    **_BERT,
    "attention_probs_dropout_prob": 0.0,
    "embedding_size": 128,
    "hidden_act": "gelu_new",
    "hidden_dropout_prob": 0.0,
    "inner_group_num": 1,
    "intermediate_size": 16384,
    "num_hidden_groups": 1,
}
_ELECTRA = {**_BERT, "embedding_size": 128, "intermediate_size": 1024}
_MPNET = {key: value for key, value in _ROBERTA.items() if key != "type_vocab_size"}
_DISTILBERT = {
    "activation": "gelu",
    "attention_dropout": 0.1,
    "dropout": 0.1,
    "hidden_dim": 3072,
    "max_position_embeddings": 512,
    "pad_token_id": 0,
}
_DISTILBERT_ALIASES = {"hidden_size": "dim", "num_attention_heads": "n_heads", "num_hidden_layers": "n_layers"}
_POOLER = "pooler.dense"

ARCHITECTURES: Mapping[str, Architecture] = {
    "bert": Architecture(
        model_class="BertModel", prefix="bert.", pooler=_POOLER, defaults=_BERT, tokenizer_class="BertTokenizer"
    ),
    "roberta": Architecture(
        model_class="RobertaModel",
        prefix="roberta.",
        pooler=_POOLER,
        defaults=_ROBERTA,
        tokenizer_class="RobertaTokenizer",
        positions_last=True,
    ),
    "xlm-roberta": Architecture(
        model_class="XLMRobertaModel",
        prefix="roberta.",
        pooler=_POOLER,
        defaults=_ROBERTA,
        tokenizer_class="XLMRobertaTokenizer",
        positions_last=True,
    ),
    "camembert": Architecture(
        model_class="CamembertModel", prefix="roberta.", pooler=_POOLER, defaults=_ROBERTA, positions_last=True
    ),
    "electra": Architecture(
        model_class="ElectraModel", prefix="electra.", defaults=_ELECTRA, tokenizer_class="BertTokenizer"
    ),
    "mpnet": Architecture(
        model_class="MPNetModel",
        prefix="mpnet.",
        pooler=_POOLER,
        defaults={**_MPNET, "relative_attention_num_buckets": 32},
        tokenizer_class="MPNetTokenizer",
    ),
    "distilbert": Architecture(
        model_class="DistilBertModel",
        prefix="distilbert.",
        defaults=_DISTILBERT,
        aliases=_DISTILBERT_ALIASES,
        tokenizer_class="BertTokenizer",
        inner="hidden_dim",
    ),
    "albert": Architecture(
        model_class="AlbertModel", prefix="albert.", pooler="pooler", defaults=_ALBERT, norm_first=True
    ),
}


@final
@dataclass(frozen=True, slots=True)
class DirectConfig:
    """A configuration that was understood as a whole.

    Args:
        architecture: What is known about its model type.
        spec: The encoder that it describes.
        parts: The encoder's parts.
        data: The file's content, without loader options, with the caller's options.
        where: The file.
    """

    architecture: Architecture
    spec: EncoderSpec
    parts: tuple[Part, ...]
    data: Mapping[str, Any]
    where: Path

    @property
    def all_layers(self) -> bool:
        """Whether the hidden values of every layer are asked for."""
        return bool(self.data.get("output_hidden_states"))

    @property
    def dtype(self) -> str | None:
        """The data type that the file names, without "torch."; None if it names none."""
        named = self.data.get("dtype") or self.data.get("torch_dtype")
        return None if named is None else str(named).removeprefix("torch.")


def read_direct_config(folder: ModelFolder, options: Mapping[str, Any]) -> DirectConfig | None:
    """Read the configuration of a folder.

    Args:
        folder: The folder with `config.json`.
        options: The caller's keyword arguments for the configuration.

    Returns:
        The configuration, or None where transformers has to read it.
    """
    if any(name != "output_hidden_states" or type(value) is not bool for name, value in options.items()):
        return None
    try:
        reader = folder.config(CONFIG_FILE)
        architecture = ARCHITECTURES.get(reader.text("model_type", default=""))
        if architecture is None or "quantization_config" in reader:
            return None
        if any(common in reader for common in architecture.aliases):
            return None
        check_values(reader, architecture.aliases, ESSENTIAL)
        data = {**architecture.defaults, **stripped(reader.data), **options}
        return _understood(architecture, data, reader)
    except LikewiseError:
        return None


def _understood(architecture: Architecture, data: Mapping[str, Any], reader: ConfigReader) -> DirectConfig | None:
    complete = ConfigReader(data, reader.where)
    spec = support_for(complete).spec
    padding = data.get("pad_token_id")
    if spec is None or not (padding is None or (type(padding) is int and 0 <= padding < spec.vocabulary)):
        return None
    if padding is None and spec.position_offset:
        return None
    widths = PartWidths(
        table=complete.integer("embedding_size", low=1, default=spec.width),
        inner=complete.integer(architecture.inner, low=1),
        positions_last=architecture.positions_last,
        norm_first=architecture.norm_first,
    )
    said = {**stripped(reader.data), **{key: data[key] for key in data if key == "output_hidden_states"}}
    return DirectConfig(architecture, spec, tuple(parts_of(spec, widths)), said, reader.where)
