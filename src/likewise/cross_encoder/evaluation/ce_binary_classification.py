"""`CEBinaryClassificationEvaluator`: average precision, and the best accuracy and F1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np

from likewise.cross_encoder.evaluation.classification import binary_metrics
from likewise.cross_encoder.evaluation.pair_evaluator import PairEvaluator
from likewise.cross_encoder.evaluation.scoring import one_score_each
from likewise.evaluation.metrics.labelled_scores import check_labels


@final
class CEBinaryClassificationEvaluator(PairEvaluator):
    """Average precision of scores against labels of 0 and 1; the file has best accuracy and F1 and their thresholds.

    `CrossEncoderClassificationEvaluator` gives all of them by name.

    Args:
        sentence_pairs: N pairs of texts.
        labels: N numbers, 0 or 1, at least one 1.
        name: Put into the name of the file.
        show_progress_bar: Whether progress is shown; None leaves it to the level of the log.
        write_csv: Whether a row is added to `CEBinaryClassificationEvaluator[_name]_results.csv`.
        batch_size: Most pairs of a batch; None fills batches by token count.

    Raises:
        InputError: If a label is not 0 or 1.
        ShapeError: If the lengths differ.

    Example:
        >>> CEBinaryClassificationEvaluator([["a", "b"]], [1], name="dev").csv_file
        'CEBinaryClassificationEvaluator_dev_results.csv'
    """

    def __init__(
        self,
        sentence_pairs: Any,
        labels: Sequence[int],
        name: str = "",
        show_progress_bar: bool | None = False,
        write_csv: bool = True,
        *,
        batch_size: int | None = 32,
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
        self.primary_metric = "average_precision"

    def __call__(self, model: Any, output_path: str | None = None, epoch: int = -1, steps: int = -1) -> float:
        """Evaluate a model.

        Args:
            model: The model, of one output.
            output_path: Folder of the CSV file; None writes none.
            epoch: Epoch of training.
            steps: Steps of that epoch.

        Returns:
            Average precision, 0 to 1.
        """
        metrics = binary_metrics(one_score_each(self.scores(model)), self.labels)
        row = {name.title(): value for name, value in metrics.items()}
        self._report.append(output_path, epoch=epoch, steps=steps, row=row)
        self.finish(model, metrics, epoch=epoch, steps=steps)
        return metrics["average_precision"]
