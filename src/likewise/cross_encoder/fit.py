"""Training with a data loader of examples, as `CrossEncoder.fit` is documented, through the trainer.

The loader keeps its own way of making batches; only what it yields is turned into what the trainer takes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, final

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from likewise.cross_encoder.data_collator import COUNTS, PAIRS
from likewise.cross_encoder.label_checks import check_labels
from likewise.cross_encoder.losses.binary_cross_entropy import BinaryCrossEntropyLoss
from likewise.cross_encoder.losses.cross_entropy import CrossEntropyLoss
from likewise.cross_encoder.losses.loss import CrossEncoderLoss
from likewise.cross_encoder.losses.pair_loss import PairLoss
from likewise.cross_encoder.model import CrossEncoder
from likewise.cross_encoder.old_training import TrainableCrossEncoder
from likewise.cross_encoder.trainer import CrossEncoderTrainer
from likewise.cross_encoder.training_args import CrossEncoderTrainingArguments
from likewise.errors import InputError, InputTypeError
from likewise.losses.roles import Label, Roles
from likewise.training.data_checks import check_dataset
from likewise.training.fit_settings import trainer_settings
from likewise.training.tokenizing import tokenize_of

_LABEL = "label"


@final
class FunctionLoss(PairLoss):
    """Any function of outputs and labels as a loss.

    Args:
        model: The model to train.
        function: Called with activated outputs and labels.
        activation_fn: What outputs go through first; None for nothing.
    """

    roles: ClassVar[Roles] = Roles(("sentence1", "sentence2"), label=Label.SCORE)

    def __init__(
        self, model: nn.Module, function: Callable[..., Tensor], activation_fn: nn.Module | None = None
    ) -> None:
        super().__init__(model, activation_fn)
        self.function = function

    def compute(self, scores: Tensor, labels: Any, where: Tensor | None) -> Tensor:
        """Call the function.

        Args:
            scores: [B, L].
            labels: [B].
            where: Not used.

        Returns:
            A scalar.
        """
        del where
        targets = labels.to(scores.device)
        return self.function(scores[:, 0], targets.float()) if scores.shape[1] == 1 else self.function(scores, targets)


class ExampleBatches(IterableDataset[dict[str, Any]]):
    """The batches of a loader of examples, with features.

    Args:
        loader: Yields lists of examples.
        model: Tokenises.
    """

    def __init__(self, loader: Any, model: CrossEncoder) -> None:
        self.loader = loader
        self.tokenize = tokenize_of(model)
        self.labels = model.num_labels

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for batch in self.loader:
            rows = rows_of(batch, self.labels)
            pairs = [(row["sentence1"], row["sentence2"]) for row in rows]
            labels = torch.tensor([row[_LABEL] for row in rows])
            yield {PAIRS: dict(self.tokenize(pairs)), COUNTS: [1] * len(rows), _LABEL: labels}


class FitTrainer(CrossEncoderTrainer):
    """The trainer, given batches instead of data.

    Args:
        batches: The batches of an epoch.
        **kwargs: As in `CrossEncoderTrainer`.
    """

    def __init__(self, batches: ExampleBatches, **kwargs: Any) -> None:
        self.batches = batches
        super().__init__(**kwargs)

    def get_train_dataloader(self) -> DataLoader[Any]:
        """The batches of an epoch."""
        return DataLoader(self.batches, batch_size=None, generator=torch.Generator().manual_seed(self.args.seed))


def fit(model: CrossEncoder, train_dataloader: Any, **settings: Any) -> None:
    """Train; `CrossEncoder.fit` documents the arguments.

    Args:
        model: The model.
        train_dataloader: The loader.
        **settings: The other arguments of `fit`.

    Raises:
        InputError: If the loader is empty, or an example cannot be trained on.
    """
    if len(train_dataloader) == 0:
        raise InputError("a data loader without batches", accepted="at least one batch of examples")
    # A loader that was made without a collate function of ours must hand over the examples as they are.
    train_dataloader.collate_fn = list
    loss = _loss(model, settings["loss_fct"], settings["activation_fct"])
    _check_examples(train_dataloader.dataset, loss, model.num_labels)
    batches = ExampleBatches(train_dataloader, model)
    with tempfile.TemporaryDirectory() as scratch:
        own = trainer_settings(model, {"": loss}, settings, scratch, len(batches), kind=CrossEncoderTrainingArguments)
        FitTrainer(batches, model=model, loss=loss, **own).train()
    output = settings["output_path"]
    if output is not None and (settings["evaluator"] is None or not settings["save_best_model"]):
        model.save(output)


def _loss(model: TrainableCrossEncoder, function: Any, activation: Any) -> CrossEncoderLoss:
    if function is not None:
        return FunctionLoss(model, function, activation)
    return (BinaryCrossEntropyLoss if model.num_labels == 1 else CrossEntropyLoss)(model, activation)


def rows_of(examples: Sequence[Any], labels: int = 1) -> list[dict[str, Any]]:
    """Examples as rows of a data set.

    Args:
        examples: Objects with two `texts` and a `label`, such as `InputExample`.
        labels: How many scores the model gives to a pair.

    Returns:
        For each, its texts and its label; of several labels, a class that is written as a float is made an integer.

    Raises:
        InputError: If one has not two texts, or is something else; the message says which.

    Example:
        >>> from likewise import InputExample
        >>> rows_of([InputExample(texts=["a", "b"], label=1)])
        [{'sentence1': 'a', 'sentence2': 'b', 'label': 1}]
    """
    rows = []
    for at, example in enumerate(examples):
        texts = getattr(example, "texts", None)
        if not isinstance(texts, list | tuple) or not hasattr(example, "label"):
            raise InputTypeError(
                f"example {at} is a {type(example).__name__}", accepted="InputExample(texts=['a', 'b'], label=1)"
            )
        if len(texts) != 2:
            raise InputError(f"example {at} has {len(texts)} texts", accepted="two: InputExample(texts=['a', 'b'])")
        label = example.label
        if labels > 1 and isinstance(label, float) and label.is_integer():
            label = int(label)
        rows.append({"sentence1": texts[0], "sentence2": texts[1], _LABEL: label})
    return rows


def _check_examples(dataset: Any, loss: CrossEncoderLoss, labels: int) -> None:
    if not hasattr(dataset, "__len__") or not hasattr(dataset, "__getitem__"):
        return
    rows = rows_of([dataset[at] for at in range(len(dataset))], labels)
    binding = check_dataset("", rows, loss, [_LABEL], pairs=True)
    if not isinstance(loss, FunctionLoss):
        check_labels("the examples", rows, binding, loss, torch.tensor)
