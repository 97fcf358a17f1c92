"""`CERerankingEvaluator`: mean reciprocal rank of the candidates of each query."""

from __future__ import annotations

import warnings
from typing import Any, final

from likewise.cross_encoder.evaluation.rerank_lists import checked_lists
from likewise.cross_encoder.evaluation.reranking import rerank_metrics
from likewise.evaluation.csv_report import CsvReport
from likewise.evaluation.evaluator import SentenceEvaluator
from likewise.evaluation.metrics.rankings import check_cutoff


@final
class CERerankingEvaluator(SentenceEvaluator):
    """Mean reciprocal rank at k; the file has nDCG at k as well.

    `CrossEncoderRerankingEvaluator` gives these and MAP by name, also for the order of a first stage.

    Args:
        samples: Each with "query", "positive" (texts) and "negative" (texts). Samples without positives or without
            negatives are left out, with a warning.
        at_k: Rank, at least 1.
        name: Put into the name of the file.
        write_csv: Whether a row is added to `CERerankingEvaluator[_name]_results_@k.csv`.
        mrr_at_k: Older name of `at_k`; warns.
        batch_size: Most pairs of a batch; None fills batches by token count.
        show_progress_bar: Whether progress is shown; None leaves it to the level of the log.

    Raises:
        InputError: If no sample has positives and negatives, a key is lacking, or `at_k` is below 1.

    Example:
        >>> CERerankingEvaluator([{"query": "q", "positive": ["a"], "negative": ["b"]}], at_k=5).csv_file
        'CERerankingEvaluator_results_@5.csv'
    """

    def __init__(
        self,
        samples: Any,
        at_k: int = 10,
        name: str = "",
        write_csv: bool = True,
        mrr_at_k: int | None = None,
        *,
        batch_size: int | None = 64,
        show_progress_bar: bool | None = None,
    ) -> None:
        if mrr_at_k is not None:
            warnings.warn("mrr_at_k is deprecated: say at_k", FutureWarning, stacklevel=2)
            at_k = mrr_at_k
        self.at_k = check_cutoff(at_k)
        self.lists = checked_lists(samples, with_positives=True)
        self.name = name
        self.batch_size = batch_size
        self.show_progress_bar = show_progress_bar
        self.csv_file = f"CERerankingEvaluator{f'_{name}' if name else ''}_results_@{self.at_k}.csv"
        self._report = CsvReport(self.csv_file, enabled=write_csv)
        self.primary_metric = f"mrr@{self.at_k}"

    def __call__(self, model: Any, output_path: str | None = None, epoch: int = -1, steps: int = -1) -> float:
        """Evaluate a model.

        Args:
            model: The model, of one output.
            output_path: Folder of the CSV file; None writes none.
            epoch: Epoch of training.
            steps: Steps of that epoch.

        Returns:
            MRR at k, 0 to 1.
        """
        table = rerank_metrics(
            model, self.lists, self.at_k, batch_size=self.batch_size, show_progress_bar=self.show_progress_bar
        )
        _, mrr, ndcg = (float(value) for value in table.mean(0))
        row = {f"MRR@{self.at_k}": mrr, f"NDCG@{self.at_k}": ndcg}
        self._report.append(output_path, epoch=epoch, steps=steps, row=row)
        self.finish(model, {f"mrr@{self.at_k}": mrr, f"ndcg@{self.at_k}": ndcg}, epoch=epoch, steps=steps)
        return mrr

    def data_sizes(self) -> dict[str, int]:
        """How many queries and candidates there are."""
        return {
            "queries": len(self.lists),
            "candidates": sum(len(each.sample.candidates) for each in self.lists),
        }
