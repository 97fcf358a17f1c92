"""DistilBERT: BERT without token types, under names of its own."""

from __future__ import annotations

from likewise.encoder.activation import read_activation
from likewise.encoder.head import Head
from likewise.encoder.spec import EmbeddingNames, EncoderSpec, LayerNames
from likewise.hub.config_reader import ConfigReader

MODEL_TYPES = ("distilbert",)
_EPSILON = 1e-12  # the architecture fixes it


def read(config: ConfigReader) -> EncoderSpec:
    """Read a configuration.

    Args:
        config: The transformers configuration.

    Returns:
        The spec.
    """
    layers = config.integer(("n_layers", "num_hidden_layers"), low=1)
    return EncoderSpec(
        architecture="distilbert",
        width=config.integer(("dim", "hidden_size"), low=1),
        heads=config.integer(("n_heads", "num_attention_heads"), low=1),
        embedding=EmbeddingNames(
            word="embeddings.word_embeddings.weight",
            position="embeddings.position_embeddings.weight",
            norm="embeddings.LayerNorm",
        ),
        layers=tuple(_names(f"transformer.layer.{at}.") for at in range(layers)),
        activation=read_activation(config, "activation", default="gelu"),
        epsilon=_EPSILON,
        vocabulary=config.integer("vocab_size", low=1),
        max_positions=config.integer("max_position_embeddings", low=1, default=512),
        dropout=config.number("dropout", low=0.0, high=1.0, default=0.1),
        attention_dropout=config.number("attention_dropout", low=0.0, high=1.0, default=0.1),
    )


def read_head(config: ConfigReader, spec: EncoderSpec) -> Head:
    """Read the classification head.

    Args:
        config: The transformers configuration.
        spec: The encoder.

    Returns:
        The head.
    """
    del spec
    return Head(
        model_class="DistilBertForSequenceClassification",
        dense="pre_classifier",
        out="classifier",
        activation="relu",
        dropout=config.number("seq_classif_dropout", low=0.0, high=1.0, default=0.2),
    )


def _names(prefix: str) -> LayerNames:
    own = f"{prefix}attention."
    return LayerNames(
        qkv=(f"{own}q_lin", f"{own}k_lin", f"{own}v_lin"),
        out=f"{own}out_lin",
        norm_1=f"{prefix}sa_layer_norm",
        up=(f"{prefix}ffn.lin1",),
        down=f"{prefix}ffn.lin2",
        norm_2=f"{prefix}output_layer_norm",
    )
