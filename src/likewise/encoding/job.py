"""One job, done by this process: inputs to rows, with what there is to tell. Knows neither pool nor pipe."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from likewise.encoding.device_copy import to_device
from likewise.encoding.encode import encode_values
from likewise.encoding.messages import Done, Job
from likewise.encoding.options import Result
from likewise.encoding.pipeline import Pipeline
from likewise.encoding.report import Report


def do_job(pipeline: Pipeline, job: Job) -> Done:
    """Encode the inputs of a job.

    Args:
        pipeline: The model.
        job: The inputs.

    Returns:
        Rows on the CPU, and what there is to tell, by positions in the whole call. That an input was cut is told in any
        case: whether it is an error is decided where the whole call is known.
    """
    result: Result = "sparse" if job.options.result == "sparse" else "numpy"
    options = replace(job.options, result=result, truncation="ignore", show_progress=False)
    report = Report(options, pipeline.max_length)
    rows = encode_values(pipeline, job.values, options, report, lambda count: None)
    whole = report.at(job.positions)
    return Done(_sendable(rows), whole.truncated, whole.not_finite, whole.too_wide)


def _sendable(rows: Any) -> Any:
    if not isinstance(rows, list):
        return rows
    return [row.cpu().numpy() if isinstance(row, torch.Tensor) else to_device(row, torch.device("cpu")) for row in rows]
