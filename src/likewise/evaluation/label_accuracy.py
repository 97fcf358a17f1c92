"""`LabelAccuracyEvaluator`: how often a classifier on top of a model is right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any, final

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, default_collate

from likewise.errors import InputError, InputTypeError
from likewise.evaluation.csv_report import CsvReport
from likewise.evaluation.embedding import modes_kept
from likewise.evaluation.evaluator import SentenceEvaluator
from likewise.evaluation.sample import MetricSample


@final
class LabelAccuracyEvaluator(SentenceEvaluator):
    """Share of the examples whose class a `SoftmaxLoss` predicts.

    Args:
        dataloader: Batches: lists of `InputExample`, or pairs of features, one mapping for each text, and labels [B].
            A `DataLoader` of `InputExample` needs no collate function of its own; it is not changed.
        name: Put before the metric and into the name of the file.
        softmax_model: The classifier: called with the features and None for the labels, it gives (embeddings,
            logits [B, C]), as `SoftmaxLoss` does.
        write_csv: Whether a row is added to `accuracy_evaluation[_name]_results.csv`.

    Raises:
        InputError: If there is no classifier.
    """

    primary_metric = "accuracy"

    def __init__(
        self, dataloader: Iterable[Any], name: str = "", softmax_model: Any = None, write_csv: bool = True
    ) -> None:
        if softmax_model is None:
            raise InputError(
                "softmax_model=None", accepted="the classifier", fix="softmax_model=SoftmaxLoss(model, dimension, 3)"
            )
        self.dataloader = dataloader
        self.name = name
        self.softmax_model = softmax_model
        self.csv_file = f"accuracy_evaluation{f'_{name}' if name else ''}_results.csv"
        self._report = CsvReport(self.csv_file, enabled=write_csv)

    def __call__(
        self, model: Any, output_path: str | None = None, epoch: int = -1, steps: int = -1
    ) -> dict[str, float]:
        """Evaluate a model with the classifier.

        Args:
            model: The model; it tokenises the texts of examples with `model.tokenize`.
            output_path: Folder of the CSV file; None writes none.
            epoch: Epoch of training.
            steps: Steps of that epoch.

        Returns:
            `accuracy`, 0 to 1.

        Raises:
            InputError: If there are no examples, or a logit is NaN or infinite.
        """
        accuracy = float(self.correct(model).mean())
        self._report.append(output_path, epoch=epoch, steps=steps, row={"accuracy": accuracy})
        return self.finish(model, {"accuracy": accuracy}, epoch=epoch, steps=steps)

    def correct(self, model: Any) -> np.ndarray[Any, Any]:
        """Tell for each example whether the classifier is right.

        Args:
            model: The model.

        Returns:
            bool [N], in the order of the dataloader.

        Raises:
            InputError: If there are no examples, or a logit is NaN or infinite.
        """
        right: list[np.ndarray[Any, Any]] = []
        # A DataLoader draws from the global generator when it starts: a run that evaluates must go on as one that
        # does not.
        random_kept = torch.random.fork_rng(devices=[])
        with modes_kept(model), modes_kept(self.softmax_model), torch.no_grad(), random_kept:
            for part in (model, self.softmax_model):
                if isinstance(part, nn.Module):
                    part.eval()
            for features, labels in _batches(self.dataloader, model):
                _, logits = self.softmax_model(features, None)
                if not bool(torch.isfinite(logits).all()):
                    raise InputError("the classifier gives NaN or infinity", accepted="finite logits")
                right.append((logits.argmax(dim=1).cpu() == labels.cpu()).numpy())
        if not sum(map(len, right)):
            raise InputError("the dataloader holds no examples", accepted="at least one")
        return np.concatenate(right)

    def metric_samples(self, model: Any) -> dict[str, MetricSample]:
        """Whether each example is right."""
        return {"accuracy": MetricSample((self.correct(model),))}

    def metric_names(self) -> list[str]:
        """The metric."""
        return ["accuracy"]

    def data_sizes(self) -> dict[str, int]:
        """How many examples there are, or batches, where the dataloader says so."""
        if isinstance(self.dataloader, DataLoader) and isinstance(self.dataloader.dataset, Sized):
            return {"examples": len(self.dataloader.dataset)}
        return {"batches": len(self.dataloader)} if isinstance(self.dataloader, Sized) else {}


def _batches(loader: Iterable[Any], model: Any) -> Iterator[tuple[list[dict[str, Any]], Tensor]]:
    """Batches as (features of each text, labels), on the model's device."""
    if isinstance(loader, DataLoader) and loader.collate_fn is default_collate:
        # The default one cannot make a tensor of examples. The user's loader stays as it is.
        loader = DataLoader(loader.dataset, batch_sampler=loader.batch_sampler, collate_fn=list)
    for number, batch in enumerate(loader):
        if not isinstance(batch, Sequence) or isinstance(batch, str) or not batch:
            raise InputTypeError(
                f"batch {number} is {type(batch).__name__}", accepted="examples, or (features, labels)"
            )
        features, labels = batch if isinstance(batch[-1], Tensor) else _tokenized(batch, model)
        yield [_on(model.device, one) for one in features], labels.view(-1)


def _tokenized(examples: Sequence[Any], model: Any) -> tuple[list[Any], Tensor]:
    texts = zip(*(example.texts for example in examples), strict=True)
    return [model.tokenize(list(column)) for column in texts], torch.tensor([example.label for example in examples])


def _on(device: torch.device, features: dict[str, Any]) -> dict[str, Any]:
    return {key: value.to(device) if isinstance(value, Tensor) else value for key, value in features.items()}
