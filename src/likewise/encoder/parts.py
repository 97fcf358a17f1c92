"""The parts of an encoder, in the order of its checkpoint: a spec and some widths to names and shapes. No tensors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, final

from likewise.encoder.spec import EncoderSpec, LayerNames


@final
@dataclass(frozen=True, slots=True)
class Part:
    """One table, linear or layer norm.

    Args:
        name: Its name in the checkpoint.
        kind: What it is.
        shape: Of its weight.
        biased: Whether it has a bias (as long as the first dimension of the weight).
    """

    name: str
    kind: Literal["table", "linear", "norm"]
    shape: tuple[int, ...]
    biased: bool = False

    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Its tensors.

        Returns:
            Name in the checkpoint to shape.
        """
        weight = {f"{self.name}.weight": self.shape}
        return {**weight, f"{self.name}.bias": self.shape[:1]} if self.biased else weight


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PartWidths:
    """What the sizes of the parts depend on beside the spec.

    Args:
        table: Width of the tables, D unless they are narrower (ELECTRA, ALBERT).
        inner: Width of the feed-forward part.
        biased_attention: Whether the linears of the attention have biases.
        biased_up: Whether the first linear of the feed-forward part has.
        biased_down: Whether the second has.
        biased_norms: Whether layer norms have.
        positions_last: Whether the position table stands behind the layer norm of the embedding (RoBERTa).
        norm_first: Whether a block's last layer norm stands first (ALBERT).
        attention_last: Whether the attention stands behind the feed-forward part (NomicBERT, GTE).
    """

    table: int
    inner: int
    biased_attention: bool = True
    biased_up: bool = True
    biased_down: bool = True
    biased_norms: bool = True
    positions_last: bool = False
    norm_first: bool = False
    attention_last: bool = False


def parts_of(spec: EncoderSpec, widths: PartWidths) -> list[Part]:
    """List all parts, each once.

    Args:
        spec: The architecture.
        widths: The sizes that the spec does not hold.

    Returns:
        The parts, in the order in which a transformers model registers them.

    Example:
        >>> from likewise.encoder.spec import EmbeddingNames
        >>> sizes = {"width": 4, "heads": 2, "epsilon": 1e-12, "vocabulary": 9, "max_positions": 8}
        >>> names = EmbeddingNames(word="word.weight")
        >>> spec = EncoderSpec(architecture="toy", embedding=names, layers=(), activation="gelu", **sizes)
        >>> parts_of(spec, PartWidths(table=4, inner=8))[0].tensors()
        {'word.weight': (9, 4)}
    """
    parts = [*_embedding(spec, widths)]
    for names in dict.fromkeys(spec.layers):
        parts += _layer(names, spec, widths)
    if spec.relative_bias is not None:
        parts.append(_table(spec.relative_bias, spec.relative_buckets, spec.heads))
    if spec.final_norm is not None:
        parts.append(Part(spec.final_norm, "norm", (spec.width,), widths.biased_norms))
    return parts


def _embedding(spec: EncoderSpec, widths: PartWidths) -> Iterator[Part]:
    names = spec.embedding
    position = []
    if names.position is not None:
        position = [_table(names.position, spec.max_positions + spec.position_offset, widths.table)]
    yield _table(names.word, spec.vocabulary, widths.table)
    if not widths.positions_last:
        yield from position
    if names.token_type is not None:
        yield _table(names.token_type, spec.token_types, widths.table)
    if names.norm is not None:
        yield Part(names.norm, "norm", (widths.table,), widths.biased_norms)
    if widths.positions_last:
        yield from position
    if names.projection is not None:
        yield Part(names.projection, "linear", (spec.width, widths.table), biased=True)


def _layer(names: LayerNames, spec: EncoderSpec, widths: PartWidths) -> list[Part]:
    def norm(name: str | None) -> list[Part]:
        return [] if name is None else [Part(name, "norm", (spec.width,), widths.biased_norms)]

    joint, biased = (3 * spec.width // len(names.qkv), spec.width), widths.biased_attention
    widened = widths.inner * (2 if spec.gated else 1) // len(names.up)
    attention = [
        *(Part(name, "linear", joint, biased) for name in names.qkv),
        Part(names.out, "linear", (spec.width, spec.width), biased),
    ]
    forward = [
        *(Part(name, "linear", (widened, spec.width), widths.biased_up) for name in names.up),
        Part(names.down, "linear", (spec.width, widths.inner), widths.biased_down),
    ]
    first, last = norm(names.norm_1), norm(names.norm_2)
    if spec.pre_norm:
        return [*first, *attention, *last, *forward]
    if widths.norm_first:
        return [*last, *attention, *first, *forward]
    if widths.attention_last:
        return [*first, *forward, *attention, *last]
    return [*attention, *first, *forward, *last]


def _table(name: str, rows: int, width: int) -> Part:
    return Part(name.removesuffix(".weight"), "table", (rows, width))
