"""What an encoder architecture is, as data: sizes, switches, and where its weights lie. No code of any architecture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

Positions = Literal["absolute", "rotary", "bias"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingNames:
    """Names of the input embedding's weights; None where the architecture has none.

    Args:
        word: Word table [V, E].
        position: Position table [P, E].
        token_type: Table of token types [K, E].
        norm: Layer norm.
        projection: Linear from E to D, where they differ.
    """

    word: str
    position: str | None = None
    token_type: str | None = None
    norm: str | None = None
    projection: str | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LayerNames:
    """Names of one block's weights, each a linear or a layer norm (".weight" and perhaps ".bias" are added).

    Args:
        qkv: Query, key and value: three linears, or one that holds all three.
        out: Output of the attention.
        norm_1: Layer norm of the attention; None where the block has none (the first one of ModernBERT).
        up: First linear of the feed-forward part: one; a gated part has gate and value, as two or joined in one.
        down: Second linear of the feed-forward part.
        norm_2: Layer norm of the feed-forward part.
    """

    qkv: tuple[str, ...]
    out: str
    norm_1: str | None
    up: tuple[str, ...]
    down: str
    norm_2: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderSpec:
    """An encoder.

    Args:
        architecture: Its name, for reports.
        width: Hidden width D.
        heads: Attention heads.
        embedding: Names of the input embedding's weights.
        layers: Names of each block's weights; ALBERT names the same ones again and again.
        activation: "gelu", "gelu_tanh", "relu" or "silu".
        epsilon: Of the layer norms.
        vocabulary: Rows of the word table.
        max_positions: Longest sequence.
        positions: How positions enter: a table, rotation of queries and keys, or a bias on scores (MPNet).
        position_offset: Index of the first position in the table (RoBERTa starts behind the padding index).
        uncounted_token: Id of a token that takes no position and gets the one before the first (RoBERTa's padding
            token, which a text can hold as well).
        token_types: Rows of the table of token types, 0 for none.
        pre_norm: Whether layer norms stand before the parts of a block, with one more at the end.
        final_norm: Name of that one.
        gated: Whether the feed-forward part is gated.
        gate_first: Whether the activation is on the first half of a joint linear (ModernBERT) or the second (GTE).
        windows: For each block, how far a token sees to either side; None sees all.
        rotary_bases: For each block, the base of its rotation.
        rotary_width: How much of a head is rotated.
        rotary_interleaved: Whether rotated pairs are neighbours instead of halves.
        relative_bias: Name of the table of relative-position biases [buckets, heads].
        relative_buckets: How many buckets.
        relative_max_distance: From which distance on all share the last bucket.
        dropout: Probability in training, of hidden values.
        attention_dropout: Probability in training, of attention weights.
        scale: Factor of attention scores; None is 1 / sqrt(head width).
    """

    architecture: str
    width: int
    heads: int
    embedding: EmbeddingNames
    layers: tuple[LayerNames, ...]
    activation: str
    epsilon: float
    vocabulary: int
    max_positions: int
    positions: Positions = "absolute"
    position_offset: int = 0
    uncounted_token: int | None = None
    token_types: int = 0
    pre_norm: bool = False
    final_norm: str | None = None
    gated: bool = False
    gate_first: bool = True
    windows: tuple[int | None, ...] = ()
    rotary_bases: tuple[float, ...] = ()
    rotary_width: int = 0
    rotary_interleaved: bool = False
    relative_bias: str | None = None
    relative_buckets: int = 32
    relative_max_distance: int = 128
    dropout: float = 0.0
    attention_dropout: float = 0.0
    scale: float | None = None

    @property
    def head_width(self) -> int:
        """Width of one head."""
        return self.width // self.heads
