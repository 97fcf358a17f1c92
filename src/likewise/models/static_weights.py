"""The token table of a static model as weight files spell it: under our key or those of model2vec. Builds no module."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from likewise.errors import CheckpointError, MissingWeightsError

OWN_KEY = "embedding.weight"
MODEL2VEC_KEY = "embeddings"


def read_table(tensors: Mapping[str, Tensor], where: Path) -> Tensor:
    """Find the token table among the tensors of a folder.

    model2vec may store fewer rows than tokens (`mapping` says which row a token has) and a factor per token
    (`weights`); both are applied.

    Args:
        tensors: Name to tensor, as read.
        where: The folder, for messages.

    Returns:
        float [V, D], one row per token id.

    Raises:
        MissingWeightsError: If there is no table.
        CheckpointError: If a tensor has a wrong shape or type, or holds NaN or infinity.
    """
    name = next((name for name in (OWN_KEY, MODEL2VEC_KEY) if name in tensors), None)
    if name is None:
        raise MissingWeightsError(
            f"{where}: no token table among {sorted(tensors)[:4]}", accepted=f"{OWN_KEY!r} or {MODEL2VEC_KEY!r}"
        )
    table = tensors[name]
    if table.ndim != 2 or not table.is_floating_point() or 0 in table.shape:
        raise _wrong(where, name, table, "floating-point numbers of shape (tokens, dimensions)")
    if name == MODEL2VEC_KEY:
        table = _unfold(table, tensors, where)
    if not bool(torch.isfinite(table).all()):
        raise CheckpointError(f"{where}: the weight {name!r} holds NaN or infinity", accepted="finite weights")
    return table


def _unfold(table: Tensor, tensors: Mapping[str, Tensor], where: Path) -> Tensor:
    mapping, weights = tensors.get("mapping"), tensors.get("weights")
    if mapping is not None:
        if mapping.ndim != 1 or mapping.is_floating_point() or mapping.dtype == torch.bool:
            raise _wrong(where, "mapping", mapping, "integers of shape (tokens,)")
        if len(mapping) and not 0 <= int(mapping.min()) <= int(mapping.max()) < len(table):
            raise CheckpointError(
                f"{where}: 'mapping' names the rows {int(mapping.min())} to {int(mapping.max())}",
                accepted=f"rows from 0 to {len(table) - 1}",
            )
        table = table[mapping.long()]
    if weights is not None:
        if weights.shape != table.shape[:1] or not weights.is_floating_point():
            raise _wrong(where, "weights", weights, f"floating-point numbers of shape ({len(table)},)")
        table = (table.float() * weights.float()[:, None]).to(table.dtype)
    return table


def check_vocabulary(tokenizer: Tokenizer, table: Tensor, where: Path) -> None:
    """Refuse a tokenizer with more tokens than the table has rows.

    Args:
        tokenizer: The tokenizer.
        table: float [V, D].
        where: The folder, for messages.

    Raises:
        CheckpointError: If a token has no row.
    """
    tokens = tokenizer.get_vocab_size(with_added_tokens=True)
    if tokens > len(table):
        raise CheckpointError(
            f"{where}: the tokenizer has {tokens} tokens, the embedding table {len(table)} rows",
            accepted="a row for every token",
        )


def _wrong(where: Path, name: str, tensor: Tensor, accepted: str) -> CheckpointError:
    kind = str(tensor.dtype).removeprefix("torch.")
    return CheckpointError(f"{where}: the weight {name!r} is {kind} of shape {tuple(tensor.shape)}", accepted=accepted)
