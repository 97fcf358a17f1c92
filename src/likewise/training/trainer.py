"""The documented trainer: `transformers.Trainer` underneath, embeddings and losses on top. The other files know how.

What may be overridden has its documented name; each of those methods is a few lines around a function of another file.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import BatchSampler, ConcatDataset
from transformers import TrainerCallback
from transformers.trainer_callback import PrinterCallback, ProgressCallback

from likewise.sentence_transformer.model import SentenceTransformer
from likewise.training import loop_evaluation
from likewise.training.arguments import SentenceTransformerTrainingArguments
from likewise.training.base_trainer import BaseTrainer
from likewise.training.collator import SentenceTransformerDataCollator, split_columns
from likewise.training.columns import LABEL_COLUMNS, bind
from likewise.training.console import ConsoleCallback
from likewise.training.data_checks import check_dataset, check_names, column_names, named, roles_of
from likewise.training.dataloading import is_stream, multi_batch_sampler, one_batch_sampler
from likewise.training.plot import PlotCallback
from likewise.training.prompts import check_mapping
from likewise.training.recorder import ModelCardCallback
from likewise.training.set_up import (
    check_model,
    check_trains,
    default_collator,
    default_values,
    prepare_arguments,
    prepared_loss,
    wrapped_in_loss,
)
from likewise.training.tokenizing import tokenize_of

logger = logging.getLogger(__name__)


class SentenceTransformerTrainer(BaseTrainer):
    """Fine-tunes a SentenceTransformer.

    Args:
        model: The model; None with `model_init`.
        args: The arguments; None takes the defaults, with the output folder "tmp_trainer".
        train_dataset: Rows, or a dictionary of data sets; streams are taken as well.
        eval_dataset: Rows, or a dictionary of data sets.
        loss: A loss; a class or function that makes one of the model; or a dictionary of those for each data set. None
            is CoSENTLoss.
        evaluator: An evaluator, or several.
        data_collator: Rows to a batch; None takes `SentenceTransformerDataCollator`.
        tokenizer: Older name of `processing_class`.
        model_init: Makes a model for each trial of a hyperparameter search.
        compute_metrics: As in transformers; not used, evaluators compute metrics.
        callbacks: Further callbacks.
        optimizers: An optimizer and a scheduler, instead of those that the arguments name.
        preprocess_logits_for_metrics: As in transformers; not used.
        processing_class: The tokenizer or processor; None is the model's.
        optimizer_cls_and_kwargs: Class of the optimizer and its arguments.

    Raises:
        ConfigError: If arguments contradict each other, or the loss cannot be fed with the data.
        InputError: If the data cannot be trained on.

    Example:
        >>> from datasets import Dataset
        >>> from likewise.losses import CoSENTLoss
        >>> model = SentenceTransformer("likewise-mini", device="cpu")
        >>> data = Dataset.from_dict({"a": ["A man eats."], "b": ["Someone eats."], "score": [0.9]})
        >>> args = SentenceTransformerTrainingArguments(output_dir="out", use_cpu=True, report_to="none")
        >>> trainer = SentenceTransformerTrainer(model, args, train_dataset=data, loss=CoSENTLoss(model))
        >>> len(trainer.get_train_dataloader())
        1
    """

    def __init__(
        self,
        model: SentenceTransformer | None = None,
        args: SentenceTransformerTrainingArguments | None = None,
        train_dataset: Any = None,
        eval_dataset: Any = None,
        loss: Any = None,
        evaluator: Any = None,
        data_collator: Any = None,
        tokenizer: Any = None,
        model_init: Callable[..., SentenceTransformer] | None = None,
        compute_metrics: Any = None,
        callbacks: list[TrainerCallback] | None = None,
        optimizers: tuple[Any, Any] = (None, None),
        preprocess_logits_for_metrics: Any = None,
        *,
        processing_class: Any = None,
        optimizer_cls_and_kwargs: Any = None,
    ) -> None:
        args = prepare_arguments(args, evaluator is not None, eval_dataset)
        check_model(model, model_init)
        self._given_loss = loss
        self.loss: Any = None
        self.evaluator = loop_evaluation.joined(evaluator)
        self._seen: dict[tuple[int, str | None], tuple[Any, Any]] = {}
        collator = data_collator or default_collator(model, args)
        super().__init__(
            model=model,
            args=args,
            data_collator=collator,
            train_dataset=train_dataset,
            eval_dataset=eval_dataset,
            processing_class=processing_class or tokenizer or (model.tokenizer if model is not None else None),
            model_init=model_init,
            compute_metrics=compute_metrics,
            callbacks=callbacks,
            optimizers=optimizers,
            optimizer_cls_and_kwargs=optimizer_cls_and_kwargs,
            preprocess_logits_for_metrics=preprocess_logits_for_metrics,
        )
        # A loss is a mean over its batch, whatever the signature of the model's forward looks like.
        self.model_accepts_loss_kwargs = False
        self.loss_is_scaled_for_ga = False
        self.can_return_loss = True
        if self.loss is None:
            self.loss = prepared_loss(self.prepare_loss, loss, self.model)
        self._console = ConsoleCallback()
        for shown in (ProgressCallback, PrinterCallback):
            self.remove_callback(shown)
        for callback in (self._console, PlotCallback()):
            self.add_callback(callback)
        self.add_model_card_callback(default_values(type(args)))
        if train_dataset is not None:
            self.preprocess_dataset(train_dataset, dataset_name="train")
        if eval_dataset is not None and not isinstance(eval_dataset, str):
            self.preprocess_dataset(eval_dataset, dataset_name="eval")
        if isinstance(collator, SentenceTransformerDataCollator) and collator.columns:
            for name in ("prompts", "router_mapping"):
                check_mapping(name, getattr(args, name), collator.columns)

    def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
        """Add what notes the run for the model's README.

        Args:
            default_args_dict: The default of every argument.
        """
        self.model_card_callback = ModelCardCallback(default_args_dict, self)
        self.add_callback(self.model_card_callback)

    def call_model_init(self, trial: Any = None) -> SentenceTransformer:
        """Make a new model, and new losses for it, for a trial of a hyperparameter search.

        Args:
            trial: The trial.

        Returns:
            The model.
        """
        model: SentenceTransformer = super().call_model_init(trial=trial)
        given = self._given_loss
        for each in named(given).values():
            # A loss that was made with another model is given the new one.
            if isinstance(each, nn.Module):
                self.override_model_in_loss(each, model)
        self.model = model
        self.loss = prepared_loss(self.prepare_loss, given, model)
        collator = getattr(self, "data_collator", None)
        if isinstance(collator, SentenceTransformerDataCollator):
            collator.tokenize_fn = tokenize_of(model)
        return model

    def prepare_loss(self, loss: Any, model: nn.Module) -> nn.Module:
        """Make a loss ready for a model.

        Args:
            loss: The loss, or a class or function that makes one of the model.
            model: The model.

        Returns:
            The loss, on the model's device.
        """
        made: nn.Module = loss if isinstance(loss, nn.Module) else loss(model)
        check_trains(made, model)
        return made.to(next(model.parameters(), torch.empty(0)).device)

    def override_model_in_loss(self, loss: nn.Module, model: nn.Module) -> nn.Module:
        """Let a loss, and all losses inside it, train another model: the same one, wrapped for several devices.

        Args:
            loss: The loss.
            model: The model.

        Returns:
            The loss.
        """
        return wrapped_in_loss(loss, model)

    def compute_loss(
        self, model: nn.Module, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Compute the loss of a batch.

        Args:
            model: The model, perhaps wrapped.
            inputs: What the collator made.
            return_outputs: Whether a pair with an (empty) dictionary of outputs is returned.
            num_items_in_batch: Taken and not used: losses are means over their batch.

        Returns:
            A scalar.
        """
        del num_items_in_batch
        name = str(inputs.get("dataset_name"))
        loss = self.loss[name] if isinstance(self.loss, Mapping | nn.ModuleDict) else self.loss
        if model is not self.model:
            loss = self.override_model_in_loss(loss, model)
        features, labels = self.collect_features(inputs)
        value = loss(features, labels)
        if isinstance(value, dict):
            self.track_loss_components(value)
            value = torch.stack(list(value.values())).sum()
        return (value, {}) if return_outputs else value

    def track_loss_components(self, loss: Mapping[str, Tensor]) -> None:
        """Remember the named parts of a loss until they are logged.

        Args:
            loss: Name to scalar.
        """
        self._parts.add(loss, training=self.model.training)

    def collect_features(self, inputs: dict[str, Any]) -> tuple[list[dict[str, Any]], Tensor | None]:
        """Sort a batch by columns.

        Args:
            inputs: What the collator made.

        Returns:
            The features of each column, and the labels, if there are any.
        """
        return split_columns(inputs), inputs.get("label")

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Log numbers, with the parts of the loss beside it.

        Args:
            logs: Name to number.
            start_time: Start of training.
        """
        if "loss" in logs:
            logs = {**logs, **self._parts.means()}
            bad = self._parts.not_finite()
            if bad:
                logger.warning(
                    "step %d: %d losses were not finite (NaN or infinite) since the last log, and are not in the mean",
                    self.state.global_step,
                    bad,
                )
        super().log(logs, start_time)

    def validate_column_names(self, dataset: Any, dataset_name: str | None = None) -> None:
        """Refuse columns that the trainer or the loss cannot take.

        Args:
            dataset: One data set.
            dataset_name: Its name, None if it has none.
        """
        losses = named(self.loss)
        loss = losses.get(dataset_name or "", losses.get(""))
        seen = self._seen.get((id(dataset), dataset_name))
        if seen is not None and seen[0] is dataset and seen[1] is loss:
            return
        binding = check_dataset(dataset_name or "", dataset, loss, self._label_columns())
        self._seen[id(dataset), dataset_name] = (dataset, loss)
        collator = self.data_collator
        if isinstance(collator, SentenceTransformerDataCollator):
            collator.columns = {dataset_name or "": binding.inputs, **collator.columns}
        line = f"{dataset_name or 'data'}: {'a stream' if is_stream(dataset) else f'{len(dataset):,} rows'} for "
        line += f"{type(loss).__name__}: {binding}"
        if line not in self._console.summary:
            self._console.summary.append(line)
            logger.info("%s", line)

    def _label_columns(self) -> Sequence[str]:
        collator = self.data_collator
        known = isinstance(collator, SentenceTransformerDataCollator)
        return collator.valid_label_columns if known else LABEL_COLUMNS

    def _collator(self, parts: Mapping[str, Any]) -> Any:
        """The collator, with the columns of these data sets: others may be called differently for the same roles."""
        collator = self.data_collator
        if not isinstance(collator, SentenceTransformerDataCollator):
            return collator
        losses = named(self.loss)
        own = {
            name: bind(
                column_names(each), roles_of(losses.get(name, losses.get(""))), collator.valid_label_columns
            ).inputs
            for name, each in parts.items()
        }
        twin = copy.copy(collator)
        twin.columns = {**collator.columns, **own}
        return twin

    def preprocess_dataset(self, dataset: Any = None, prompts: Any = None, dataset_name: str | None = None) -> Any:
        """Check a data set, or several; prompts are applied when a batch is made, not here.

        Args:
            dataset: The data.
            prompts: Taken and not used.
            dataset_name: "train" or "eval", for messages.

        Returns:
            The data.
        """
        del prompts
        if dataset is None:
            return None
        check_names(dataset, self.loss, dataset_name or "train")
        for name, each in named(dataset).items():
            self.validate_column_names(each, name or None)
        return dataset

    def maybe_add_prompts_or_dataset_name_column(
        self, dataset: Any, prompts: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        """The older name of `preprocess_dataset`."""
        del args, kwargs
        return self.preprocess_dataset(dataset, prompts)

    def get_batch_sampler(
        self,
        dataset: Any,
        batch_size: int,
        drop_last: bool,
        valid_label_columns: list[str] | None = None,
        generator: torch.Generator | None = None,
        seed: int = 0,
    ) -> BatchSampler | None:
        """Make the sampler of one data set.

        Args:
            dataset: The data set.
            batch_size: Rows of a batch.
            drop_last: Whether a last batch with fewer rows is left out.
            valid_label_columns: Names that a label column may have.
            generator: For the sampler.
            seed: For the sampler.

        Returns:
            The sampler; None for a stream.
        """
        if is_stream(dataset):
            return None
        return one_batch_sampler(
            self.args,
            dataset,
            batch_size=batch_size,
            drop_last=drop_last,
            valid_label_columns=valid_label_columns or LABEL_COLUMNS,
            generator=generator,
            seed=seed,
        )

    def get_multi_dataset_batch_sampler(
        self,
        dataset: ConcatDataset[Any],
        batch_samplers: list[BatchSampler],
        generator: torch.Generator | None = None,
        seed: int | None = 0,
    ) -> BatchSampler:
        """Make the sampler over several data sets.

        Args:
            dataset: The data sets, one after the other.
            batch_samplers: One for each.
            generator: For the sampler.
            seed: For the sampler.

        Returns:
            The sampler.
        """
        return multi_batch_sampler(self.args, dataset, batch_samplers, generator, seed or 0)
