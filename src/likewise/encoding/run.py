"""The loop: prepare, schedule, collate, copy, forward. Gives batches as they come, to whoever makes use of them."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np
import torch

from likewise.encoding.ahead import ahead
from likewise.encoding.budget import Budget
from likewise.encoding.device_copy import to_device
from likewise.encoding.oom import Halving
from likewise.encoding.options import EncodeOptions
from likewise.encoding.pipeline import Pipeline
from likewise.encoding.report import Report
from likewise.encoding.schedule import rows_packed, rows_padded, schedule
from likewise.models.module import Features, Prepared


def run(
    pipeline: Pipeline, inputs: Sequence[Any], options: EncodeOptions, report: Report
) -> Generator[tuple[np.ndarray, Features]]:
    """Run the model on inputs, in batches of similar length.

    Args:
        pipeline: The model.
        inputs: The inputs, checked.
        options: The caller's options.
        report: Is told which inputs were cut.

    Yields:
        int64 [B], the positions of the inputs of a batch, and the batch's features after the model. Every input comes
        exactly once; the order is not that of the inputs.

    Raises:
        TruncationError: If an input is too long and the options say that this is an error.
        InputError: If one input alone does not fit into memory.
    """
    device = pipeline.device
    budget = Budget.of(options, device.type)
    halving = Halving(device)
    windows = list(budget.windows(len(inputs)))

    def prepare(window: range) -> Prepared:
        return pipeline.prepare(inputs[window.start : window.stop], prompt=options.prompt, task=options.task)

    with closing(ahead(prepare, windows)) as prepared_windows:
        for window, prepared in zip(windows, prepared_windows, strict=True):
            report.add_truncated(window.start + np.flatnonzero(prepared.truncated))
            step = partial(_forward, pipeline, prepared, device, options)
            for rows in batches(prepared, budget):
                for part, features in halving.run(step, rows, prepared.sizes):
                    yield window.start + part, features


def batches(prepared: Prepared, budget: Budget) -> Iterator[np.ndarray]:
    """Put the inputs of one window into batches.

    Args:
        prepared: The tokenised inputs.
        budget: The limits of a batch.

    Returns:
        An iterator over int64 [B], indices into the window.
    """
    return schedule(
        prepared.sizes,
        max_tokens=budget.max_tokens,
        max_rows=budget.max_rows,
        groups=prepared.groups,
        fit=rows_packed if prepared.packed else rows_padded,
    )


def _forward(
    pipeline: Pipeline, prepared: Prepared, device: torch.device, options: EncodeOptions, rows: np.ndarray
) -> Features:
    # Entered for each batch: held across the generator's yields, the mode would leak into the caller's code.
    with torch.inference_mode():
        features = to_device(pipeline.collate(prepared, rows.tolist()), device)
        return pipeline.forward(features, **options.forward_kwargs)
