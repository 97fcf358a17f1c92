"""Embeddings for an evaluator: the model left as it was, and no NaN let through.

Knows the protocol of a model. Does not know what the embeddings are for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from likewise.errors import InputError
from likewise.evaluation.protocol import EvaluatedModel

_ROWS_AT_ONCE = 4096


def embed(model: EvaluatedModel, inputs: Any, encode_fn_name: str | None = None, **kwargs: Any) -> Any:
    """Encode, restore the training mode, and refuse embeddings that are not finite.

    Args:
        model: The model.
        inputs: Texts, or what else it reads.
        encode_fn_name: "query" for `encode_query`, "document" for `encode_document`, None for `encode`.
        **kwargs: Keyword arguments for it; None for `truncate_dim` is left out, so that the model's own width holds.

    Returns:
        What the model gives: [N, D].

    Raises:
        InputError: If there is no such encode function, or an embedding holds NaN or infinity.
    """
    functions = {None: model.encode, "query": model.encode_query, "document": model.encode_document}
    if encode_fn_name not in functions:
        raise InputError(f"encode_fn_name={encode_fn_name!r}", accepted="'query', 'document' or None")
    if kwargs.get("truncate_dim") is None:
        kwargs.pop("truncate_dim", None)
    with modes_kept(model):
        embeddings = functions[encode_fn_name](inputs, **kwargs)
    check_finite(embeddings)
    return embeddings


@contextmanager
def modes_kept(model: object) -> Iterator[None]:
    """Leave each part of a model in training or evaluation mode, as it was before the block.

    Args:
        model: The model; what is no `nn.Module` has no modes.

    Yields:
        Nothing.
    """
    modes = [(module, module.training) for module in model.modules()] if isinstance(model, nn.Module) else []
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def check_finite(embeddings: Any) -> None:
    """Refuse embeddings with NaN or infinity, which every ranking and every mean would pass on unseen.

    Args:
        embeddings: An array or tensor [N, D], or a sequence of rows. Integers are always finite.

    Raises:
        InputError: If a row is not finite; names the first one.
    """
    if isinstance(embeddings, np.ndarray | torch.Tensor):
        # A slice at a time: a mask of the whole would take a quarter of the embeddings' memory again.
        for first in range(0, len(embeddings), _ROWS_AT_ONCE):
            _check_rows(embeddings[first : first + _ROWS_AT_ONCE], first)
    else:
        for number, row in enumerate(embeddings):
            _check_rows(torch.as_tensor(row)[None], number)


def _check_rows(rows: np.ndarray[Any, Any] | torch.Tensor, first: int) -> None:
    finite = np.isfinite(rows) if isinstance(rows, np.ndarray) else torch.isfinite(rows)
    if bool(finite.all()):
        return
    bad = next(number for number, row in enumerate(finite) if not bool(row.all()))
    raise InputError(
        f"the embedding of input {first + bad} holds NaN or infinity",
        accepted="finite embeddings",
        fix="look at the weights, and at training in half precision",
    )
