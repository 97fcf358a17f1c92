"""What trainers on data sets with named columns share: losses and evaluators, columns bound to roles, samplers.

What may be overridden has its documented name; each of those methods is a few lines around a function of another file.
A family says which model, arguments, collator and loss it takes, and what the loss of a batch is.
"""

from __future__ import annotations

import copy
import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.utils.data import BatchSampler, ConcatDataset
from transformers.trainer_callback import PrinterCallback, ProgressCallback

from likewise.models.sequence import ModuleSequence
from likewise.training import loop_evaluation
from likewise.training.arguments import SentenceTransformerTrainingArguments
from likewise.training.base_trainer import BaseTrainer
from likewise.training.collator import SentenceTransformerDataCollator
from likewise.training.columns import LABEL_COLUMNS, Binding, bind
from likewise.training.console import ConsoleCallback
from likewise.training.data_checks import check_dataset, check_names, column_names, named, roles_of
from likewise.training.dataloading import is_stream, multi_batch_sampler, one_batch_sampler
from likewise.training.plot import PlotCallback
from likewise.training.prompts import check_mapping
from likewise.training.recorder import ModelCardCallback
from likewise.training.set_up import (
    check_model,
    check_trains,
    collator_options,
    default_values,
    prepare_arguments,
    prepared_loss,
    wrapped_in_loss,
)
from likewise.training.tokenizing import tokenize_of

logger = logging.getLogger(__name__)


class ColumnTrainer(BaseTrainer, ABC):
    """Trains on data sets with named columns; see the trainer of a family for its arguments."""

    model_class: ClassVar[type[ModuleSequence]]
    arguments_class: ClassVar[type[SentenceTransformerTrainingArguments]] = SentenceTransformerTrainingArguments
    collator_class: ClassVar[type[SentenceTransformerDataCollator]] = SentenceTransformerDataCollator

    def __init__(
        self,
        model: Any,
        args: Any,
        *,
        train_dataset: Any,
        eval_dataset: Any,
        loss: Any,
        evaluator: Any,
        data_collator: Any,
        processing_class: Any,
        **others: Any,
    ) -> None:
        args = prepare_arguments(args, self.arguments_class, evaluator is not None, eval_dataset)
        check_model(model, others.get("model_init"), self.model_class)
        self._given_loss = loss
        self.loss: Any = None
        self.evaluator = loop_evaluation.joined(evaluator)
        self._seen: dict[tuple[int, str | None], tuple[Any, Any]] = {}
        collator = data_collator or self.collator_class(**collator_options(model, args))
        super().__init__(
            model=model,
            args=args,
            data_collator=collator,
            train_dataset=train_dataset,
            eval_dataset=eval_dataset,
            processing_class=processing_class or (model.tokenizer if model is not None else None),
            **others,
        )
        # A loss is a mean over its batch, whatever the signature of the model's forward looks like.
        self.model_accepts_loss_kwargs = False
        self.loss_is_scaled_for_ga = False
        self.can_return_loss = True
        if self.loss is None:
            self.loss = prepared_loss(self.prepare_loss, loss, self.model, self.default_loss)
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

    @abstractmethod
    def default_loss(self, model: Any) -> nn.Module:
        """Make the loss that is trained with where none is given.

        Args:
            model: The model.

        Returns:
            The loss.
        """

    @abstractmethod
    def batch_loss(self, loss: nn.Module, inputs: dict[str, Any]) -> Any:
        """Compute a loss of a batch.

        Args:
            loss: The loss; its model is perhaps wrapped.
            inputs: What the collator made.

        Returns:
            A scalar, or a dictionary of named parts.
        """

    def check_data(self, dataset: Any, dataset_name: str, loss: Any) -> Binding:
        """Check a data set against its loss.

        Args:
            dataset: The data set.
            dataset_name: Its name, "" if it has none.
            loss: The loss.

        Returns:
            Which column is what.
        """
        return check_dataset(dataset_name, dataset, loss, self._label_columns())

    def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
        """Add what notes the run for the model's README.

        Args:
            default_args_dict: The default of every argument.
        """
        self.model_card_callback = ModelCardCallback(default_args_dict, self)
        self.add_callback(self.model_card_callback)

    def call_model_init(self, trial: Any = None) -> Any:
        """Make a new model, and new losses for it, for a trial of a hyperparameter search.

        Args:
            trial: The trial.

        Returns:
            The model.
        """
        model = super().call_model_init(trial=trial)
        given = self._given_loss
        for each in named(given).values():
            # A loss that was made with another model is given the new one.
            if isinstance(each, nn.Module):
                self.override_model_in_loss(each, model)
        self.model = model
        self.loss = prepared_loss(self.prepare_loss, given, model, self.default_loss)
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
        value = self.batch_loss(loss, inputs)
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
        binding = self.check_data(dataset, dataset_name or "", loss)
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
