"""The loop: prepare, schedule, collate, copy, forward. Gives batches as they come, to whoever makes use of them."""

from __future__ import annotations

from collections.abc import Generator, Hashable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, final

import numpy as np
import torch

from likewise.encoding.ahead import ahead
from likewise.encoding.budget import Budget
from likewise.encoding.device_copy import to_device
from likewise.encoding.oom import Halving
from likewise.encoding.options import EncodeOptions
from likewise.encoding.pipeline import Pipeline
from likewise.encoding.repeats import Places, Repeats
from likewise.encoding.report import Report
from likewise.encoding.schedule import rows_packed, rows_padded, schedule
from likewise.models.module import Features, Prepared


def run(
    pipeline: Pipeline, inputs: Sequence[Any], options: EncodeOptions, report: Report
) -> Generator[tuple[Places, Features]]:
    """Run the model on inputs, in batches of similar length; what stands several times is computed once.

    Args:
        pipeline: The model.
        inputs: The inputs, checked.
        options: The caller's options.
        report: Is told which inputs were cut.

    Yields:
        Where the rows of a batch go, and the batch's features after the model. Every position comes exactly once; the
        order is not that of the inputs.

    Raises:
        TruncationError: If an input is too long and the options say that this is an error.
        InputError: If one input alone does not fit into memory.
    """
    device = pipeline.device
    budget = Budget.of(options, device.type)
    halving = Halving(device)
    same_inputs = Repeats.of_inputs(inputs)
    if same_inputs is not None:
        inputs = [inputs[at] for at in same_inputs.first.tolist()]
    windows = list(budget.windows(len(inputs)))

    def prepare(window: range) -> _Window:
        values = inputs[window.start : window.stop]
        return _Window.of(pipeline.prepare(values, prompt=options.prompt, task=options.task))

    with closing(ahead(prepare, windows)) as prepared_windows:
        for start, window in zip([window.start for window in windows], prepared_windows, strict=True):
            if window.prepared.truncated.any():
                cut = Places(np.flatnonzero(window.prepared.truncated)).moved(start).through(same_inputs)
                report.add_truncated(cut.positions)
            step = partial(_forward, pipeline, window, device, options)
            sizes = window.sizes
            for rows in window.batches(budget):
                for part, features in halving.run(step, rows, sizes):
                    yield Places(part).through(window.same_rows).moved(start).through(same_inputs), features


@final
@dataclass(frozen=True, slots=True)
class _Window:
    """Inputs that were tokenised together. Rows are counted among those to be computed.

    Args:
        prepared: The tokenised inputs.
        same_rows: Which of them are the same to the model, None if all differ.
    """

    prepared: Prepared
    same_rows: Repeats | None

    @classmethod
    def of(cls, prepared: Prepared) -> _Window:
        """Find what is the same; the keys are not needed any more then."""
        if prepared.keys is None:
            return cls(prepared, None)
        keys: Sequence[Hashable] = prepared.keys
        if prepared.groups is not None:
            keys = list(zip(prepared.groups.tolist(), keys, strict=True))
        return cls(replace(prepared, keys=None), Repeats.of_keys(keys))

    @property
    def sizes(self) -> np.ndarray:
        """int64 [U], what each row costs."""
        return self.prepared.sizes if self.same_rows is None else self.prepared.sizes[self.same_rows.first]

    def batches(self, budget: Budget) -> Iterator[np.ndarray]:
        """Give int64 [B], the rows of each batch."""
        groups = self.prepared.groups
        return schedule(
            self.sizes,
            max_tokens=budget.max_tokens,
            max_rows=budget.max_rows,
            groups=groups if groups is None or self.same_rows is None else groups[self.same_rows.first],
            fit=rows_packed if self.prepared.packed else rows_padded,
        )

    def collate(self, pipeline: Pipeline, rows: np.ndarray) -> Features:
        """Make the features of a batch."""
        indices = rows if self.same_rows is None else self.same_rows.first[rows]
        return pipeline.collate(self.prepared, indices.tolist())


def _forward(
    pipeline: Pipeline, window: _Window, device: torch.device, options: EncodeOptions, rows: np.ndarray
) -> Features:
    # Entered for each batch: held across the generator's yields, the mode would leak into the caller's code.
    with torch.inference_mode():
        features = to_device(window.collate(pipeline, rows), device)
        return pipeline.forward(features, **options.forward_kwargs)
