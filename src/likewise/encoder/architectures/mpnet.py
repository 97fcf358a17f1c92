"""MPNet: BERT with relative-position biases shared by all blocks, and no token types."""

from __future__ import annotations

from likewise.encoder.activation import read_activation
from likewise.encoder.head import Head
from likewise.encoder.spec import EmbeddingNames, EncoderSpec, LayerNames
from likewise.hub.config_reader import ConfigReader

MODEL_TYPES = ("mpnet",)


def read(config: ConfigReader) -> EncoderSpec:
    """Read a configuration.

    Args:
        config: The transformers configuration.

    Returns:
        The spec.
    """
    offset = config.integer("pad_token_id", default=1) + 1
    return EncoderSpec(
        architecture="mpnet",
        width=config.integer("hidden_size", low=1, default=768),
        heads=config.integer("num_attention_heads", low=1, default=12),
        embedding=EmbeddingNames(
            word="embeddings.word_embeddings.weight",
            position="embeddings.position_embeddings.weight",
            norm="embeddings.LayerNorm",
        ),
        layers=tuple(_names(f"encoder.layer.{at}.") for at in range(config.integer("num_hidden_layers", low=1))),
        activation=read_activation(config, "hidden_act", default="gelu"),
        epsilon=config.number("layer_norm_eps", low=0.0, high=0.1, default=1e-12),
        vocabulary=config.integer("vocab_size", low=1),
        max_positions=config.integer("max_position_embeddings", low=1, default=512) - offset,
        positions="bias",
        position_offset=offset,
        uncounted_token=offset - 1,
        relative_bias="encoder.relative_attention_bias.weight",
        relative_buckets=config.integer("relative_attention_num_buckets", low=2, default=32),
        dropout=config.number("hidden_dropout_prob", low=0.0, high=1.0, default=0.1),
        attention_dropout=config.number("attention_probs_dropout_prob", low=0.0, high=1.0, default=0.1),
    )


def read_head(config: ConfigReader, spec: EncoderSpec) -> Head:
    """Read the classification head.

    Args:
        config: The transformers configuration.
        spec: The encoder.

    Returns:
        The head.
    """
    del config
    return Head(
        model_class="MPNetForSequenceClassification",
        dense="classifier.dense",
        out="classifier.out_proj",
        activation="tanh",
        dropout_before=spec.dropout,
        dropout=spec.dropout,
    )


def _names(prefix: str) -> LayerNames:
    own = f"{prefix}attention.attn."
    return LayerNames(
        qkv=(f"{own}q", f"{own}k", f"{own}v"),
        out=f"{own}o",
        norm_1=f"{prefix}attention.LayerNorm",
        up=(f"{prefix}intermediate.dense",),
        down=f"{prefix}output.dense",
        norm_2=f"{prefix}output.LayerNorm",
    )
