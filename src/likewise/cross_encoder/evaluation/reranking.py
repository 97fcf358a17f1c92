"""`CrossEncoderRerankingEvaluator`: how well a model ranks given candidates of each query."""

from __future__ import annotations

import warnings
from typing import Any, final

import numpy as np

from likewise.cross_encoder.evaluation.rerank_lists import RerankList, base_metrics, checked_lists
from likewise.cross_encoder.evaluation.scoring import Floats, ScoringModel, one_score_each, predicted_scores
from likewise.evaluation.csv_report import CsvReport
from likewise.evaluation.evaluator import SentenceEvaluator
from likewise.evaluation.metrics import average_precision_of_scores, tied_ndcg_at_k, tied_reciprocal_rank_at_k
from likewise.evaluation.metrics.rankings import check_cutoff
from likewise.evaluation.sample import MetricSample


def rerank_metrics(model: ScoringModel, lists: list[RerankList], k: int, **options: Any) -> Floats:
    """Average precision, reciprocal rank and nDCG of each query, from the scores of a model.

    Args:
        model: The model, of one output.
        lists: What is ranked.
        k: Rank of the latter two.
        **options: Keyword arguments for `predict`.

    Returns:
        [Q, 3]; candidates of equal score are ranked in random order, of which the mean is taken.
    """
    pairs = [(each.sample.query, candidate) for each in lists for candidate in each.sample.candidates]
    scores = one_score_each(predicted_scores(model, pairs, **options))
    rows, start = [], 0
    for each in lists:
        sample, stop = each.sample, start + len(each.sample.candidates)
        own = scores[start:stop]
        rows.append(
            (
                average_precision_of_scores(own, sample.relevant, total=sample.total),
                tied_reciprocal_rank_at_k(own, sample.relevant, k),
                tied_ndcg_at_k(own, sample.relevant, k, total=sample.total),
            )
        )
        start = stop
    return np.array(rows)


@final
class CrossEncoderRerankingEvaluator(SentenceEvaluator):
    """Score the candidates of each query, and look at which places the relevant ones get.

    Metrics, each the mean over the queries: `map` of the whole ranking, `mrr@k` and `ndcg@k` (primary). Where all
    samples have "documents", `base_map`, `base_mrr@k` and `base_ndcg@k` say the same of the order that these had. In
    all of them, a positive that is not ranked counts as never found. The order in which candidates are listed does not
    matter to the former: candidates of equal score are ranked in random order, of which the mean is taken.

    Args:
        samples: Each with "query", "positive" (texts) and either "negative" (texts) or "documents": what a first stage
            found, best first. Samples without positives or without negatives are left out, with a warning.
        at_k: Rank of MRR and nDCG, at least 1.
        always_rerank_positives: Whether positives that "documents" lacks are ranked as well: a more useful signal in
            training. False ranks what was found only, which is what users get.
        name: Put before the metrics and into the name of the file.
        prompt_name: Name of a prompt of the model, put before the pairs.
        batch_size: Most pairs of a batch; None fills batches by token count.
        show_progress_bar: Whether progress is shown.
        write_csv: Whether a row is added to `CrossEncoderRerankingEvaluator[_name]_results_@k.csv`.
        mrr_at_k: Older name of `at_k`; warns.

    Raises:
        InputError: If no sample has positives and negatives, a key is lacking, or `at_k` is below 1.
        InputTypeError: If a sample has another form.

    Example:
        >>> samples = [{"query": "Who barks?", "positive": ["A dog."], "documents": ["Rain.", "A dog."]}]
        >>> print(CrossEncoderRerankingEvaluator(samples, name="dev").describe().sizes)
        {'queries': 1, 'candidates': 2}
    """

    def __init__(
        self,
        samples: Any,
        at_k: int = 10,
        always_rerank_positives: bool = True,
        name: str = "",
        prompt_name: str | None = None,
        batch_size: int | None = 64,
        show_progress_bar: bool = False,
        write_csv: bool = True,
        mrr_at_k: int | None = None,
    ) -> None:
        if mrr_at_k is not None:
            warnings.warn("mrr_at_k is deprecated: say at_k", FutureWarning, stacklevel=2)
            at_k = mrr_at_k
        self.at_k = check_cutoff(at_k)
        self.always_rerank_positives = always_rerank_positives
        self.lists = checked_lists(samples, with_positives=always_rerank_positives)
        self.name = name
        self.prompt_name = prompt_name
        self.batch_size = batch_size
        self.show_progress_bar = show_progress_bar
        self.csv_file = f"CrossEncoderRerankingEvaluator{f'_{name}' if name else ''}_results_@{self.at_k}.csv"
        self._report = CsvReport(self.csv_file, enabled=write_csv)
        self.primary_metric = f"ndcg@{self.at_k}"

    def __call__(
        self, model: Any, output_path: str | None = None, epoch: int = -1, steps: int = -1
    ) -> dict[str, float]:
        """Evaluate a model.

        Args:
            model: The model, of one output.
            output_path: Folder of the CSV file; None writes none.
            epoch: Epoch of training.
            steps: Steps of that epoch.

        Returns:
            Metric to value, 0 to 1.
        """
        metrics = self.compute_metrics(model)
        row = {name.upper(): metrics[name] for name in self._names()}
        self._report.append(output_path, epoch=epoch, steps=steps, row=row)
        return self.finish(model, metrics, epoch=epoch, steps=steps)

    def compute_metrics(self, model: Any) -> dict[str, float]:
        """Compute the metrics without writing or noting them anywhere.

        Args:
            model: The model.

        Returns:
            Metric to value.
        """
        return {name: float(column.mean()) for name, column in self._columns(model).items()}

    def metric_samples(self, model: Any) -> dict[str, MetricSample]:
        """Each metric of each query."""
        return {name: MetricSample((column,)) for name, column in self._columns(model).items()}

    def metric_names(self) -> list[str]:
        """The metrics."""
        base = [f"base_{name}" for name in self._names()] if self._has_base() else []
        return [*self._names(), *base]

    def data_sizes(self) -> dict[str, int]:
        """How many queries and candidates there are."""
        return {
            "queries": len(self.lists),
            "candidates": sum(len(each.sample.candidates) for each in self.lists),
        }

    def get_config_dict(self) -> dict[str, Any]:
        """The settings."""
        return {"at_k": self.at_k, "always_rerank_positives": self.always_rerank_positives}

    def _names(self) -> tuple[str, str, str]:
        return ("map", f"mrr@{self.at_k}", f"ndcg@{self.at_k}")

    def _has_base(self) -> bool:
        return all(each.found is not None for each in self.lists)

    def _columns(self, model: Any) -> dict[str, Any]:
        table = rerank_metrics(
            model,
            self.lists,
            self.at_k,
            batch_size=self.batch_size,
            show_progress_bar=self.show_progress_bar,
            prompt_name=self.prompt_name,
        )
        if self._has_base():
            table = np.hstack([table, base_metrics(self.lists, self.at_k)])
        return dict(zip(self.metric_names(), table.T, strict=True))
