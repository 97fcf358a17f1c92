"""What trainers of all model families share: loaders, the evaluation loop, optimizer, checkpoints that resume exactly.

Knows `transformers.Trainer` and its hooks; a family says what a batch is and how its loss is computed.
"""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import BatchSampler, ConcatDataset, DataLoader
from transformers import Trainer
from transformers.trainer_utils import EvalLoopOutput, speed_metrics

from likewise.errors import ConfigError
from likewise.losses.own_parameters import own_parameters
from likewise.training import checkpoint, distributed, loop_evaluation
from likewise.training.data_checks import named
from likewise.training.dataloading import JoinedRows, NamedRows, is_stream, make_loader, stream_batches
from likewise.training.epochs import EpochCallback
from likewise.training.loss_parts import LossParts
from likewise.training.optimisation import parameter_groups
from likewise.training.shares import Marked, Share
from likewise.training.surroundings import left_as_it_was, name_wandb_project


class BaseTrainer(Trainer, ABC):
    """The loop of every family; see the trainer of the family for what it takes."""

    loss: Any
    evaluator: Any
    control: Any
    optimizer: Any
    eval_dataset: Any
    _stepped: bool = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._epochs = EpochCallback()
        self._parts = LossParts()
        super().__init__(*args, **kwargs)
        self.add_callback(self._epochs)
        name_wandb_project(self.callback_handler.callbacks)

    @abstractmethod
    def preprocess_dataset(self, dataset: Any = None, prompts: Any = None, dataset_name: str | None = None) -> Any:
        """Check data before the first step."""

    @abstractmethod
    def get_batch_sampler(
        self,
        dataset: Any,
        batch_size: int,
        drop_last: bool,
        valid_label_columns: list[str] | None = None,
        generator: torch.Generator | None = None,
        seed: int = 0,
    ) -> BatchSampler | None:
        """Make the sampler of one data set."""

    @abstractmethod
    def get_multi_dataset_batch_sampler(
        self,
        dataset: ConcatDataset[Any],
        batch_samplers: list[BatchSampler],
        generator: torch.Generator | None = None,
        seed: int | None = 0,
    ) -> BatchSampler:
        """Make the sampler over several data sets."""

    def get_train_dataloader(self) -> DataLoader[Any]:
        """The batches to train on; the data are checked first.

        Returns:
            The loader.

        Raises:
            ConfigError: If there are no training data, or a stream and no number of steps.
        """
        if self.train_dataset is None:
            raise ConfigError("no train_dataset", accepted="a data set or a dictionary of them", fix="train_dataset=")
        self.preprocess_dataset(self.train_dataset, dataset_name="train")
        drop_last = self.args.dataloader_drop_last
        return self._loader(self.train_dataset, self._train_batch_size, drop_last, self.args.seed, training=True)

    def get_eval_dataloader(self, eval_dataset: Any = None) -> DataLoader[Any]:
        """The batches to evaluate on, in an order that never changes.

        Args:
            eval_dataset: The data, or the name of one of the trainer's data sets; None takes the trainer's.

        Returns:
            The loader.
        """
        dataset = self.eval_dataset if eval_dataset is None else eval_dataset
        if isinstance(dataset, str):
            dataset = {dataset: self.eval_dataset[dataset]}
        if dataset is None:
            raise ConfigError("no eval_dataset", accepted="a data set, or a dictionary of them")
        return self._loader(dataset, self.args.eval_batch_size, False, self.args.seed)

    def get_test_dataloader(self, test_dataset: Any) -> DataLoader[Any]:
        """The batches of other data, as for evaluation.

        Args:
            test_dataset: The data.

        Returns:
            The loader.
        """
        return self.get_eval_dataloader(test_dataset)

    def _collator(self, parts: Mapping[str, Any]) -> Any:
        """What makes the batches of some data sets."""
        del parts
        return self.data_collator

    def _loader(
        self, dataset: Any, batch_size: int, drop_last: bool, seed: int, *, training: bool = False
    ) -> DataLoader[Any]:
        parts = named(dataset)
        collate = self._collator(parts)
        if training:
            self._epochs.collator = collate
        streams = [name for name, each in parts.items() if is_stream(each)]
        if streams:
            if self.args.max_steps <= 0 and training:
                raise ConfigError("training on a stream without an end that is known", accepted="max_steps=...")
            if len(streams) < len(parts):
                raise ConfigError(f"streams {streams} beside data sets with a length", accepted="one kind or the other")
            batches = stream_batches(self.args, parts, batch_size=batch_size, drop_last=drop_last, training=training)
            loader = make_loader(self.args, batches, collate if training else Marked(collate), None)
            if self.args.world_size > 1:
                return loader
            self.accelerator.dataloader_config.dispatch_batches = False
            return self.accelerator.prepare(loader)  # type: ignore[no-any-return]
        generator = torch.Generator().manual_seed(seed)
        samplers: Any = [
            self.get_batch_sampler(each, batch_size, drop_last, generator=generator, seed=seed)
            for each in parts.values()
        ]
        joined: Any = next(iter(parts.values()))
        sampler = samplers[0]
        if isinstance(dataset, Mapping):
            joined = JoinedRows([NamedRows(name, each) for name, each in parts.items()])
            sampler = self.get_multi_dataset_batch_sampler(joined, samplers, generator, seed)
        if not training and self.args.world_size > 1 and sampler is not None:
            return make_loader(
                self.args, joined, collate, Share(sampler, self.args.process_index, self.args.world_size)
            )
        if training:
            self._epochs.sampler = sampler
        # Batches are whole as the samplers make them; a process takes every n-th.
        self.accelerator.even_batches = True
        return self.accelerator.prepare(make_loader(self.args, joined, collate, sampler))  # type: ignore[no-any-return]

    def evaluate(
        self, eval_dataset: Any = None, ignore_keys: list[str] | None = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """Compute the loss on the evaluation data, and run the evaluator.

        Args:
            eval_dataset: Data, or a dictionary of data sets; None takes the trainer's.
            ignore_keys: Taken and not used.
            metric_key_prefix: What goes before the names of metrics.

        Returns:
            `eval_loss`; with several data sets also `eval_<name>_loss`, of which `eval_loss` is the mean; and what the
            evaluator found, as `eval_<metric>`.
        """
        dataset = self.eval_dataset if eval_dataset is None else eval_dataset
        metrics: dict[str, float] = {}
        rows, started = 0, time.time()
        if isinstance(dataset, str):
            dataset = {dataset: self.eval_dataset[dataset]}
        if dataset is None and self.evaluator is None:
            raise ConfigError("nothing to evaluate", accepted="an eval_dataset, an evaluator, or both")
        if dataset is not None:
            self.preprocess_dataset(dataset, dataset_name="eval")
            for name, each in named(dataset).items():
                part = {name: each} if isinstance(dataset, Mapping) else each
                prefix = f"{metric_key_prefix}_{name}" if name else metric_key_prefix
                output = self.evaluation_loop(
                    self.get_eval_dataloader(part), "Evaluation", True, ignore_keys, metric_key_prefix=prefix
                )
                metrics.update(output.metrics)
                rows += output.num_samples
            losses = [value for name, value in metrics.items() if name.endswith("_loss")]
            metrics.setdefault(f"{metric_key_prefix}_loss", sum(losses) / len(losses))
        if self.evaluator is not None and eval_dataset is None:
            metrics.update(self._run_evaluator(metric_key_prefix))
        metrics.update(speed_metrics(metric_key_prefix, started, num_samples=rows or None))
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _run_evaluator(self, prefix: str) -> dict[str, float]:
        was_training = self.model.training
        with torch.random.fork_rng(devices=[]):
            found = loop_evaluation.evaluator_metrics(
                self.evaluator, self.model, self.args.output_dir, self.state.epoch, self.state.global_step, prefix
            )
        self.model.train(was_training)
        return found

    def evaluation_loop(
        self,
        dataloader: DataLoader[Any],
        description: str,
        prediction_loss_only: bool | None = None,
        ignore_keys: list[str] | None = None,
        metric_key_prefix: str = "eval",
    ) -> EvalLoopOutput:
        """Compute the mean loss over a loader.

        Args:
            dataloader: The batches.
            description: Taken and not used.
            prediction_loss_only: Taken and not used: only losses are computed.
            ignore_keys: Taken and not used.
            metric_key_prefix: What goes before "_loss".

        Returns:
            The loss as a metric, and the number of rows.
        """
        del description, prediction_loss_only
        trained = [self.model, *named(self.loss).values()]
        modes = [each.training for each in trained]
        for each in trained:
            each.eval()
        mean, rows = loop_evaluation.mean_loss(
            dataloader, lambda batch: self.prediction_step(self.model_wrapped, batch, True, ignore_keys)[0]
        )
        for each, mode in reversed([*zip(trained, modes, strict=True)]):
            each.train(mode)
        return EvalLoopOutput(None, None, {f"{metric_key_prefix}_loss": mean}, rows)

    def prediction_step(
        self, model: nn.Module, inputs: dict[str, Any], prediction_loss_only: bool, ignore_keys: Any = None
    ) -> tuple[Any, Any, Any]:
        """Compute the loss of a batch without gradients.

        Args:
            model: The model, perhaps wrapped.
            inputs: What the collator made.
            prediction_loss_only: Taken and not used.
            ignore_keys: Taken and not used.

        Returns:
            The loss, and twice None.
        """
        del prediction_loss_only, ignore_keys
        with torch.no_grad(), self.compute_loss_context_manager():
            return self.compute_loss(model, self._prepare_inputs(inputs)).detach(), None, None

    def training_step(self, model: nn.Module, inputs: dict[str, Any], num_items_in_batch: Any = None) -> Any:
        """Compute the loss of a batch and its gradients.

        Args:
            model: The model, perhaps wrapped.
            inputs: What the collator made.
            num_items_in_batch: As in transformers.

        Returns:
            The loss, without gradient.
        """
        own = self._own_parameters().values()
        if self._stepped:
            # transformers clears the gradients of the model only.
            for parameter in own:
                parameter.grad = None
        for loss in named(self.loss).values():
            loss.train()
        value = super().training_step(model, inputs, num_items_in_batch)
        self._parts.watch(value)
        self._stepped = self.accelerator.sync_gradients
        if self._stepped:
            distributed.average_gradients(own)
        return value

    def _clip_grad_norm(self, model: nn.Module) -> Any:
        # transformers clips the gradients of the model only; `max_grad_norm` is the norm of all that is trained.
        own = self._own_parameters().values()
        if not own:
            return super()._clip_grad_norm(model)
        return self.accelerator.clip_grad_norm_([*model.parameters(), *own], self.args.max_grad_norm)

    def _own_parameters(self) -> dict[str, nn.Parameter]:
        """What the losses learn themselves, each parameter once."""
        found: dict[str, nn.Parameter] = {}
        for name, loss in named(self.loss).items():
            known = {id(parameter) for parameter in found.values()}
            own = own_parameters(loss, self.model)
            found.update({f"loss.{name}.{key}": value for key, value in own.items() if id(value) not in known})
        return found

    def create_optimizer(self, model: nn.Module | None = None) -> Any:
        """Make the optimizer: the model's parameters, and what the losses learn.

        Args:
            model: The model; None is the trainer's.

        Returns:
            The optimizer.
        """
        if self.optimizer is not None:
            return self.optimizer
        trained = self.model if model is None else model
        own = self._own_parameters()
        distributed.broadcast(own.values())
        parameters = {**dict(trained.named_parameters()), **own}
        decayed = {*self.get_decay_parameter_names(trained), *(name for name in own if not name.endswith("bias"))}
        groups = parameter_groups(
            parameters,
            decayed=decayed,
            weight_decay=self.args.weight_decay,
            learning_rates=self.args.learning_rate_mapping,
        )
        if self.optimizer_cls_and_kwargs is not None:
            kind, options = self.optimizer_cls_and_kwargs
        else:
            kind, options = self.get_optimizer_cls_and_kwargs(self.args, trained)
        if {"params", "model", "optimizer_dict"} & set(options):
            return super().create_optimizer(model)
        self.optimizer = kind(groups, **options)
        return self.optimizer

    def _validate_args(self) -> None:
        # transformers knows no evaluators: with one, there is something to evaluate without evaluation data.
        given = self.eval_dataset
        if given is None and self.evaluator is not None:
            self.eval_dataset = {}
        super()._validate_args()
        self.eval_dataset = given

    def train(self, resume_from_checkpoint: str | bool | None = None, *args: Any, **kwargs: Any) -> Any:
        """Train.

        Args:
            resume_from_checkpoint: Folder of a checkpoint; True takes the newest of the output folder that was written
                to its end.
            *args: As in transformers.
            **kwargs: As in transformers.

        Returns:
            Steps, mean loss and metrics.

        Raises:
            CheckpointError: If there is no whole checkpoint to resume from.
        """
        if self.args.load_best_model_at_end:
            loop_evaluation.check_best_metric(self.args.metric_for_best_model, self.eval_dataset, self.evaluator)
        # SetFit gives the batch size to the arguments of a trainer that is made already.
        self._train_batch_size = self.args.train_batch_size
        if resume_from_checkpoint:
            resume_from_checkpoint = str(checkpoint.to_resume(resume_from_checkpoint, self.args.output_dir))
        with left_as_it_was(lambda: self.model):
            return super().train(resume_from_checkpoint, *args, **kwargs)

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        """Save the model into a folder, by default that of the arguments, from the first process."""
        super().save_model(output_dir, _internal_call)
        if _internal_call:
            # A checkpoint is put in place as a whole: the other processes add their files to it afterwards.
            distributed.wait_for_all()

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        del state_dict
        if self.args.should_save:
            checkpoint.save(Path(output_dir or self.args.output_dir), self.model, named(self.loss), self.args)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        del model
        folder = Path(os.fspath(resume_from_checkpoint))
        checkpoint.load_model(folder, self.model)
        checkpoint.load_losses(folder, named(self.loss), self.model)

    def _load_best_model(self) -> None:
        self._load_from_checkpoint(self.state.best_model_checkpoint)

    def _issue_warnings_after_load(self, load_result: Any) -> None:
        del load_result

    def create_model_card(self, *args: Any, **kwargs: Any) -> None:
        """Write the model's README into the output folder; what was trained is noted by the model card callback.

        Args:
            *args: Taken and not used.
            **kwargs: Taken and not used.
        """
        del args, kwargs
        if self.is_world_process_zero():
            text = self.model._card_text(None, None)
            Path(self.args.output_dir).mkdir(parents=True, exist_ok=True)
            (Path(self.args.output_dir) / "README.md").write_text(text, encoding="utf-8")
