"""`encode`, the face of this package: inputs and options in, the finished result out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from likewise.encoding.collect import collector_for
from likewise.encoding.inputs import Inputs
from likewise.encoding.options import EncodeOptions
from likewise.encoding.pipeline import Pipeline
from likewise.encoding.progress import progress
from likewise.encoding.report import Report
from likewise.encoding.run import run


def encode(pipeline: Pipeline, inputs: Any, options: EncodeOptions | None = None) -> Any:
    """Encode one input or many in this process.

    Keeps nothing on the pipeline, so threads may share it.

    Args:
        pipeline: The model.
        inputs: One input, or a list, tuple, array, column or iterator of inputs; `Inputs.of` says which is which.
        options: The caller's options; None takes the defaults.

    Returns:
        For many inputs: float32 [N, D] as an array or a tensor (shape [0] if there are none), or a list of N. For one
        input: its row, by itself.

    Raises:
        InputError: If an input cannot be used; the message names its position.

    Example:
        >>> from likewise.encoding.in_memory import HashPipeline
        >>> encode(HashPipeline(dimension=8), ["a cat", "a dog", "a mat"]).shape
        (3, 8)
    """
    options = options or EncodeOptions()
    given = Inputs.of(inputs, pipeline.accepts)
    report = Report(options, pipeline.max_length)
    with progress(len(given), options.show_progress) as advance:
        result = encode_values(pipeline, given.values, options, report, advance)
    report.tell(len(given))
    return result[0] if given.single else result


def encode_values(
    pipeline: Pipeline,
    values: Sequence[Any],
    options: EncodeOptions,
    report: Report,
    advance: Callable[[int], object],
) -> Any:
    """Encode inputs that were checked, without a word to the user.

    Args:
        pipeline: The model.
        values: The inputs.
        options: The caller's options.
        report: Is told what there is to tell.
        advance: Called with the number of inputs of each finished batch.

    Returns:
        The result for all inputs, as in `encode`.
    """
    collector = collector_for(options, len(values), pipeline.device)
    with closing(run(pipeline, values, options, report)) as batches:
        for places, features in batches:
            collector.add(places, features)
            advance(len(places))
    return collector.finish(report)
