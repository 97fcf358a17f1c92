"""A short name for exactly one model: its weights and its settings. Knows how a model is described, not why."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from likewise.models.module_traits import RunsPacked

if TYPE_CHECKING:
    from likewise.sentence_transformer.model import SentenceTransformer

_LETTERS = 16


def fingerprint(model: SentenceTransformer) -> str:
    """Tell models apart whose embeddings differ: by weights, modules, prompts, width, lengths, and the int8 mode.

    The device and the kernels do not count. Every weight is read once, some 1 GB a second.

    Args:
        model: The model, as it is now.

    Returns:
        16 letters a to f and digits.

    Example:
        >>> from likewise import SentenceTransformer
        >>> whole, cut = SentenceTransformer("likewise-mini"), SentenceTransformer("likewise-mini", truncate_dim=32)
        >>> fingerprint(whole) == fingerprint(cut)
        False
    """
    settings = replace(model.describe(), device="", bodies=())
    int8 = [
        module.how_it_runs().int8.layers is not None for module in model.modules() if isinstance(module, RunsPacked)
    ]
    digest = hashlib.blake2b(f"{settings}\n{int8}".encode(), digest_size=_LETTERS // 2)
    for name, weight in model.state_dict().items():
        digest.update(f"\n{name} {weight.dtype} {tuple(weight.shape)}\n".encode())
        digest.update(weight.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()
