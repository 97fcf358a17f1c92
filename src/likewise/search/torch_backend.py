"""The arithmetic of search on torch tensors, on any device. Imported only when tensors are searched.

Legend: R rows, D dimension.
"""

from __future__ import annotations

from typing import Any, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from likewise.ops.embeddings import as_float32_tensor, is_tensor
from likewise.search.numpy_backend import exact_row_dots, reaching

# What torch.set_float32_matmul_precision lets matrix products do to their factors, TF32 or bfloat16, and then some.
_ERRORS = {"highest": 2.0**-22, "high": 2.0**-9, "medium": 2.0**-6}


@final
class TorchBackend:
    """`likewise.search.backend.Backend` on torch tensors.

    Args:
        device: Where tiles are scored. Rows from elsewhere are copied there tile by tile.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.product_error = _ERRORS[torch.get_float32_matmul_precision()]
        # A GPU is fastest with much to do at a time.
        self.scores_at_once = 2**21 if device.type == "cpu" else 2**22
        self._wide = torch.float32 if device.type == "mps" else torch.float64
        self._scores = torch.empty(0, device=device)
        self._scaled = torch.empty(0, device=device)

    def load(self, source: Tensor | NDArray[Any], start: int, stop: int) -> Tensor:
        """Rows as float32 on the device."""
        rows = source[start:stop]
        tensor = rows.detach().float() if is_tensor(rows) else as_float32_tensor(rows, "embeddings")
        return tensor.to(self.device).contiguous()

    def wide(self, matrix: Tensor) -> Tensor:
        """The same in float64, where the device has it."""
        return matrix.to(self._wide)

    def host(self, matrix: Tensor) -> NDArray[Any]:
        """The same as a numpy array."""
        return matrix.detach().cpu().numpy()

    def vector(self, values: NDArray[Any], like: Tensor) -> Tensor:
        """A numpy vector as a tensor in the dtype and on the device of a matrix."""
        return torch.from_numpy(values).to(like.dtype).to(like.device)

    def take(self, matrix: Tensor, rows: NDArray[np.int64]) -> Tensor:
        """Some rows."""
        return matrix[torch.from_numpy(rows).to(matrix.device)]

    def row_dots(self, left: Tensor, right: Tensor) -> Tensor:
        """The dot product of each row with the same row of the other."""
        return (left * right).sum(-1)

    def product(self, left: Tensor, right: Tensor) -> Tensor:
        """`left @ right.T`, in scratch memory."""
        size = len(left) * len(right)
        if self._scores.numel() < size:
            self._scores = torch.empty(size, device=self.device)
        return torch.mm(left, right.T, out=self._scores[:size].view(len(left), len(right)))

    def scale_rows(self, matrix: Tensor, factors: Tensor) -> Tensor:
        """Each row times its factor, in scratch memory."""
        if self._scaled.numel() < matrix.numel():
            self._scaled = torch.empty(matrix.numel(), device=self.device)
        return torch.mul(matrix, factors[:, None], out=self._scaled[: matrix.numel()].view(matrix.shape))

    def exact_row_dots(self, left: Tensor, right: Tensor) -> NDArray[np.float64]:
        """The dot product of each row with the same row of the other, in float64."""
        if left.device.type == "cpu":
            return exact_row_dots(left.numpy(), right.numpy())
        return self.host(self.row_dots(self.wide(left), self.wide(right))).astype(np.float64)

    def manhattan(self, left: Tensor, right: Tensor) -> Tensor:
        """Sums of absolute differences of every row with every row."""
        return torch.cdist(left, right, p=1.0)

    def values(self, scores: Tensor, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float32]:
        """Some of the scores."""
        places = torch.from_numpy(rows).to(scores.device), torch.from_numpy(columns).to(scores.device)
        return self.host(scores[places])

    def kth_largest(self, scores: Tensor, kth: int) -> NDArray[np.float32]:
        """The k-th largest score of each row."""
        return self.host(scores.topk(kth, sorted=True).values[:, -1])

    def at_least(self, scores: Tensor, floors: NDArray[np.float32], most: int) -> tuple[NDArray[np.int64], ...] | None:
        """Rows and columns of the scores that reach their row's floor; None if these are too many."""
        return self._reaching(scores, floors[:, None], most)

    def at_least_by_column(
        self, scores: Tensor, floors: NDArray[np.float32], most: int
    ) -> tuple[NDArray[np.int64], ...] | None:
        """Rows and columns of the scores that reach their column's floor; None if these are too many."""
        return self._reaching(scores, floors[None, :], most)

    def _reaching(self, scores: Tensor, floors: NDArray[np.float32], most: int) -> tuple[NDArray[np.int64], ...] | None:
        if scores.device.type == "cpu":  # numpy finds the few places many times faster than torch does on the CPU
            return reaching(scores.numpy(), floors, most)
        mask = scores >= self.vector(floors, scores)
        if int(mask.sum()) > most:
            return None
        rows, columns = mask.nonzero(as_tuple=True)
        return rows.cpu().numpy(), columns.cpu().numpy()
