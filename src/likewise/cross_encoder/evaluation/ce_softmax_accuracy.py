"""`CESoftmaxAccuracyEvaluator`: how often the largest output is the right class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

from likewise.cross_encoder.evaluation.pair_evaluator import PairEvaluator
from likewise.cross_encoder.evaluation.scoring import checked_classes, predicted_classes
from likewise.errors import ShapeError


@final
class CESoftmaxAccuracyEvaluator(PairEvaluator):
    """Accuracy of the largest output of a model of several.

    Args:
        sentence_pairs: N pairs of texts.
        labels: N classes, integers from 0.
        name: Put into the name of the file.
        write_csv: Whether a row is added to `CESoftmaxAccuracyEvaluator[_name]_results.csv`.
        batch_size: Most pairs of a batch; None fills batches by token count.
        show_progress_bar: Whether progress is shown; None leaves it to the level of the log.

    Raises:
        InputError: If a label is not an integer of at least 0.
        ShapeError: If the lengths differ.

    Example:
        >>> CESoftmaxAccuracyEvaluator([["a", "b"]], [2]).primary_metric
        'accuracy'
    """

    def __init__(
        self,
        sentence_pairs: Any,
        labels: Sequence[int],
        name: str = "",
        write_csv: bool = True,
        *,
        batch_size: int | None = 32,
        show_progress_bar: bool | None = None,
    ) -> None:
        super().__init__(
            sentence_pairs,
            labels,
            name=name,
            batch_size=batch_size,
            show_progress_bar=show_progress_bar,
            write_csv=write_csv,
        )
        self.labels = checked_classes(self._given)
        self.primary_metric = "accuracy"

    def __call__(self, model: Any, output_path: str | None = None, epoch: int = -1, steps: int = -1) -> float:
        """Evaluate a model.

        Args:
            model: The model, of several outputs.
            output_path: Folder of the CSV file; None writes none.
            epoch: Epoch of training.
            steps: Steps of that epoch.

        Returns:
            The accuracy, 0 to 1.

        Raises:
            InputError: If a label is not one of the outputs.
            ShapeError: If the model has one output.
        """
        scores = self.scores(model)
        if scores.ndim == 1:
            raise ShapeError(
                "1 output of the model for each pair",
                accepted="one for each class",
                fix="CEBinaryAccuracyEvaluator",
            )
        accuracy = float((predicted_classes(scores, self.labels) == self.labels).mean())
        self._report.append(output_path, epoch=epoch, steps=steps, row={"Accuracy": accuracy})
        self.finish(model, {"accuracy": accuracy}, epoch=epoch, steps=steps)
        return accuracy
