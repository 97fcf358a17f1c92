"""`CEBinaryAccuracyEvaluator`: how many pairs are right at a given threshold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np

from likewise.cross_encoder.evaluation.pair_evaluator import PairEvaluator
from likewise.cross_encoder.evaluation.scoring import one_score_each
from likewise.evaluation.metrics.labelled_scores import check_labels


@final
class CEBinaryAccuracyEvaluator(PairEvaluator):
    """Accuracy of scores above a threshold against labels of 0 and 1.

    `CrossEncoderClassificationEvaluator` finds the best threshold, and more metrics.

    Args:
        sentence_pairs: N pairs of texts.
        labels: N numbers, 0 or 1.
        name: Put into the name of the file.
        threshold: Pairs whose score is above it are predicted 1.
        write_csv: Whether a row is added to `CEBinaryAccuracyEvaluator[_name]_results.csv`.
        batch_size: Most pairs of a batch; None fills batches by token count.
        show_progress_bar: Whether progress is shown; None leaves it to the level of the log.

    Raises:
        InputError: If a label is not 0 or 1.
        ShapeError: If the lengths differ.

    Example:
        >>> CEBinaryAccuracyEvaluator([["a", "b"]], [1]).threshold
        0.5
    """

    def __init__(
        self,
        sentence_pairs: Any,
        labels: Sequence[int],
        name: str = "",
        threshold: float = 0.5,
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
        self.labels = check_labels(self._given).astype(np.int64)
        self.threshold = threshold
        self.primary_metric = "accuracy"

    def __call__(self, model: Any, output_path: str | None = None, epoch: int = -1, steps: int = -1) -> float:
        """Evaluate a model.

        Args:
            model: The model, of one output.
            output_path: Folder of the CSV file; None writes none.
            epoch: Epoch of training.
            steps: Steps of that epoch.

        Returns:
            The accuracy, 0 to 1.
        """
        predicted = one_score_each(self.scores(model)) > self.threshold
        accuracy = float((predicted == self.labels).mean())
        self._report.append(output_path, epoch=epoch, steps=steps, row={"Accuracy": accuracy})
        self.finish(model, {"accuracy": accuracy}, epoch=epoch, steps=steps)
        return accuracy

    def get_config_dict(self) -> dict[str, Any]:
        """The threshold."""
        return {"threshold": self.threshold}
