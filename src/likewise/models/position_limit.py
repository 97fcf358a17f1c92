"""How many tokens a transformers model can read at most. Knows its position tables, no files and no tokenizer."""

from __future__ import annotations

import logging

from torch import nn

from likewise.errors import CheckpointError, InputError

logger = logging.getLogger(__name__)

_TABLE_NAMES = ("position_embeddings", "position_embedding", "embed_positions", "wpe")
# tokenizers without a maximum say 10^30
_NO_LIMIT = 10**8


def table_size(model: nn.Module) -> tuple[int, int] | None:
    """Find the learned position table of a model.

    Args:
        model: The transformers model.

    Returns:
        Its rows, and how many of them a text can use; None if the positions are not learned (rotary, relative).

    Example:
        >>> roberta = nn.ModuleDict({"position_embeddings": nn.Embedding(514, 8, padding_idx=1)})
        >>> table_size(roberta)
        (514, 512)
    """
    for name, module in model.named_modules():
        if isinstance(module, nn.Embedding) and name.rpartition(".")[2] in _TABLE_NAMES:
            rows = module.num_embeddings
            # RoBERTa and its descendants count positions from padding_idx + 1 on; BART from `offset` on.
            reserved = 0 if module.padding_idx is None else module.padding_idx + 1
            return rows, rows - max(reserved, int(getattr(module, "offset", 0)))
    return None


def default_length(model: nn.Module, positions: object, tokenizer_length: object) -> int | None:
    """The documented default of `max_seq_length`.

    Args:
        model: The transformers model.
        positions: `max_position_embeddings` of its configuration; None or negative if there is none.
        tokenizer_length: `model_max_length` of the tokenizer; huge if it has none.

    Returns:
        The smallest of these limits, or None if there is none.
    """
    table = table_size(model)
    found = [table[1] if table else None, positions, tokenizer_length]
    limits = [int(limit) for limit in found if isinstance(limit, int | float) and 0 < limit < _NO_LIMIT]
    return min(limits, default=None)


def checked_length(model: nn.Module, length: int | None, source: str | None) -> int | None:
    """Compare a maximum length with what the model can index.

    Args:
        model: The transformers model.
        length: The maximum length that a file or the caller asks for.
        source: The file it stands in; None for the caller.

    Returns:
        The length, or the usable positions where it counts the reserved ones as well (RoBERTa's 514 for 512).

    Raises:
        CheckpointError: If a file asks for more than the model has positions.
        InputError: If the caller does.
    """
    if length is None:
        return None
    if isinstance(length, bool) or not isinstance(length, int) or length < 1:
        raise InputError(f"max_seq_length={length!r}", accepted="an integer of at least 1, or None")
    table = table_size(model)
    if table is None or length <= table[1]:
        return length
    if length > table[0]:
        accepted = f"an integer from 1 to {table[1]}, the number of positions of the model"
        if source is not None:
            raise CheckpointError(f"{source}: 'max_seq_length' is {length}", accepted=accepted)
        raise InputError(f"max_seq_length={length}", accepted=accepted)
    logger.info("max_seq_length=%d counts reserved positions: %d tokens are read.", length, table[1])
    return table[1]
