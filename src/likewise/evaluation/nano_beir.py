"""`NanoBEIREvaluator`: retrieval on thirteen small sets of many kinds, and their mean."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, final

import numpy as np

from likewise.errors import InputError
from likewise.evaluation.csv_report import CsvReport
from likewise.evaluation.description import EvaluatorDescription
from likewise.evaluation.evaluator import SentenceEvaluator
from likewise.evaluation.information_retrieval import InformationRetrievalEvaluator
from likewise.evaluation.nano_beir_data import DATASETS, checked_names, load_task, set_key
from likewise.evaluation.protocol import EvaluatedModel
from likewise.evaluation.retrieval_metrics import RetrievalMetrics
from likewise.evaluation.sample import MetricSample
from likewise.evaluation.score_functions import checked_main_function, checked_score_functions, functions_for
from likewise.evaluation.shards import current_shard
from likewise.similarity_functions import SimilarityFunction

_logger = logging.getLogger(__name__)


@final
class NanoBEIREvaluator(SentenceEvaluator):
    """Run an `InformationRetrievalEvaluator` on each set of NanoBEIR, and take the mean over the sets.

    The sets are climatefever, dbpedia, fever, fiqa2018, hotpotqa, msmarco, nfcorpus, nq, quoraretrieval, scidocs,
    arguana, scifact and touche2020, of 50 queries and some thousand documents each. Metrics are
    `Nano<Set>_<function>_<metric>@k` for each, and `NanoBEIR_mean_<function>_<metric>@k`, of which nDCG at the largest
    rank is the primary one. The sets are loaded when the evaluator is made, from the hub or its cache.

    Args:
        dataset_names: Names of the sets; None takes all.
        dataset_id: A data set on the hub, or a folder, with configurations "corpus", "queries" and "qrels" and a split
            such as "NanoMSMARCO" for each set (other languages have the same form); or an owner ("zeta-alpha-ai"), or
            a folder of folders, with a data set for each set.
        mrr_at_k: Ranks of the mean reciprocal rank, each at least 1.
        ndcg_at_k: Ranks of nDCG.
        accuracy_at_k: Ranks of accuracy.
        precision_recall_at_k: Ranks of precision and recall.
        map_at_k: Ranks of mean average precision.
        show_progress_bar: Whether progress is shown.
        batch_size: Most texts of a batch; None fills batches by token count.
        write_csv: Whether rows are added to `NanoBEIR_evaluation_<aggregate_key>_results.csv` and to the files of the
            sets.
        truncate_dim: Width to which embeddings are cut; it is put into the names of metrics. None takes the model's.
        score_functions: Name to score function, or names of similarity functions; None takes the model's.
        main_score_function: The one that the primary metric belongs to; None takes the best.
        aggregate_fn: From the values of all sets to one.
        aggregate_key: What that is called.
        query_prompts: Text put before each query: one for all sets, or set to text for every one of them.
        corpus_prompts: Text put before each document, likewise.
        write_predictions: Whether what was found is written to a file for each set.

    Raises:
        InputError: If a name is unknown or there is none, a set lacks its prompt, or a set cannot be loaded.
        MissingDependencyError: If the `datasets` package is not installed.
    """

    def __init__(
        self,
        dataset_names: Sequence[str] | None = None,
        dataset_id: str = "sentence-transformers/NanoBEIR-en",
        mrr_at_k: Sequence[int] = (10,),
        ndcg_at_k: Sequence[int] = (10,),
        accuracy_at_k: Sequence[int] = (1, 3, 5, 10),
        precision_recall_at_k: Sequence[int] = (1, 3, 5, 10),
        map_at_k: Sequence[int] = (100,),
        show_progress_bar: bool = False,
        batch_size: int | None = 32,
        write_csv: bool = True,
        truncate_dim: int | None = None,
        score_functions: Any = None,
        main_score_function: str | SimilarityFunction | None = None,
        aggregate_fn: Callable[[list[float]], Any] = np.mean,
        aggregate_key: str = "mean",
        query_prompts: str | Mapping[str, str] | None = None,
        corpus_prompts: str | Mapping[str, str] | None = None,
        write_predictions: bool = False,
    ) -> None:
        self.dataset_names = checked_names(dataset_names)
        self.dataset_id = dataset_id
        self.metrics = RetrievalMetrics.of(
            accuracy=accuracy_at_k,
            precision_recall=precision_recall_at_k,
            ndcg=ndcg_at_k,
            mrr=mrr_at_k,
            map=map_at_k,
        )
        self.score_functions = checked_score_functions(score_functions)
        self.main_score_function = checked_main_function(main_score_function, self.score_functions)
        self.truncate_dim = truncate_dim
        self.aggregate_fn, self.aggregate_key = aggregate_fn, aggregate_key
        self.query_prompts = _prompts(query_prompts, self.dataset_names, "query_prompts")
        self.corpus_prompts = _prompts(corpus_prompts, self.dataset_names, "corpus_prompts")
        self._suffix = "" if truncate_dim is None else f"_{truncate_dim}"
        self.name = f"NanoBEIR_{aggregate_key}{self._suffix}"
        self.csv_file = f"NanoBEIR_evaluation_{aggregate_key}_results.csv"
        self._report = CsvReport(self.csv_file, enabled=write_csv)
        shared = {
            "mrr_at_k": self.metrics.mrr,
            "ndcg_at_k": self.metrics.ndcg,
            "accuracy_at_k": self.metrics.accuracy,
            "precision_recall_at_k": self.metrics.precision_recall,
            "map_at_k": self.metrics.map,
            "show_progress_bar": show_progress_bar,
            "batch_size": batch_size,
            "write_csv": write_csv,
            "truncate_dim": truncate_dim,
            "score_functions": score_functions,
            "main_score_function": main_score_function,
            "write_predictions": write_predictions,
        }
        self.evaluators = [self._evaluator_of(name, shared) for name in self.dataset_names]

    def __call__(
        self, model: EvaluatedModel, output_path: str | None = None, epoch: int = -1, steps: int = -1
    ) -> dict[str, float]:
        """Evaluate a model.

        Args:
            model: The model.
            output_path: Folder of the files; None writes none.
            epoch: Epoch of training.
            steps: Steps of that epoch.

        Returns:
            Metric to value, 0 to 1: those of each set, then those of all together.
        """
        results: dict[str, float] = {}
        for evaluator in self.evaluators:
            results.update(evaluator(model, output_path, epoch, steps))
        functions = list(functions_for(model, self.score_functions, self.main_score_function))
        together = {function: self._together(results, function) for function in functions}
        best = max(functions, key=lambda function: together[function][self.metrics.primary])
        self.primary_metric = f"{self.main_score_function or best}_{self.metrics.primary}"
        row: dict[str, float] = {}
        for function in functions:
            row.update(self.metrics.csv_row(together[function], function))
        folder = output_path if current_shard().is_first else None
        self._report.append(folder, epoch=epoch, steps=steps, row=row)
        flat = {f"{function}_{key}": value for function in functions for key, value in together[function].items()}
        results.update(self.finish(model, flat, epoch=epoch, steps=steps))
        return results

    def named_samples(self, model: EvaluatedModel) -> dict[str, MetricSample]:
        """Each metric of each query of each set; for those of all together, queries are drawn within each set.

        Args:
            model: The model.

        Returns:
            Key of the result to its rows and the statistic of them.
        """
        by_set = [evaluator.metric_samples(model) for evaluator in self.evaluators]
        strata = np.repeat(np.arange(len(by_set)), [len(evaluator.data.queries) for evaluator in self.evaluators])
        samples = {
            f"{evaluator.name}_{key}": sample
            for evaluator, found in zip(self.evaluators, by_set, strict=True)
            for key, sample in found.items()
        }
        for key in by_set[0]:
            rows = np.concatenate([found[key].columns[0] for found in by_set])
            samples[f"{self.name}_{key}"] = MetricSample((rows, strata), self._aggregate, strata)
        return samples

    def _aggregate(self, rows: np.ndarray[Any, Any], sets: np.ndarray[Any, Any]) -> float:
        means = np.bincount(sets, rows) / np.bincount(sets)
        return float(self.aggregate_fn(means.tolist()))

    def similarity_names(self) -> list[str]:
        """The score functions."""
        return self.evaluators[0].similarity_names()

    def describe(self) -> EvaluatorDescription:
        """Say what is evaluated, with each set as a part.

        Returns:
            A description to print, or to read field by field.
        """
        parts = [evaluator.describe() for evaluator in self.evaluators]
        own = super().describe()
        metrics = [*(metric for part in parts for metric in part.metrics), *own.metrics]
        return replace(own, metrics=metrics, parts=parts)

    def metric_names(self) -> list[str]:
        """The metrics of all sets together."""
        return self.evaluators[0].metric_names()

    def data_sizes(self) -> dict[str, int]:
        """How many sets, queries and documents there are."""
        sizes = [evaluator.data_sizes() for evaluator in self.evaluators]
        return {"sets": len(sizes), **{key: sum(size[key] for size in sizes) for key in ("queries", "documents")}}

    def get_config_dict(self) -> dict[str, Any]:
        """The sets, and settings that differ from the usual."""
        config: dict[str, Any] = {"dataset_names": list(self.dataset_names), "dataset_id": self.dataset_id}
        for name in ("truncate_dim", "query_prompts", "corpus_prompts"):
            if getattr(self, name) is not None:
                config[name] = getattr(self, name)
        return config

    def _evaluator_of(self, name: str, shared: dict[str, Any]) -> InformationRetrievalEvaluator:
        task = load_task(self.dataset_id, name)
        _logger.info("NanoBEIR %s: %d queries, %d documents", name, len(task.queries), len(task.corpus))
        return InformationRetrievalEvaluator(
            task.queries,
            task.corpus,
            task.relevant_docs,
            name=f"Nano{DATASETS[set_key(name)]}{self._suffix}",
            query_prompt=(self.query_prompts or {}).get(name),
            corpus_prompt=(self.corpus_prompts or {}).get(name),
            **shared,
        )

    def _together(self, results: Mapping[str, float], function: str) -> dict[str, float]:
        found = {}
        for metric, k in self.metrics:
            key = f"{function}_{metric}@{k}"
            found[f"{metric}@{k}"] = float(
                self.aggregate_fn([results[f"{evaluator.name}_{key}"] for evaluator in self.evaluators])
            )
        return found


def _prompts(prompts: Any, names: list[str], argument: str) -> dict[str, str] | None:
    if prompts is None:
        return None
    if isinstance(prompts, str):
        return dict.fromkeys(names, prompts)
    known = {set_key(name): text for name, text in prompts.items()}
    lacking = [name for name in names if set_key(name) not in known]
    if lacking:
        raise InputError(
            f"{argument} has none for {lacking}",
            accepted="a text for all sets, or one for each",
            fix=f"{lacking[0]!r}: ''",
        )
    return {name: known[set_key(name)] for name in names}
