"""ModernBERT: layer norms first, rotated queries and keys, gated feed-forward parts, local attention in most blocks."""

from __future__ import annotations

from likewise.encoder.activation import read_activation
from likewise.encoder.head import Head
from likewise.encoder.rotation import read_rotation
from likewise.encoder.spec import EmbeddingNames, EncoderSpec, LayerNames
from likewise.errors import ConfigError
from likewise.hub.config_reader import ConfigReader

MODEL_TYPES = ("modernbert",)
_LOCAL = "sliding_attention"


def read(config: ConfigReader) -> EncoderSpec:
    """Read a configuration.

    Args:
        config: The transformers configuration, as transformers completes it (`layer_types`, `rope_parameters`).

    Returns:
        The spec.
    """
    width, heads = config.integer("hidden_size", low=1), config.integer("num_attention_heads", low=1)
    kinds = config.texts("layer_types")
    if len(kinds) != config.integer("num_hidden_layers", low=1):
        raise ConfigError(f"{config.where}: {len(kinds)} 'layer_types'", accepted="one for each of num_hidden_layers")
    rotations = config.object("rope_parameters")
    bases = {kind: read_rotation(rotations, kind) for kind in set(kinds)}
    window = config.integer("local_attention", low=2) // 2
    return EncoderSpec(
        architecture="modernbert",
        width=width,
        heads=heads,
        embedding=EmbeddingNames(word="embeddings.tok_embeddings.weight", norm="embeddings.norm"),
        layers=tuple(_names(f"layers.{at}.", first=at == 0) for at in range(len(kinds))),
        activation=read_activation(config, "hidden_activation", default="gelu"),
        epsilon=config.number("norm_eps", low=0.0, high=0.1, default=1e-5),
        vocabulary=config.integer("vocab_size", low=1),
        max_positions=config.integer("max_position_embeddings", low=1),
        positions="rotary",
        pre_norm=True,
        final_norm="final_norm",
        gated=True,
        windows=tuple(window if kind == _LOCAL else None for kind in kinds),
        rotary_bases=tuple(bases[kind] for kind in kinds),
        rotary_width=width // heads,
        dropout=config.number("mlp_dropout", low=0.0, high=1.0, default=0.0),
        attention_dropout=config.number("attention_dropout", low=0.0, high=1.0, default=0.0),
    )


def read_head(config: ConfigReader, spec: EncoderSpec) -> Head:
    """Read the classification head, which pools the first token or the mean.

    Args:
        config: The transformers configuration.
        spec: The encoder.

    Returns:
        The head.
    """
    return Head(
        model_class="ModernBertForSequenceClassification",
        dense="head.dense",
        out="classifier",
        activation=read_activation(config, "classifier_activation", default="gelu"),
        norm="head.norm",
        pooling="mean"
        if config.text("classifier_pooling", choices=("cls", "mean"), default="cls") == "mean"
        else "cls",
        biased_dense=config.boolean("classifier_bias", default=False),
        biased_norm=config.boolean("norm_bias", default=False),
        epsilon=spec.epsilon,
        dropout=config.number("classifier_dropout", low=0.0, high=1.0, default=0.0),
    )


def _names(prefix: str, *, first: bool) -> LayerNames:
    return LayerNames(
        qkv=(f"{prefix}attn.Wqkv",),
        out=f"{prefix}attn.Wo",
        norm_1=None if first else f"{prefix}attn_norm",
        up=(f"{prefix}mlp.Wi",),
        down=f"{prefix}mlp.Wo",
        norm_2=f"{prefix}mlp_norm",
    )
