"""One result from the batches of a call, in input order. Knows the forms of a result, not where batches come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from likewise.encoding.device_copy import HostCopy
from likewise.encoding.options import EncodeOptions
from likewise.encoding.repeats import Places
from likewise.encoding.report import Report
from likewise.encoding.rows import feature_rows, finite_rows, own_copy, sentence_rows, token_rows
from likewise.encoding.sparse_rows import SparseRows
from likewise.models.module import Features


class Collector(ABC):
    """Takes batches in any order and puts their rows where they belong."""

    @abstractmethod
    def add(self, places: Places, features: Features) -> None:
        """Take one batch.

        Args:
            places: Where its rows go; a row may go to several places.
            features: Its features, after the model.
        """

    @abstractmethod
    def place(self, places: Places, rows: Any) -> None:
        """Take finished rows, such as another collector of the same kind gave for a part of the inputs.

        Args:
            places: Where the rows go.
            rows: What `finish` gives for the inputs of the part.
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
    if options.result == "sparse":
        return SparseCollector(options, total)
    if options.result == "tensor":
        return TensorCollector(options, total, device)
    return ArrayCollector(options, total)


@final
class _Remarks:
    """What there is to say of the rows of a call; asks the device only at the end, so as not to wait for each batch."""

    def __init__(self, options: EncodeOptions) -> None:
        self._wanted = options.truncate_dim
        self._width: int | None = None
        self._finite: list[tuple[Places, Tensor]] = []

    def add(self, places: Places, rows: Tensor | list[Tensor]) -> None:
        """Look at the rows of one batch: sentence embeddings in one tensor, or a tensor of tokens for each input."""
        self._finite.append((places, finite_rows(rows)))
        if isinstance(rows, Tensor):
            self._width = rows.shape[-1]

    def tell(self, report: Report) -> None:
        """Pass on what was seen."""
        for places, finite in self._finite:
            bad = ~finite.cpu().numpy()
            if bad.any():
                report.not_finite += places.positions[bad if places.rows is None else bad[places.rows]].tolist()
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
        self._pending: tuple[Places, HostCopy] | None = None

    def add(self, places: Places, features: Features) -> None:
        """See `Collector`."""
        rows = sentence_rows(features, self._options)
        self._remarks.add(places, rows)
        copy = HostCopy(rows)
        # The batch before this one is written while this one is computed.
        self._flush()
        self._pending = places, copy

    def place(self, places: Places, rows: Any) -> None:
        """See `Collector`."""
        if self._array is None:
            self._array = np.empty((self._total, rows.shape[1]), dtype=rows.dtype)
        for positions, which in places.blocks():
            self._array[positions] = rows[which]

    def finish(self, report: Report) -> np.ndarray:
        """See `Collector`."""
        self._flush()
        self._remarks.tell(report)
        return np.zeros(0, dtype=np.float32) if self._array is None else self._array

    def _flush(self) -> None:
        if self._pending is not None:
            places, copy = self._pending
            self._pending = None
            self.place(places, copy.wait().numpy())


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

    def add(self, places: Places, features: Features) -> None:
        """See `Collector`."""
        rows = sentence_rows(features, self._options)
        self._remarks.add(places, rows)
        self.place(places, rows)

    def place(self, places: Places, rows: Any) -> None:
        """See `Collector`."""
        rows = torch.as_tensor(rows).to(self._device)
        if self._tensor is None:
            self._tensor = torch.empty((self._total, rows.shape[1]), dtype=rows.dtype, device=self._device)
        for positions, which in places.blocks():
            taken = rows[which] if isinstance(which, slice) else rows[torch.from_numpy(which).to(self._device)]
            self._tensor[torch.from_numpy(positions).to(self._device)] = taken

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

    def add(self, places: Places, features: Features) -> None:
        """See `Collector`."""
        rows: list[Any]
        if self._options.output == "sentence_embedding":
            # A clone is an ordinary tensor, which autograd may use; what the model gave is bound to inference mode.
            embeddings = sentence_rows(features, self._options).clone()
            self._remarks.add(places, embeddings)
            rows = list(embeddings.unbind(0))
        elif self._options.output == "token_embeddings":
            rows = token_rows(features)
            self._remarks.add(places, rows)
        else:
            rows = feature_rows(features, self._options)
        self.place(places, rows)

    def place(self, places: Places, rows: Any) -> None:
        """See `Collector`."""
        if places.rows is None:
            for at, row in zip(places.positions.tolist(), rows, strict=True):
                self._rows[at] = row
            return
        given = set()
        for at, which in zip(places.positions.tolist(), places.rows.tolist(), strict=True):
            # Each place gets tensors of its own: what a caller does to one must not show in another.
            self._rows[at] = own_copy(rows[which]) if which in given else rows[which]
            given.add(which)

    def finish(self, report: Report) -> list[Any]:
        """See `Collector`."""
        self._remarks.tell(report)
        return self._rows


@final
class SparseCollector(Collector):
    """Sentence embeddings as their entries that are not zero, on the CPU.

    Args:
        options: The caller's options.
        total: How many inputs there are.
    """

    def __init__(self, options: EncodeOptions, total: int) -> None:
        self._options, self._total = options, total
        self._remarks = _Remarks(options)
        self._positions: list[np.ndarray] = []
        self._parts: list[SparseRows] = []

    def add(self, places: Places, features: Features) -> None:
        """See `Collector`."""
        rows = sentence_rows(features, self._options)
        self._remarks.add(places, rows)
        self.place(places, SparseRows.of(rows))

    def place(self, places: Places, rows: Any) -> None:
        """See `Collector`."""
        self._positions.append(places.positions)
        self._parts.append(rows if places.rows is None else rows.take(places.rows))

    def finish(self, report: Report) -> SparseRows:
        """See `Collector`."""
        self._remarks.tell(report)
        joined = SparseRows.join(self._parts)
        if not self._positions:
            return joined
        order = np.empty(self._total, dtype=np.int64)
        order[np.concatenate(self._positions)] = np.arange(self._total)
        return joined.take(order)
