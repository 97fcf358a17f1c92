"""BERT, and what differs from it only in where positions start or in the width of the word table (see MODEL_TYPES)."""

from __future__ import annotations

from likewise.encoder.activation import read_activation
from likewise.encoder.head import Head
from likewise.encoder.spec import EmbeddingNames, EncoderSpec, LayerNames
from likewise.hub.config_reader import ConfigReader

MODEL_TYPES = ("bert", "roberta", "xlm-roberta", "camembert", "electra")
_OFFSET_TYPES = ("roberta", "xlm-roberta", "camembert")
_CLASSIFIERS = {
    "bert": "BertForSequenceClassification",
    "roberta": "RobertaForSequenceClassification",
    "xlm-roberta": "XLMRobertaForSequenceClassification",
    "camembert": "CamembertForSequenceClassification",
    "electra": "ElectraForSequenceClassification",
}


def read(config: ConfigReader) -> EncoderSpec:
    """Read a configuration.

    Args:
        config: The transformers configuration.

    Returns:
        The spec.
    """
    model_type = config.text("model_type", choices=MODEL_TYPES)
    width = config.integer("hidden_size", low=1)
    narrow = config.integer("embedding_size", low=1, default=width)
    offset = config.integer("pad_token_id", default=1) + 1 if model_type in _OFFSET_TYPES else 0
    return EncoderSpec(
        architecture=model_type,
        width=width,
        heads=config.integer("num_attention_heads", low=1),
        embedding=EmbeddingNames(
            word="embeddings.word_embeddings.weight",
            position="embeddings.position_embeddings.weight",
            token_type="embeddings.token_type_embeddings.weight",
            norm="embeddings.LayerNorm",
            projection="embeddings_project" if narrow != width else None,
        ),
        layers=tuple(layer_names(f"encoder.layer.{at}.") for at in range(config.integer("num_hidden_layers", low=1))),
        activation=read_activation(config, "hidden_act", default="gelu"),
        epsilon=config.number("layer_norm_eps", low=0.0, high=0.1, default=1e-12),
        vocabulary=config.integer("vocab_size", low=1),
        max_positions=config.integer("max_position_embeddings", low=1, default=512) - offset,
        position_offset=offset,
        uncounted_token=offset - 1 if offset else None,
        token_types=config.integer("type_vocab_size", default=2),
        dropout=config.number("hidden_dropout_prob", low=0.0, high=1.0, default=0.1),
        attention_dropout=config.number("attention_probs_dropout_prob", low=0.0, high=1.0, default=0.1),
    )


def read_head(config: ConfigReader, spec: EncoderSpec) -> Head:
    """Read the classification head: BERT's stands on the pooler, the others have a linear of their own.

    Args:
        config: The transformers configuration.
        spec: The encoder.

    Returns:
        The head.
    """
    model_class = _CLASSIFIERS[spec.architecture]
    own = config.number("classifier_dropout", low=0.0, high=1.0, default=None)
    drop = spec.dropout if own is None else own
    if spec.architecture == "bert":
        return Head(
            model_class=model_class, dense="bert.pooler.dense", out="classifier", activation="tanh", dropout=drop
        )
    return Head(
        model_class=model_class,
        dense="classifier.dense",
        out="classifier.out_proj",
        activation="gelu" if spec.architecture == "electra" else "tanh",
        dropout_before=drop,
        dropout=drop,
    )


def layer_names(prefix: str) -> LayerNames:
    """Names of one block's weights.

    Args:
        prefix: Such as "encoder.layer.0.".

    Returns:
        The names.
    """
    own = f"{prefix}attention.self."
    return LayerNames(
        qkv=(f"{own}query", f"{own}key", f"{own}value"),
        out=f"{prefix}attention.output.dense",
        norm_1=f"{prefix}attention.output.LayerNorm",
        up=(f"{prefix}intermediate.dense",),
        down=f"{prefix}output.dense",
        norm_2=f"{prefix}output.LayerNorm",
    )
