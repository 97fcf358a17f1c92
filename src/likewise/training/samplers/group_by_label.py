"""Batches in which every label stands at least twice, as batch-hard losses need. Knows the label column only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from likewise.errors import InputError
from likewise.training.samplers.epoch import EpochBatchSampler

LABELS = ("label", "labels", "score", "scores")


class GroupByLabelBatchSampler(EpochBatchSampler):
    """Shuffled rows in pairs of one label, the pairs of all labels mixed, cut into batches of an even number of rows.

    A label with an odd number of rows leaves one out, another one each epoch; a label that stands once is never used.
    An odd batch size makes batches of one row fewer.

    Args:
        dataset: Rows with a label column.
        batch_size: Rows of a batch, at least 2.
        drop_last: Whether a last batch with fewer rows is left out.
        valid_label_columns: Names that the label column may have.
        generator: Its initial seed is mixed into the order.
        seed: Seed of the order.

    Raises:
        InputError: If there is no label column, or no label stands twice.

    Example:
        >>> from datasets import Dataset
        >>> data = Dataset.from_dict({"text": list("abcdef"), "label": [0, 0, 1, 1, 1, 1]})
        >>> sampler = GroupByLabelBatchSampler(data, batch_size=2, drop_last=False)
        >>> all(data[a]["label"] == data[b]["label"] for a, b in sampler), len(sampler)
        (True, 3)
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int,
        drop_last: bool,
        valid_label_columns: Sequence[str] | None = None,
        generator: torch.Generator | None = None,
        seed: int = 0,
    ) -> None:
        labels = np.asarray(dataset[label_column(dataset, valid_label_columns or LABELS)])
        _, self._label_N = np.unique(labels, return_inverse=True)
        counts = np.bincount(self._label_N)
        self._pairs = int((counts // 2).sum())
        if not self._pairs:
            raise InputError(
                f"{len(labels)} rows, and no label stands twice",
                accepted="labels of which at least one stands twice",
                fix="another batch_sampler, such as 'batch_sampler'",
            )
        if batch_size < 2:
            raise InputError(f"batch_size={batch_size}", accepted="at least 2 to group by label")
        super().__init__(2 * self._pairs, batch_size - batch_size % 2, drop_last, generator, seed)

    def __iter__(self) -> Iterator[list[int]]:
        random = self.random()
        order = random.permutation(len(self._label_N))
        order = order[np.argsort(self._label_N[order], kind="stable")]
        label = self._label_N[order]
        starts = np.flatnonzero(np.r_[True, label[1:] != label[:-1]])
        counts = np.diff(np.r_[starts, len(label)])
        place = np.arange(len(label)) - np.repeat(starts, counts)
        kept = place < np.repeat(counts - counts % 2, counts)
        pairs = order[kept].reshape(-1, 2)[random.permutation(self._pairs)]
        rows = pairs.reshape(-1)
        for batch in range(len(self)):
            yield rows[batch * self.batch_size : (batch + 1) * self.batch_size].tolist()


def label_column(dataset: Any, names: Sequence[str]) -> str:
    """Find the label column.

    Args:
        dataset: Rows with named columns.
        names: Names that it may have.

    Returns:
        Its name.

    Raises:
        InputError: If there is none.
    """
    columns = list(dataset.column_names)
    for name in names:
        if name in columns:
            return name
    raise InputError(f"columns {columns}", accepted=f"a label column: {', '.join(map(repr, names))}")
