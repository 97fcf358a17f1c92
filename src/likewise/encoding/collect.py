"""One result from the batches of a call, in input order. Knows the forms of a result, not where batches come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from likewise.encoding.device_copy import HostCopy
from likewise.encoding.options import EncodeOptions
from likewise.encoding.report import Report
from likewise.encoding.rows import feature_rows, finite_rows, sentence_rows, token_rows
from likewise.models.module import Features


class Collector(ABC):
    """Takes batches in any order and puts their rows where they belong."""

    @abstractmethod
    def add(self, positions: np.ndarray, features: Features) -> None:
        """Take one batch.

        Args:
            positions: int64 [B], the inputs of the batch.
            features: Its features, after the model.
        """

    @abstractmethod
    def place(self, positions: np.ndarray, rows: Any) -> None:
        """Take finished rows, such as another collector of the same kind gave for a part of the inputs.

        Args:
            positions: int64 [B], the inputs.
            rows: What `finish` gives for these inputs.
        """

    @abstractmethod
    def finish(self, report: Report) -> Any:
        """End the call.

        Args:
            report: Is told of results that are no finite numbers.

        Returns:
            The result for all inputs.
        """


def collector_for(options: EncodeOptions, total: int, device: torch.device) -> Collector:
    """Choose the collector for a call.

    Args:
        options: The caller's options.
        total: How many inputs there are.
        device: Where a tensor result is to be.

    Returns:
        An empty collector.
    """
    if options.output != "sentence_embedding":
        return ListCollector(options, total)
    if options.result == "list":
        return ListCollector(options, total)
    if options.result == "tensor":
        return TensorCollector(options, total, device)
    return ArrayCollector(options, total)


@final
class _Remarks:
    """What there is to say of the rows of a call; asks the device only at the end, so as not to wait for each batch."""

    def __init__(self, options: EncodeOptions) -> None:
        self._wanted = options.truncate_dim
        self._width: int | None = None
        self._finite: list[tuple[np.ndarray, Tensor]] = []

    def add(self, positions: np.ndarray, rows: Tensor | list[Tensor]) -> None:
        """Look at the rows of one batch: sentence embeddings in one tensor, or a tensor of tokens for each input."""
        self._finite.append((positions, finite_rows(rows)))
        if isinstance(rows, Tensor):
            self._width = rows.shape[-1]

    def tell(self, report: Report) -> None:
        """Pass on what was seen."""
        for positions, finite in self._finite:
            report.not_finite += positions[~finite.cpu().numpy()].tolist()
        if self._wanted is not None and self._width is not None and self._width < self._wanted:
            report.too_wide = self._width


@final
class ArrayCollector(Collector):
    """Sentence embeddings in one numpy array.

    Args:
        options: The caller's options.
        total: How many inputs there are.
    """

    def __init__(self, options: EncodeOptions, total: int) -> None:
        self._options, self._total = options, total
        self._remarks = _Remarks(options)
        self._array: np.ndarray | None = None
        self._pending: tuple[np.ndarray, HostCopy] | None = None

    def add(self, positions: np.ndarray, features: Features) -> None:
        """See `Collector`."""
        rows = sentence_rows(features, self._options)
        self._remarks.add(positions, rows)
        copy = HostCopy(rows)
        # The batch before this one is written while this one is computed.
        self._flush()
        self._pending = positions, copy

    def place(self, positions: np.ndarray, rows: Any) -> None:
        """See `Collector`."""
        if self._array is None:
            self._array = np.empty((self._total, rows.shape[1]), dtype=rows.dtype)
        self._array[positions] = rows

    def finish(self, report: Report) -> np.ndarray:
        """See `Collector`."""
        self._flush()
        self._remarks.tell(report)
        return np.zeros(0, dtype=np.float32) if self._array is None else self._array

    def _flush(self) -> None:
        if self._pending is not None:
            positions, copy = self._pending
            self._pending = None
            self.place(positions, copy.wait().numpy())


@final
class TensorCollector(Collector):
    """Sentence embeddings in one tensor.

    Args:
        options: The caller's options.
        total: How many inputs there are.
        device: Where the tensor is.
    """

    def __init__(self, options: EncodeOptions, total: int, device: torch.device) -> None:
        self._options, self._total, self._device = options, total, device
        self._remarks = _Remarks(options)
        self._tensor: Tensor | None = None

    def add(self, positions: np.ndarray, features: Features) -> None:
        """See `Collector`."""
        rows = sentence_rows(features, self._options)
        self._remarks.add(positions, rows)
        self.place(positions, rows)

    def place(self, positions: np.ndarray, rows: Any) -> None:
        """See `Collector`."""
        rows = torch.as_tensor(rows)
        if self._tensor is None:
            self._tensor = torch.empty((self._total, rows.shape[1]), dtype=rows.dtype, device=self._device)
        self._tensor[torch.from_numpy(positions).to(self._device)] = rows.to(self._device)

    def finish(self, report: Report) -> Tensor:
        """See `Collector`."""
        self._remarks.tell(report)
        return torch.empty(0, device=self._device) if self._tensor is None else self._tensor


@final
class ListCollector(Collector):
    """A list with one entry for each input: sentence embeddings, token embeddings, or dictionaries of features.

    Args:
        options: The caller's options.
        total: How many inputs there are.
    """

    def __init__(self, options: EncodeOptions, total: int) -> None:
        self._options = options
        self._remarks = _Remarks(options)
        self._rows: list[Any] = [None] * total

    def add(self, positions: np.ndarray, features: Features) -> None:
        """See `Collector`."""
        rows: list[Any]
        if self._options.output == "sentence_embedding":
            # A clone is an ordinary tensor, which autograd may use; what the model gave is bound to inference mode.
            embeddings = sentence_rows(features, self._options).clone()
            self._remarks.add(positions, embeddings)
            rows = list(embeddings.unbind(0))
        elif self._options.output == "token_embeddings":
            rows = token_rows(features)
            self._remarks.add(positions, rows)
        else:
            rows = feature_rows(features, self._options)
        self.place(positions, rows)

    def place(self, positions: np.ndarray, rows: Any) -> None:
        """See `Collector`."""
        for at, row in zip(positions.tolist(), rows, strict=True):
            self._rows[at] = row

    def finish(self, report: Report) -> list[Any]:
        """See `Collector`."""
        self._remarks.tell(report)
        return self._rows
