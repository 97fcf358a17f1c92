"""The mean of rows of a table, exact in float32 whatever the table is stored in. Knows no tokenizer and no module.

Legend: V rows of the table, D width, T ids of all bags, B bags.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor
from torch.nn import functional as F

# Adding up millions of rows one after the other loses digits; longer bags than this are added up in parts.
_LONGEST_SUM = 1024
_HALF = (torch.float16, torch.bfloat16)


@final
@dataclass(frozen=True, slots=True)
class _Copy:
    """A float32 copy of a table as it was: `state` tells when it is stale."""

    state: tuple[Any, ...]
    table_VD: Tensor


@final
@dataclass(slots=True)
class Float32Table:
    """Keeps the float32 copy of a half-precision table. Copies and pickles of it start empty."""

    _kept: _Copy | None = None

    def of(self, weight_VD: Tensor) -> Tensor:
        """Give a table in float32 (or wider).

        Args:
            weight_VD: The stored table.

        Returns:
            The table itself, if it is float32 or float64. With gradients, a cast that carries them; else a copy, made
            anew when the table has changed (another tensor, or written in place).
        """
        if weight_VD.dtype not in _HALF:
            return weight_VD
        if torch.is_grad_enabled() and weight_VD.requires_grad:
            return weight_VD.float()
        # Inference tensors keep no version; they cannot be written to outside of inference mode.
        version = 0 if weight_VD.is_inference() else weight_VD._version
        state = (weight_VD.data_ptr(), version, weight_VD.device, weight_VD.dtype, weight_VD.shape)
        kept = self._kept
        if kept is None or kept.state != state:
            kept = _Copy(state, weight_VD.detach().float())
            self._kept = kept
        return kept.table_VD

    def __reduce__(self) -> tuple[type[Float32Table], tuple[()]]:
        return Float32Table, ()


def mean_of_rows(table_VD: Tensor, ids_T: Tensor, offsets_B: Tensor) -> Tensor:
    """Average the rows of each bag.

        mean[b] = sum over the ids i of bag b of table[i] / size of bag b;  0 for an empty bag

    Args:
        table_VD: The table.
        ids_T: int64 [T], the rows of all bags, one bag after the other.
        offsets_B: int64 [B], where each bag begins.

    Returns:
        [B, D], in the type of the table.

    Example:
        >>> table = torch.tensor([[0.0], [1.0], [3.0]])
        >>> mean_of_rows(table, torch.tensor([1, 2, 2]), torch.tensor([0, 2, 3])).tolist()
        [[2.0], [3.0], [0.0]]
    """
    if len(ids_T) <= _LONGEST_SUM:
        return F.embedding_bag(ids_T, table_VD, offsets_B, mode="mean")
    end = offsets_B.new_tensor([len(ids_T)])
    sizes_B = torch.diff(offsets_B, append=end)
    longest = int(sizes_B.max())
    if longest <= _LONGEST_SUM:
        return F.embedding_bag(ids_T, table_VD, offsets_B, mode="mean")
    # As many parts as rows in a part: no sum is long. An empty bag has no part.
    length = max(_LONGEST_SUM, math.isqrt(longest))
    parts_B = (sizes_B + length - 1) // length
    bag_P = torch.repeat_interleave(torch.arange(len(offsets_B), device=offsets_B.device), parts_B)
    first_B = parts_B.cumsum(0) - parts_B
    number_P = torch.arange(len(bag_P), device=bag_P.device) - first_B[bag_P]
    sums_PD = F.embedding_bag(ids_T, table_VD, offsets_B[bag_P] + number_P * length, mode="sum")
    sums_BD = sums_PD.new_zeros(len(offsets_B), table_VD.shape[1]).index_add(0, bag_P, sums_PD)
    return sums_BD / sizes_B.clamp(min=1).unsqueeze(1)
