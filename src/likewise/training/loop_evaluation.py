"""Evaluation within training: losses on data sets, evaluators, what numbers are called, and which one decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from likewise.errors import ConfigError
from likewise.evaluation import SequentialEvaluator
from likewise.evaluation.shards import sharded
from likewise.training.distributed import summed
from likewise.training.shares import COUNTS, Share


def joined(evaluator: Any) -> Any:
    """One evaluator of one or several.

    Args:
        evaluator: An evaluator, a list of them, or None.

    Returns:
        An evaluator, or None.
    """
    if isinstance(evaluator, Sequence) and not callable(evaluator):
        return SequentialEvaluator(list(evaluator)) if evaluator else None
    return evaluator


def mean_loss(batches: Iterable[Mapping[str, Any]], loss_of: Callable[[dict[str, Any]], Any]) -> tuple[float, int]:
    """The mean loss over batches, weighted by their rows, over all processes.

    Args:
        batches: What the collator made, or a loader; batches that do not count are computed all the same.
        loss_of: Gives the loss of a batch.

    Returns:
        The mean, and the number of rows.
    """
    total, rows = 0.0, 0
    share = getattr(batches, "batch_sampler", None)
    for at, given in enumerate(batches):
        batch = dict(given)
        counts = batch.pop(COUNTS, True) and not (isinstance(share, Share) and at >= share.counted)
        loss, count = float(loss_of(batch)), rows_of(batch)
        if counts:
            total += loss * count
            rows += count
    sums = summed(torch.tensor([total, float(rows)], dtype=torch.float64))
    return float(sums[0] / sums[1].clamp(min=1)), int(sums[1])


def rows_of(batch: Mapping[str, Any]) -> int:
    """Rows of a batch.

    Args:
        batch: What a collator made.

    Returns:
        Their number; 1 where the batch does not show it.

    Example:
        >>> rows_of({"a_input_ids": torch.zeros(6), "a_offsets": torch.tensor([0, 2, 5])})
        3
    """
    for end in ("attention_mask", "offsets", "label", "sentence_embedding", "input_ids"):
        for name, value in batch.items():
            if name.endswith(end) and isinstance(value, torch.Tensor) and value.dim():
                return len(value)
    # Columns that stay texts.
    return next((len(value) for value in batch.values() if isinstance(value, list)), 1)


def evaluator_metrics(
    evaluator: Any, model: Any, output_dir: str, epoch: Any, steps: int, prefix: str
) -> dict[str, float]:
    """Run an evaluator and name its numbers as the trainer does.

    Args:
        evaluator: The evaluator.
        model: The model, not wrapped.
        output_dir: Where CSV files go, in "eval".
        epoch: Epochs of training so far, None outside of training.
        steps: Steps of training so far.
        prefix: What goes before the names.

    Returns:
        Name to number.
    """
    with sharded() as shard:
        # Evaluators that share their work are called by all processes; files are those of the first one.
        folder = Path(output_dir) / "eval" if shard.is_first else None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        path = None if folder is None else str(folder)
        found = evaluator(model, output_path=path, epoch=epoch if epoch is not None else -1, steps=steps)
        found = shard.gather(found)[0]
    if not isinstance(found, Mapping):
        found = {"evaluator": found}
    return {name if name.startswith(f"{prefix}_") else f"{prefix}_{name}": float(v) for name, v in found.items()}


def loss_names(eval_dataset: Any) -> list[str]:
    """Names of the losses that evaluation gives, `eval_loss` among them if there are evaluation data.

    Args:
        eval_dataset: The evaluation data, or None.

    Returns:
        The names.

    Example:
        >>> loss_names({"nli": [], "sts": []})
        ['eval_nli_loss', 'eval_sts_loss', 'eval_loss']
    """
    if eval_dataset is None:
        return []
    names = [f"eval_{name}_loss" for name in eval_dataset] if isinstance(eval_dataset, Mapping) else []
    return [*names, "eval_loss"]


def check_best_metric(metric: str | None, eval_dataset: Any, evaluator: Any) -> None:
    """Refuse a deciding metric that evaluation will not give, before the first step.

    Args:
        metric: Name of the metric that decides which model is best, or None.
        eval_dataset: The evaluation data, or None.
        evaluator: The evaluator, or None; what it will return is not known before it runs.

    Raises:
        ConfigError: If nothing gives the metric.
    """
    if metric is None:
        return
    name = metric if metric.startswith("eval_") else f"eval_{metric}"
    known = loss_names(eval_dataset)
    if evaluator is None and name not in known:
        raise ConfigError(
            f"metric_for_best_model={metric!r}", accepted=f"one of {known or 'none: nothing is evaluated'}"
        )
    if name.endswith("_loss") and name not in known and eval_dataset is None:
        raise ConfigError(
            f"metric_for_best_model={metric!r} without evaluation data",
            accepted="an eval_dataset, or a metric of the evaluator",
            fix=f"metric_for_best_model={getattr(evaluator, 'primary_metric', None)!r}",
        )
