"""NomicBERT and GTE: BERT with rotated queries and keys, and a gated feed-forward part."""

from __future__ import annotations

from likewise.encoder.activation import read_activation
from likewise.encoder.head import Head
from likewise.encoder.rotation import read_rotation
from likewise.encoder.spec import EmbeddingNames, EncoderSpec, LayerNames
from likewise.errors import ConfigError
from likewise.hub.config_reader import ConfigReader

MODEL_TYPES = ("nomic_bert", "gte")
_CLASSIFIERS = {"nomic_bert": "NomicBertForSequenceClassification", "gte": "GteForSequenceClassification"}


def read(config: ConfigReader) -> EncoderSpec:
    """Read a configuration.

    Args:
        config: The transformers configuration.

    Returns:
        The spec.
    """
    width, heads = config.integer("hidden_size", low=1), config.integer("num_attention_heads", low=1)
    layers = config.integer("num_hidden_layers", low=1)
    base = read_rotation(config, "rope_parameters")
    if config.integer("head_dim", low=1, default=width // heads) != width // heads:
        raise ConfigError(f"{config.where}: heads of another width ('head_dim')", accepted="hidden_size / heads")
    return EncoderSpec(
        architecture=config.text("model_type", choices=MODEL_TYPES),
        width=width,
        heads=heads,
        embedding=EmbeddingNames(
            word="embeddings.word_embeddings.weight",
            token_type="embeddings.token_type_embeddings.weight",
            norm="embeddings.LayerNorm",
        ),
        layers=tuple(_names(f"layers.{at}.") for at in range(layers)),
        activation=read_activation(config, "hidden_act", default="gelu"),
        epsilon=config.number("layer_norm_eps", low=0.0, high=0.1, default=1e-12),
        vocabulary=config.integer("vocab_size", low=1),
        max_positions=config.integer("max_position_embeddings", low=1),
        positions="rotary",
        token_types=config.integer("type_vocab_size", default=2),
        gated=True,
        rotary_bases=(base,) * layers,
        rotary_width=width // heads,
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
    own = config.number("classifier_dropout", low=0.0, high=1.0, default=None)
    return Head(
        model_class=_CLASSIFIERS[spec.architecture],
        dense=f"{spec.architecture}.pooler.dense",
        out="classifier",
        activation="tanh",
        dropout=spec.dropout if own is None else own,
    )


def _names(prefix: str) -> LayerNames:
    own = f"{prefix}self_attn."
    return LayerNames(
        qkv=(f"{own}q_proj", f"{own}k_proj", f"{own}v_proj"),
        out=f"{own}o_proj",
        norm_1=f"{prefix}post_attention_layernorm",
        up=(f"{prefix}mlp.gate_proj", f"{prefix}mlp.up_proj"),
        down=f"{prefix}mlp.down_proj",
        norm_2=f"{prefix}post_mlp_layernorm",
    )
