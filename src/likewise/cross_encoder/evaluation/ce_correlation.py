"""`CECorrelationEvaluator`: Spearman correlation of scores with those that people gave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

from likewise.cross_encoder.evaluation.pair_evaluator import PairEvaluator
from likewise.cross_encoder.evaluation.scoring import one_score_each
from likewise.evaluation.metrics import pearson, spearman
from likewise.evaluation.metrics.correlation import check_gold


@final
class CECorrelationEvaluator(PairEvaluator):
    """Spearman correlation of scores with gold scores; the file has Pearson's as well.

    `CrossEncoderCorrelationEvaluator` gives both by name.

    Args:
        sentence_pairs: N pairs of texts.
        scores: N gold scores, not all equal.
        name: Put into the name of the file.
        write_csv: Whether a row is added to `CECorrelationEvaluator[_name]_results.csv`.
        batch_size: Most pairs of a batch; None fills batches by token count.
        show_progress_bar: Whether progress is shown; None leaves it to the level of the log.

    Raises:
        InputError: If the scores are not finite or all equal.
        ShapeError: If the lengths differ.

    Example:
        >>> CECorrelationEvaluator([["a", "b"], ["a", "c"]], [0.9, 0.1]).csv_file
        'CECorrelationEvaluator_results.csv'
    """

    def __init__(
        self,
        sentence_pairs: Any,
        scores: Sequence[float],
        name: str = "",
        write_csv: bool = True,
        *,
        batch_size: int | None = 32,
        show_progress_bar: bool | None = None,
    ) -> None:
        super().__init__(
            sentence_pairs,
            scores,
            name=name,
            batch_size=batch_size,
            show_progress_bar=show_progress_bar,
            write_csv=write_csv,
            labels_name="scores",
        )
        self.gold = check_gold(self._given, "scores")
        self.primary_metric = "spearman"

    def __call__(self, model: Any, output_path: str | None = None, epoch: int = -1, steps: int = -1) -> float:
        """Evaluate a model.

        Args:
            model: The model, of one output.
            output_path: Folder of the CSV file; None writes none.
            epoch: Epoch of training.
            steps: Steps of that epoch.

        Returns:
            Spearman correlation, -1 to 1.
        """
        scores = one_score_each(self.scores(model))
        metrics = {"pearson": pearson(scores, self.gold), "spearman": spearman(scores, self.gold)}
        row = {f"{kind.capitalize()}_Correlation": value for kind, value in metrics.items()}
        self._report.append(output_path, epoch=epoch, steps=steps, row=row)
        self.finish(model, metrics, epoch=epoch, steps=steps)
        return metrics["spearman"]
