"""What transformers knows about the architectures that are loaded without it: classes, names, defaults. No files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

from likewise.models.direct_rotation import Complete, complete_gte, complete_modernbert, complete_nomic_bert
from likewise.models.stored_names import GTE, NOMIC_BERT, StoredNames


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
        fixed: Fields of `PartWidths` that the architecture decides.
        switches: Fields of `PartWidths` to the keys that decide them.
        complete: Adds what transformers adds beside the defaults.
        stored: How files spell the names of weights.
    """

    model_class: str
    prefix: str
    pooler: str | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    tokenizer_class: str = ""
    inner: str = "intermediate_size"
    fixed: Mapping[str, bool] = field(default_factory=dict)
    switches: Mapping[str, str] = field(default_factory=dict)
    complete: Complete | None = None
    stored: StoredNames = field(default_factory=StoredNames)


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
_MODERNBERT = {
    "attention_bias": False,
    "attention_dropout": 0.0,
    "hidden_activation": "gelu",
    "intermediate_size": 1152,
    "local_attention": 128,
    "max_position_embeddings": 8192,
    "mlp_bias": False,
    "mlp_dropout": 0.0,
    "norm_bias": False,
    "norm_eps": 1e-5,
    "pad_token_id": 50283,
}
_MODERNBERT_SWITCHES = {
    "biased_attention": "attention_bias",
    "biased_up": "mlp_bias",
    "biased_down": "mlp_bias",
    "biased_norms": "norm_bias",
}
_NOMIC_BERT = {
    **_BERT,
    "attention_probs_dropout_prob": 0.0,
    "hidden_act": "silu",
    "hidden_dropout_prob": 0.0,
    "max_position_embeddings": 2048,
}
_GTE = {
    **_BERT,
    "attention_probs_dropout_prob": 0.0,
    "max_position_embeddings": 8192,
    "pad_token_id": 1,
    "type_vocab_size": 1,
}
_POOLER = "pooler.dense"
_POSITIONS_LAST = {"positions_last": True}

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
        fixed=_POSITIONS_LAST,
    ),
    "xlm-roberta": Architecture(
        model_class="XLMRobertaModel",
        prefix="roberta.",
        pooler=_POOLER,
        defaults=_ROBERTA,
        tokenizer_class="XLMRobertaTokenizer",
        fixed=_POSITIONS_LAST,
    ),
    "camembert": Architecture(
        model_class="CamembertModel",
        prefix="roberta.",
        pooler=_POOLER,
        defaults=_ROBERTA,
        tokenizer_class="CamembertTokenizer",
        fixed=_POSITIONS_LAST,
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
        model_class="AlbertModel",
        prefix="albert.",
        pooler="pooler",
        defaults=_ALBERT,
        tokenizer_class="AlbertTokenizer",
        fixed={"norm_first": True},
    ),
    "modernbert": Architecture(
        model_class="ModernBertModel",
        prefix="model.",
        defaults=_MODERNBERT,
        switches=_MODERNBERT_SWITCHES,
        complete=complete_modernbert,
    ),
    "nomic_bert": Architecture(
        model_class="NomicBertModel",
        prefix="nomic_bert.",
        pooler=_POOLER,
        defaults=_NOMIC_BERT,
        tokenizer_class="BertTokenizer",
        fixed={**dict.fromkeys(("biased_attention", "biased_up", "biased_down"), False), "attention_last": True},
        complete=complete_nomic_bert,
        stored=NOMIC_BERT,
    ),
    "gte": Architecture(
        model_class="GteModel",
        prefix="gte.",
        pooler=_POOLER,
        defaults=_GTE,
        tokenizer_class="XLMRobertaTokenizer",
        fixed={"biased_up": False, "attention_last": True},
        complete=complete_gte,
        stored=GTE,
    ),
}
