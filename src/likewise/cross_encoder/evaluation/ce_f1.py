"""`CEF1Evaluator`: F1 of the predicted class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np

from likewise.cross_encoder.evaluation.class_f1 import class_f1
from likewise.cross_encoder.evaluation.pair_evaluator import PairEvaluator
from likewise.cross_encoder.evaluation.scoring import checked_classes, predicted_classes
from likewise.errors import InputError


@final
class CEF1Evaluator(PairEvaluator):
    """F1 of class 1 if there are two classes, and of all classes (macro) if there are more.

    The predicted class is the largest output; for a model of one output, 1 from a score of 0.5 on. The file has macro,
    micro and weighted F1 for more than two classes. `CrossEncoderClassificationEvaluator` gives them by name.

    Args:
        sentence_pairs: N pairs of texts.
        labels: N classes, integers from 0, at least two different ones.
        batch_size: Most pairs of a batch; None fills batches by token count.
        show_progress_bar: Whether progress is shown; None leaves it to the level of the log.
        name: Put into the name of the file.
        write_csv: Whether a row is added to `CEF1Evaluator[_name]_results.csv`.

    Raises:
        InputError: If all labels are equal, or one is not an integer of at least 0.
        ShapeError: If the lengths differ.

    Example:
        >>> CEF1Evaluator([["a", "b"], ["a", "c"]], [1, 0]).primary_metric
        'f1'
    """

    def __init__(
        self,
        sentence_pairs: Any,
        labels: Sequence[int],
        *,
        batch_size: int | None = 32,
        show_progress_bar: bool | None = False,
        name: str = "",
        write_csv: bool = True,
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
        if len(np.unique(self.labels)) < 2:
            raise InputError(f"all labels are {self.labels[0]}", accepted="at least two classes")
        self._binary = self.labels.max() == 1
        self.primary_metric = "f1" if self._binary else "f1_macro"

    def __call__(self, model: Any, output_path: str | None = None, epoch: int = -1, steps: int = -1) -> float:
        """Evaluate a model.

        Args:
            model: The model.
            output_path: Folder of the CSV file; None writes none.
            epoch: Epoch of training.
            steps: Steps of that epoch.

        Returns:
            F1, 0 to 1: of class 1, or macro.

        Raises:
            InputError: If a label is not one that the model can predict.
        """
        predicted = self._predicted(model)
        if self._binary:
            hits, both = int((predicted & self.labels).sum()), int(predicted.sum() + self.labels.sum())
            value = 2 * hits / both
            metrics = {"f1": value}
            row = {"Binary_F1_score": value}
        else:
            found = class_f1(predicted, self.labels)
            value = found.macro
            metrics = {"f1_macro": found.macro, "f1_micro": found.micro, "f1_weighted": found.weighted}
            row = {
                "Macro_F1_score": found.macro,
                "Micro_F1_score": found.micro,
                "Weighted_F1_score": found.weighted,
            }
        self._report.append(output_path, epoch=epoch, steps=steps, row=row)
        self.finish(model, metrics, epoch=epoch, steps=steps)
        return value

    def _predicted(self, model: Any) -> Any:
        scores = self.scores(model)
        if scores.ndim == 2:
            found = predicted_classes(scores, self.labels)
            if self._binary and found.max() > 1:
                # Another class than 1 is not found, whichever it is.
                found = np.where(found == 1, 1, 0)
            return found
        if not self._binary:
            raise InputError(f"label {self.labels.max()} for a model of 1 output", accepted="0 and 1")
        return (scores >= 0.5).astype(np.int64)
