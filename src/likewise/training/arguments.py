"""The documented training arguments: those of transformers, and what embedding models need besides."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from transformers import TrainingArguments
from transformers.training_args import ParallelMode

from likewise.errors import ConfigError
from likewise.training.prompts import parse_prompts
from likewise.training.samplers.names import BatchSamplers, MultiDatasetBatchSamplers

logger = logging.getLogger(__name__)


@dataclass
class SentenceTransformerTrainingArguments(TrainingArguments):
    """How to train: all arguments of `transformers.TrainingArguments`, and those of embedding models.

    Args:
        prompts: Text put before inputs: a text, {column: text}, {dataset: text} or {dataset: {column: text}}.
        batch_sampler: How rows become batches: a name of `BatchSamplers`, or a class or function that makes a sampler.
        multi_dataset_batch_sampler: Which data set is next: a name of `MultiDatasetBatchSamplers`, or a class or
            function.
        router_mapping: {column: route}, or {dataset: {column: route}}, for models with a Router.
        learning_rate_mapping: Regular expression over names of parameters to their learning rate.
        warmup_steps: Steps in which the learning rate rises from 0, or, below 1, their share.
        warmup_ratio: Share of the steps in which the learning rate rises; the older way to say it.
        dataset_weights: {dataset: weight}: how often batches of each stream are drawn; None draws them equally often.

    Example:
        >>> args = SentenceTransformerTrainingArguments(output_dir="out", batch_sampler="no_duplicates", use_cpu=True)
        >>> args.batch_sampler is BatchSamplers.NO_DUPLICATES
        True
    """

    # The argument parser of transformers takes `str` for what a command line gives only if `None` is second.
    prompts: str | None | dict[str, Any] = None  # noqa: RUF036
    batch_sampler: str | None | Callable[..., Any] = BatchSamplers.BATCH_SAMPLER  # noqa: RUF036
    multi_dataset_batch_sampler: str | None | Callable[..., Any] = MultiDatasetBatchSamplers.PROPORTIONAL  # noqa: RUF036
    router_mapping: str | None | dict[str, Any] = field(default_factory=dict)  # noqa: RUF036
    learning_rate_mapping: str | None | dict[str, float] = field(default_factory=dict)  # noqa: RUF036
    warmup_steps: float = 0
    warmup_ratio: float | None = None
    dataset_weights: str | None | dict[str, float] = None  # noqa: RUF036

    def __post_init__(self) -> None:
        if self.warmup_ratio and not 0.0 <= self.warmup_ratio < 1.0:
            raise ConfigError(f"warmup_ratio={self.warmup_ratio}", accepted="at least 0 and below 1")
        super().__post_init__()
        self.prompts = parse_prompts(self.prompts)  # type: ignore[assignment]
        self.batch_sampler = _choice("batch_sampler", self.batch_sampler, BatchSamplers)
        self.multi_dataset_batch_sampler = _choice(
            "multi_dataset_batch_sampler", self.multi_dataset_batch_sampler, MultiDatasetBatchSamplers
        )
        self.router_mapping = _mapping("router_mapping", self.router_mapping)
        self.learning_rate_mapping = _mapping("learning_rate_mapping", self.learning_rate_mapping)
        self.dataset_weights = _mapping("dataset_weights", self.dataset_weights)
        # Of evaluation data, only losses are computed; columns are the trainer's business, not the model's signature.
        self.prediction_loss_only = True
        self.remove_unused_columns = False
        self.ddp_broadcast_buffers = False
        if self.parallel_mode == ParallelMode.NOT_DISTRIBUTED:
            logger.warning(
                "%d GPUs and one process: only the first is used; start with torchrun or accelerate launch to use all",
                self.n_gpu,
            )
            # DataParallel cuts tensors by rows, and a batch here is several columns without padding.
            self._n_gpu = 1
        elif self.parallel_mode == ParallelMode.DISTRIBUTED:
            self.dataloader_drop_last = True

    def get_warmup_steps(self, num_training_steps: int) -> int:
        """Steps in which the learning rate rises.

        Args:
            num_training_steps: Steps in all.

        Returns:
            `warmup_steps`, or their share if that is less than 1; `warmup_ratio` counts where there are none.
        """
        if self.warmup_ratio and not self.warmup_steps:
            return math.ceil(num_training_steps * self.warmup_ratio)
        steps: int = super().get_warmup_steps(num_training_steps)
        return steps

    def to_dict(self) -> dict[str, Any]:
        """The arguments as plain values.

        Returns:
            Argument name to value; classes and functions by their names.
        """
        values: dict[str, Any] = super().to_dict()
        for name in ("batch_sampler", "multi_dataset_batch_sampler"):
            value = values[name]
            values[name] = getattr(value, "value", None) or getattr(value, "__name__", value)
        return values


def _choice(name: str, value: Any, kind: type[BatchSamplers | MultiDatasetBatchSamplers]) -> Any:
    if isinstance(value, kind) or (not isinstance(value, str) and callable(value)):
        return value
    try:
        return kind(str(value))
    except ValueError as error:
        known = ", ".join(repr(each.value) for each in kind)
        raise ConfigError(f"{name}={value!r}", accepted=f"{known}, or a class or function") from error


def _mapping(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except json.JSONDecodeError as error:
            raise ConfigError(f"{name}={value!r}", accepted="a dictionary, or a JSON object") from error
    if value is not None and not isinstance(value, dict):
        raise ConfigError(f"{name}={value!r}", accepted="a dictionary, or a JSON object")
    return value or {}
