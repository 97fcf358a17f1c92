"""Several columns of texts as one batch: joined without padding, run at once or in mini-batches, and split again.

Knows feature dictionaries and a function that embeds one; knows no module, no loss and no trainer.

Legend: C columns, B rows of a column, N = C x B rows of the joined batch, T its tokens, D embedding width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, final

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from likewise.errors import InputError
from likewise.ops.packing import cumulative_lengths, packed_features

Features = dict[str, Any]
Run = Callable[[Features], Features]

_JOINABLE = {"input_ids", "attention_mask", "token_type_ids", "prompt_length", "cu_seqlens", "max_seqlen", "seqlens"}
_RESULTS = ("sentence_embedding", "layer_embeddings", "scores")


@final
@dataclass(frozen=True, slots=True)
class MiniBatches:
    """How a batch is cut so that only one piece's activations are in memory at a time.

    Args:
        rows: Most rows of a piece; None sets no limit.
        tokens: Most tokens of a piece; a longer row is a piece of its own. None sets no limit.
        recompute: Whether activations are dropped after the forward pass and computed again, with the same dropout, in
            the backward pass (gradient caching); False keeps them.
        show_progress: Whether to show a progress bar over the pieces.

    Raises:
        InputError: If a limit is less than 1, or there is none.

    Example:
        >>> MiniBatches(rows=32)
        MiniBatches(rows=32, tokens=None, recompute=True, show_progress=False)
    """

    rows: int | None = None
    tokens: int | None = None
    recompute: bool = True
    show_progress: bool = False

    def __post_init__(self) -> None:
        if self.rows is None and self.tokens is None:
            raise InputError("mini-batches without a limit", accepted="rows, tokens or both", fix="rows=32")
        for name, value in (("rows", self.rows), ("tokens", self.tokens)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise InputError(f"mini-batches of {name}={value!r}", accepted="an integer of at least 1, or None")


@final
@dataclass(frozen=True, slots=True)
class ColumnBatch:
    """What a model is given to embed all columns of a training batch in one call of its `forward`.

    Args:
        columns: Features of each column, as `tokenize` makes them.
        mini_batches: How to cut the batch; None runs it at once.
        layers: Whether the embeddings of every layer are wanted as well.
    """

    columns: Sequence[Features]
    mini_batches: MiniBatches | None = None
    layers: bool = False


def run_columns(batch: ColumnBatch, run: Run, *, joins: bool) -> list[Features]:
    """Embed all columns.

    Args:
        batch: The columns.
        run: Adds `sentence_embedding` [rows, D] to features; where layers are wanted, `layer_embeddings` as well, a
            list of such tensors.
        joins: Whether `run` takes packed features, so that columns can be joined without padding.

    Returns:
        For each column, its `sentence_embedding` [B, D] and perhaps `layer_embeddings`, or its `scores` [B, L].

    Raises:
        InputError: If there is no column.

    Example:
        >>> def count(features):
        ...     return {"sentence_embedding": features["cu_seqlens"].diff().float()[:, None]}
        >>> ids, mask = torch.ones(2, 3, dtype=torch.long), torch.tensor([[1, 1, 1], [1, 0, 0]])
        >>> column = {"input_ids": ids, "attention_mask": mask}
        >>> done = run_columns(ColumnBatch([column, column]), count, joins=True)
        >>> [each["sentence_embedding"].tolist() for each in done]
        [[[3.0], [1.0]], [[3.0], [1.0]]]
    """
    if not batch.columns:
        raise InputError("a batch without columns", accepted="features of at least one column")
    if joins and all(_is_joinable(column) for column in batch.columns):
        return _run_joined(batch, run)
    return [
        _in_pieces([*_padded_pieces(column, batch.mini_batches)], run, batch.mini_batches) for column in batch.columns
    ]


def _is_joinable(column: Features) -> bool:
    return (
        "input_ids" in column and ("attention_mask" in column or "cu_seqlens" in column) and column.keys() <= _JOINABLE
    )


def _run_joined(batch: ColumnBatch, run: Run) -> list[Features]:
    joined, order_N, counts = _join(batch.columns)
    pieces = [*_packed_pieces(joined, batch.mini_batches)]
    done = _in_pieces(pieces, run, batch.mini_batches)
    place_N = torch.empty_like(order_N)
    place_N[order_N] = torch.arange(len(order_N), device=order_N.device)
    parts = torch.split(place_N, counts)
    return [{name: _rows_of(value, part_B) for name, value in done.items()} for part_B in parts]


def _rows_of(value: Any, rows_B: Tensor) -> Any:
    return value[rows_B] if isinstance(value, Tensor) else [layer[rows_B] for layer in value]


def _join(columns: Sequence[Features]) -> tuple[Features, Tensor, list[int]]:
    """Put all columns end to end, shortest row first: neighbours of equal length share one attention kernel."""
    packed = [packed_features(column) for column in columns]
    counts = [len(column["cu_seqlens"]) - 1 for column in packed]
    lengths_N = torch.cat([column["cu_seqlens"].diff() for column in packed]).long()
    device = lengths_N.device
    order_N = torch.argsort(lengths_N, stable=True)
    starts_N = lengths_N.cumsum(0) - lengths_N
    sorted_N = lengths_N[order_N]
    total = int(sorted_N.sum())
    new_starts_N = sorted_N.cumsum(0) - sorted_N
    shift_N = starts_N[order_N] - new_starts_N
    source_T = torch.arange(total, device=device) + torch.repeat_interleave(shift_N, sorted_N, output_size=total)
    joined: Features = {
        "input_ids": torch.cat([column["input_ids"] for column in packed])[source_T],
        "cu_seqlens": cumulative_lengths(sorted_N),
        "max_seqlen": int(sorted_N[-1]) if len(sorted_N) else 0,
    }
    types = [column.get("token_type_ids") for column in packed]
    if any(each is not None for each in types):
        filled = [torch.zeros_like(c["input_ids"]) if t is None else t for c, t in zip(packed, types, strict=True)]
        joined["token_type_ids"] = torch.cat(filled)[source_T]
    prompts = [column.get("prompt_length") for column in packed]
    if any(each is not None for each in prompts):
        filled = [_per_row(value, count, device) for value, count in zip(prompts, counts, strict=True)]
        joined["prompt_length"] = torch.cat(filled)[order_N]
    return joined, order_N, counts


def _per_row(value: Any, rows: int, device: torch.device) -> Tensor:
    return torch.as_tensor(0 if value is None else value, device=device).long().reshape(-1).expand(rows)


def _packed_pieces(joined: Features, limits: MiniBatches | None) -> Iterator[Features]:
    lengths = joined["cu_seqlens"].diff().tolist()
    if limits is None or not lengths:
        yield {**joined, "seqlens": lengths}
        return
    edges = joined["cu_seqlens"].tolist()
    for first, last in pairwise(_cuts(lengths, limits)):
        start, stop = edges[first], edges[last]
        piece: Features = {name: joined[name][start:stop] for name in ("input_ids", "token_type_ids") if name in joined}
        piece["cu_seqlens"] = joined["cu_seqlens"][first : last + 1] - start
        piece["seqlens"] = lengths[first:last]
        piece["max_seqlen"] = max(lengths[first:last])
        if "prompt_length" in joined:
            piece["prompt_length"] = joined["prompt_length"][first:last]
        yield piece


def _padded_pieces(column: Features, limits: MiniBatches | None) -> Iterator[Features]:
    """Cut a column by rows. Features without a row for each text, such as those of a bag of words, stay whole."""
    mask = column.get("attention_mask")
    if limits is None or not isinstance(mask, Tensor) or not len(mask):
        yield column
        return
    rows = len(mask)
    for first, last in pairwise(_cuts((mask != 0).sum(-1).tolist(), limits)):
        longest = int((mask[first:last] != 0).any(0).nonzero().max()) + 1 if bool(mask[first:last].any()) else 1
        yield {name: _piece_of(name, value, rows, slice(first, last), longest) for name, value in column.items()}


def _piece_of(name: str, value: Any, rows: int, part: slice, longest: int) -> Any:
    if not isinstance(value, Tensor) or value.dim() == 0 or len(value) != rows:
        return value
    trimmed = name in ("input_ids", "attention_mask", "token_type_ids") and value.dim() == 2
    return value[part, :longest] if trimmed else value[part]


def _cuts(lengths: Sequence[int], limits: MiniBatches) -> list[int]:
    cuts, tokens = [0], 0
    for row, length in enumerate(lengths):
        full = limits.rows is not None and row - cuts[-1] >= limits.rows
        full = full or (limits.tokens is not None and row > cuts[-1] and tokens + length > limits.tokens)
        if full:
            cuts, tokens = [*cuts, row], 0
        tokens += length
    return [*cuts, len(lengths)]


def _in_pieces(pieces: list[Features], run: Run, limits: MiniBatches | None) -> Features:
    if limits is None:
        return _results(run(pieces[0]))
    recompute = limits.recompute and torch.is_grad_enabled()
    done: list[Features] = []
    for piece in _progress(pieces, limits):
        if recompute:
            # Keeps the state of the random generators and of autocast, so that both passes draw the same dropout.
            done.append(checkpoint(lambda each: _results(run(each)), piece, use_reentrant=False))
        else:
            done.append(_results(run(piece)))
    first = done[0]
    if len(done) == 1:
        return first
    return {name: _stacked([each[name] for each in done]) for name in first}


def _progress(pieces: list[Features], limits: MiniBatches) -> Iterator[Features]:
    if not limits.show_progress:
        yield from pieces
        return
    from tqdm.auto import tqdm

    yield from tqdm(pieces, desc="Embed mini-batches", leave=False)


def _stacked(values: list[Any]) -> Any:
    if isinstance(values[0], Tensor):
        return torch.cat(values)
    return [torch.cat(layers) for layers in zip(*values, strict=True)]


def _results(features: Features) -> Features:
    return {name: features[name] for name in _RESULTS if name in features}
