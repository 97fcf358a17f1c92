"""`CrossEncoderCorrelationEvaluator`: how well scores agree with those that people gave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, final

from likewise.cross_encoder.evaluation.pair_evaluator import PairEvaluator
from likewise.cross_encoder.evaluation.scoring import one_score_each
from likewise.evaluation.metrics import pearson, spearman
from likewise.evaluation.metrics.correlation import check_gold
from likewise.evaluation.sample import MetricSample

_KINDS = {"pearson": pearson, "spearman": spearman}


@final
class CrossEncoderCorrelationEvaluator(PairEvaluator):
    """Correlation of scores with gold scores.

    The metrics are `pearson` and `spearman`, the latter being the primary one. Where all scores of a model are equal,
    no correlation is defined; it counts as 0, with a warning.

    Args:
        sentence_pairs: N pairs of texts.
        scores: N gold scores, not all equal.
        name: Put before the metrics and into the name of the file.
        prompt_name: Name of a prompt of the model, put before the pairs.
        batch_size: Most pairs of a batch; None fills batches by token count.
        show_progress_bar: Whether progress is shown; None leaves it to the level of the log.
        write_csv: Whether a row is added to `CrossEncoderCorrelationEvaluator[_name]_results.csv`.

    Raises:
        InputError: If the scores are not finite or all equal.
        ShapeError: If the lengths differ.

    Example:
        >>> evaluator = CrossEncoderCorrelationEvaluator([["a", "b"], ["a", "c"]], [0.9, 0.1], name="sts")
        >>> evaluator.csv_file
        'CrossEncoderCorrelationEvaluator_sts_results.csv'
    """

    def __init__(
        self,
        sentence_pairs: Any,
        scores: Sequence[float],
        name: str = "",
        prompt_name: str | None = None,
        batch_size: int | None = 32,
        show_progress_bar: bool | None = None,
        write_csv: bool = True,
    ) -> None:
        super().__init__(
            sentence_pairs,
            scores,
            name=name,
            batch_size=batch_size,
            show_progress_bar=show_progress_bar,
            write_csv=write_csv,
            prompt_name=prompt_name,
            labels_name="scores",
        )
        self.gold = check_gold(self._given, "scores")
        self.primary_metric = "spearman"

    def __call__(
        self, model: Any, output_path: str | None = None, epoch: int = -1, steps: int = -1
    ) -> dict[str, float]:
        """Evaluate a model.

        Args:
            model: The model.
            output_path: Folder of the CSV file; None writes none.
            epoch: Epoch of training.
            steps: Steps of that epoch.

        Returns:
            The correlations, -1 to 1.
        """
        metrics = self.compute_metrics(model)
        row = {f"{kind.capitalize()}_Correlation": value for kind, value in metrics.items()}
        self._report.append(output_path, epoch=epoch, steps=steps, row=row)
        return self.finish(model, metrics, epoch=epoch, steps=steps)

    def compute_metrics(self, model: Any) -> dict[str, float]:
        """Compute the metrics without writing or noting them anywhere.

        Args:
            model: The model, of one output.

        Returns:
            Metric to value.
        """
        scores = one_score_each(self.scores(model))
        return {kind: correlation(scores, self.gold) for kind, correlation in _KINDS.items()}

    def metric_samples(self, model: Any) -> dict[str, MetricSample]:
        """Scores and gold scores; a draw with equal gold scores only counts as 0."""
        scores = one_score_each(self.scores(model))

        def or_zero(correlation: Callable[..., float]) -> Callable[..., float]:
            return lambda scores, gold: 0.0 if (gold == gold[0]).all() else correlation(scores, gold)

        return {kind: MetricSample((scores, self.gold), or_zero(each)) for kind, each in _KINDS.items()}

    def metric_names(self) -> list[str]:
        """The metrics."""
        return list(_KINDS)
