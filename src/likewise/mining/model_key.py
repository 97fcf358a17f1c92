"""A name for one state of one model: what it is made of, its weights, its prompts. Does not know model classes."""

from __future__ import annotations

import hashlib
from typing import Any

from likewise.errors import InputTypeError


def model_key(model: Any) -> str:
    """Tell apart models whose embeddings differ.

    Args:
        model: A `torch.nn.Module` that encodes. Every weight is read once.

    Returns:
        Letters and digits. Two copies of a model on different devices have the same.

    Raises:
        InputTypeError: If it is no torch module: nothing would tell its embeddings from those of another.

    Example:
        >>> import torch
        >>> model_key(torch.nn.Linear(2, 2)) == model_key(torch.nn.Linear(2, 2))
        False
    """
    import torch

    if not isinstance(model, torch.nn.Module):
        raise InputTypeError(
            f"cache_folder was given with a model of type {type(model).__name__}",
            accepted="a torch.nn.Module, such as a SentenceTransformer: its weights name the files",
            fix="leave cache_folder out",
        )
    settings = {name: getattr(model, name, None) for name in ("prompts", "truncate_dim", "max_seq_length")}
    digest = hashlib.blake2b(f"{model}\n{settings}".encode(), digest_size=20)
    for name, weight in model.state_dict().items():
        digest.update(f"\n{name} {weight.dtype} {tuple(weight.shape)}\n".encode())
        digest.update(weight.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()
