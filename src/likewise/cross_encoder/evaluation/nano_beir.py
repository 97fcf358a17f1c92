"""`CrossEncoderNanoBEIREvaluator`: re-ranking what BM25 found on thirteen small sets of many kinds, and their mean."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, final

import numpy as np

from likewise.cross_encoder.evaluation.reranking import CrossEncoderRerankingEvaluator
from likewise.evaluation.csv_report import CsvReport
from likewise.evaluation.description import EvaluatorDescription
from likewise.evaluation.evaluator import SentenceEvaluator
from likewise.evaluation.metrics.rankings import check_cutoff
from likewise.evaluation.nano_beir_data import DATASETS, checked_names, load_columns, load_task, set_key, source_of

_logger = logging.getLogger(__name__)


def nano_samples(dataset_id: str, name: str, rerank_k: int) -> list[dict[str, Any]]:
    """The samples of one set: its queries, the relevant documents, and the first of what BM25 found.

    Args:
        dataset_id: A data set or folder as `likewise.evaluation.nano_beir_data.load_task` takes it, with a further
            configuration "bm25" of columns "query-id" and "corpus-ids".
        name: Name of the set.
        rerank_k: How many documents are taken.

    Returns:
        Samples for `CrossEncoderRerankingEvaluator`; queries without relevant documents are left out.

    Raises:
        InputError: If the set cannot be loaded.
        MissingDependencyError: If the `datasets` package is not installed.
    """
    task = load_task(dataset_id, name)
    source, split = source_of(dataset_id, name)
    found = dict(load_columns(source, "bm25", split, ("query-id", "corpus-ids")))
    samples = []
    for query, text in task.queries.items():
        relevant = [task.corpus[each] for each in task.corpus if each in task.relevant_docs.get(query, ())]
        documents = [task.corpus[each] for each in found.get(query, ())[:rerank_k] if each in task.corpus]
        if relevant:
            samples.append({"query": text, "positive": relevant, "documents": documents})
    return samples


@final
class CrossEncoderNanoBEIREvaluator(SentenceEvaluator):
    """Run a `CrossEncoderRerankingEvaluator` on what BM25 found in each set of NanoBEIR, and take the mean.

    Metrics are `Nano<Set>_R<rerank_k>_<metric>` for each set and `NanoBEIR_R<rerank_k>_mean_<metric>` for all together,
    where the metric is `map`, `mrr@k`, `ndcg@k` (primary), or one of these of the order of BM25, with `base_` in front.
    The sets are loaded when the evaluator is made, from the hub or its cache.

    Args:
        dataset_names: Names of the sets, such as "msmarco"; None takes all.
        dataset_id: A data set on the hub, or a folder, with configurations "corpus", "queries", "qrels" and "bm25".
        rerank_k: How many documents of BM25 are re-ranked, at least 1.
        at_k: Rank of MRR and nDCG.
        always_rerank_positives: Whether relevant documents that are not among these are ranked as well.
        prompt_name: Name of a prompt of the model, put before the pairs.
        batch_size: Most pairs of a batch; None fills batches by token count.
        show_progress_bar: Whether progress is shown.
        write_csv: Whether rows are added to `NanoBEIR_evaluation_<aggregate_key>_results.csv` and to the files of the
            sets.
        aggregate_fn: From the values of all sets to one.
        aggregate_key: What that is called.

    Raises:
        InputError: If a name is unknown or there is none, or a set cannot be loaded.
        MissingDependencyError: If the `datasets` package is not installed.
    """

    def __init__(
        self,
        dataset_names: Sequence[str] | None = None,
        dataset_id: str = "sentence-transformers/NanoBEIR-en",
        rerank_k: int = 100,
        at_k: int = 10,
        always_rerank_positives: bool = True,
        prompt_name: str | None = None,
        batch_size: int | None = 32,
        show_progress_bar: bool = False,
        write_csv: bool = True,
        aggregate_fn: Callable[[list[float]], Any] = np.mean,
        aggregate_key: str = "mean",
    ) -> None:
        self.dataset_names = checked_names(dataset_names)
        self.dataset_id = dataset_id
        self.rerank_k, self.at_k = check_cutoff(rerank_k), check_cutoff(at_k)
        self.always_rerank_positives = always_rerank_positives
        self.aggregate_fn, self.aggregate_key = aggregate_fn, aggregate_key
        self.name = f"NanoBEIR_R{self.rerank_k}_{aggregate_key}"
        self.csv_file = f"NanoBEIR_evaluation_{aggregate_key}_results.csv"
        self._report = CsvReport(self.csv_file, enabled=write_csv)
        self.primary_metric = f"ndcg@{self.at_k}"
        self.evaluators = [
            CrossEncoderRerankingEvaluator(
                nano_samples(dataset_id, name, self.rerank_k),
                at_k=self.at_k,
                always_rerank_positives=always_rerank_positives,
                name=f"Nano{DATASETS[set_key(name)]}_R{self.rerank_k}",
                prompt_name=prompt_name,
                batch_size=batch_size,
                show_progress_bar=show_progress_bar,
                write_csv=write_csv,
            )
            for name in self.dataset_names
        ]

    def __call__(
        self, model: Any, output_path: str | None = None, epoch: int = -1, steps: int = -1
    ) -> dict[str, float]:
        """Evaluate a model.

        Args:
            model: The model, of one output.
            output_path: Folder of the files; None writes none.
            epoch: Epoch of training.
            steps: Steps of that epoch.

        Returns:
            Metric to value, 0 to 1: those of each set, then those of all together.
        """
        results: dict[str, float] = {}
        for evaluator in self.evaluators:
            results.update(evaluator(model, output_path, epoch, steps))
        together = {
            metric: float(self.aggregate_fn([results[f"{evaluator.name}_{metric}"] for evaluator in self.evaluators]))
            for metric in self.metric_names()
        }
        row = {name.upper(): value for name, value in together.items() if not name.startswith("base_")}
        self._report.append(output_path, epoch=epoch, steps=steps, row=row)
        results.update(self.finish(model, together, epoch=epoch, steps=steps))
        return results

    def describe(self) -> EvaluatorDescription:
        """Say what is evaluated, with each set as a part.

        Returns:
            A description to print, or to read field by field.
        """
        return replace(super().describe(), parts=[evaluator.describe() for evaluator in self.evaluators])

    def metric_names(self) -> list[str]:
        """The metrics of all sets together."""
        return self.evaluators[0].metric_names()

    def data_sizes(self) -> dict[str, int]:
        """How many sets, queries and candidates there are."""
        sizes = [evaluator.data_sizes() for evaluator in self.evaluators]
        return {"sets": len(sizes), **{key: sum(size[key] for size in sizes) for key in ("queries", "candidates")}}

    def get_config_dict(self) -> dict[str, Any]:
        """The sets and settings."""
        return {
            "dataset_names": list(self.dataset_names),
            "dataset_id": self.dataset_id,
            "rerank_k": self.rerank_k,
            "at_k": self.at_k,
            "always_rerank_positives": self.always_rerank_positives,
        }
