"""ALBERT: BERT whose blocks share weights in groups, with a narrow word table."""

from __future__ import annotations

from likewise.encoder.activation import read_activation
from likewise.encoder.head import Head
from likewise.encoder.spec import EmbeddingNames, EncoderSpec, LayerNames
from likewise.hub.config_reader import ConfigReader

MODEL_TYPES = ("albert",)


def read(config: ConfigReader) -> EncoderSpec:
    """Read a configuration.

    Args:
        config: The transformers configuration.

    Returns:
        The spec.
    """
    layers = config.integer("num_hidden_layers", low=1)
    groups = config.integer("num_hidden_groups", low=1, high=layers, default=1)
    inner = config.integer("inner_group_num", low=1, high=64, default=1)
    names = tuple(
        _names(f"encoder.albert_layer_groups.{at * groups // layers}.albert_layers.{part}.")
        for at in range(layers)
        for part in range(inner)
    )
    return EncoderSpec(
        architecture="albert",
        width=config.integer("hidden_size", low=1),
        heads=config.integer("num_attention_heads", low=1),
        embedding=EmbeddingNames(
            word="embeddings.word_embeddings.weight",
            position="embeddings.position_embeddings.weight",
            token_type="embeddings.token_type_embeddings.weight",
            norm="embeddings.LayerNorm",
            projection="encoder.embedding_hidden_mapping_in",
        ),
        layers=names,
        activation=read_activation(config, "hidden_act", default="gelu_new"),
        epsilon=config.number("layer_norm_eps", low=0.0, high=0.1, default=1e-12),
        vocabulary=config.integer("vocab_size", low=1),
        max_positions=config.integer("max_position_embeddings", low=1, default=512),
        token_types=config.integer("type_vocab_size", default=2),
        dropout=config.number("hidden_dropout_prob", low=0.0, high=1.0, default=0.0),
        attention_dropout=config.number("attention_probs_dropout_prob", low=0.0, high=1.0, default=0.0),
    )


def read_head(config: ConfigReader, spec: EncoderSpec) -> Head:
    """Read the classification head, which stands on the pooler.

    Args:
        config: The transformers configuration.
        spec: The encoder.

    Returns:
        The head.
    """
    del spec
    return Head(
        model_class="AlbertForSequenceClassification",
        dense="albert.pooler",
        out="classifier",
        activation="tanh",
        dropout=config.number("classifier_dropout_prob", low=0.0, high=1.0, default=0.1),
    )


def _names(prefix: str) -> LayerNames:
    own = f"{prefix}attention."
    return LayerNames(
        qkv=(f"{own}query", f"{own}key", f"{own}value"),
        out=f"{own}dense",
        norm_1=f"{own}LayerNorm",
        up=(f"{prefix}ffn",),
        down=f"{prefix}ffn_output",
        norm_2=f"{prefix}full_layer_layer_norm",
    )
