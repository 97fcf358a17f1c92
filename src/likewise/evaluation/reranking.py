"""`RerankingEvaluator`: how well a model ranks given candidates of each query."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any, final

import numpy as np

from likewise.errors import InputTypeError
from likewise.evaluation.csv_report import CsvReport
from likewise.evaluation.evaluator import SentenceEvaluator
from likewise.evaluation.metrics import (
    average_precision_of_scores,
    tied_ndcg_at_k,
    tied_reciprocal_rank_at_k,
)
from likewise.evaluation.metrics.rankings import check_cutoff
from likewise.evaluation.protocol import EvaluatedModel
from likewise.evaluation.rerank_samples import RerankSample, checked_samples
from likewise.evaluation.sample import MetricSample
from likewise.evaluation.shards import current_shard
from likewise.ops.similarity import cos_sim


@final
class RerankingEvaluator(SentenceEvaluator):
    """Score the candidates of each query, and look at which places the relevant ones get.

    Metrics, each the mean over the queries: `map` of the whole ranking, `mrr@k` and `ndcg@k` (primary). The order in
    which a sample lists its candidates never matters: candidates of equal score are ranked in random order, of which
    the mean is taken. Queries are encoded with `encode_query`, candidates with `encode_document`.

    Args:
        samples: Each with "query", "positive" (a text or several) and "negative" (texts); or "documents" instead of
            the latter: what a first stage found, where positives that it lacks count as never found. Samples without
            positives or without negatives are left out, with a warning.
        at_k: Rank of MRR and nDCG, at least 1.
        name: Put before the metrics and into the name of the file.
        write_csv: Whether a row is added to `RerankingEvaluator[_name]_results_@k.csv`.
        similarity_fct: Function from two matrices of embeddings to scores, larger for better.
        batch_size: Most texts of a batch; None fills batches by token count.
        show_progress_bar: Whether progress is shown.
        use_batched_encoding: Whether all samples are encoded at once, which is faster; else one after the other,
            which holds the embeddings of one sample only.
        truncate_dim: Width to which embeddings are cut; None takes the model's.
        mrr_at_k: Older name of `at_k`; warns.

    Raises:
        InputError: If no sample has positives and negatives, a key is lacking, or `at_k` is below 1.
        InputTypeError: If an argument has the wrong type.

    Example:
        >>> from likewise import SentenceTransformer
        >>> samples = [{"query": "Who barks?", "positive": ["A dog barks."], "negative": ["It rains."]}]
        >>> RerankingEvaluator(samples)(SentenceTransformer("likewise-mini"))
        {'map': 1.0, 'mrr@10': 1.0, 'ndcg@10': 1.0}
    """

    def __init__(
        self,
        samples: Any,
        at_k: int = 10,
        name: str = "",
        write_csv: bool = True,
        similarity_fct: Callable[[Any, Any], Any] = cos_sim,
        batch_size: int | None = 64,
        show_progress_bar: bool = False,
        use_batched_encoding: bool = True,
        truncate_dim: int | None = None,
        mrr_at_k: int | None = None,
    ) -> None:
        if mrr_at_k is not None:
            warnings.warn("mrr_at_k is deprecated: say at_k", FutureWarning, stacklevel=2)
            at_k = mrr_at_k
        if not callable(similarity_fct):
            raise InputTypeError(f"similarity_fct={similarity_fct!r}", accepted="a function of two matrices")
        self.samples = checked_samples(samples)
        self.at_k = check_cutoff(at_k)
        self.name = name
        self.similarity_fct = similarity_fct
        self.batch_size = batch_size
        self.show_progress_bar = show_progress_bar
        self.use_batched_encoding = use_batched_encoding
        self.truncate_dim = truncate_dim
        self.csv_file = f"RerankingEvaluator{f'_{name}' if name else ''}_results_@{self.at_k}.csv"
        self._report = CsvReport(self.csv_file, enabled=write_csv)
        self.primary_metric = f"ndcg@{self.at_k}"

    def __call__(
        self, model: EvaluatedModel, output_path: str | None = None, epoch: int = -1, steps: int = -1
    ) -> dict[str, float]:
        """Evaluate a model.

        Args:
            model: The model.
            output_path: Folder of the CSV file; None writes none.
            epoch: Epoch of training.
            steps: Steps of that epoch.

        Returns:
            Metric to value, 0 to 1.
        """
        metrics = self.compute_metrics(model)
        folder = output_path if current_shard().is_first else None
        row = {
            name.replace("map", "MAP").replace("mrr", "MRR").replace("ndcg", "NDCG"): metrics[name] for name in metrics
        }
        self._report.append(folder, epoch=epoch, steps=steps, row=row)
        return self.finish(model, metrics, epoch=epoch, steps=steps)

    def compute_metrics(self, model: EvaluatedModel) -> dict[str, float]:
        """Compute the metrics without writing or noting them anywhere.

        Args:
            model: The model.

        Returns:
            Metric to value.
        """
        return {name: float(column.mean()) for name, column in self._values(model).items()}

    compute_metrices = compute_metrics

    def metric_samples(self, model: EvaluatedModel) -> dict[str, MetricSample]:
        """Each metric of each query."""
        return {name: MetricSample((column,)) for name, column in self._values(model).items()}

    def similarity_names(self) -> list[str]:
        """The function that scores candidates."""
        return [getattr(self.similarity_fct, "__name__", type(self.similarity_fct).__name__)]

    def metric_names(self) -> list[str]:
        """The metrics."""
        return ["map", f"mrr@{self.at_k}", f"ndcg@{self.at_k}"]

    def data_sizes(self) -> dict[str, int]:
        """How many queries and candidates there are."""
        return {"queries": len(self.samples), "candidates": sum(len(sample.candidates) for sample in self.samples)}

    def get_config_dict(self) -> dict[str, Any]:
        """The rank, and settings that differ from the usual."""
        return {"at_k": self.at_k, **({} if self.truncate_dim is None else {"truncate_dim": self.truncate_dim})}

    def _values(self, model: EvaluatedModel) -> dict[str, Any]:
        shard = current_shard()
        mine = shard.span(len(self.samples))
        samples = self.samples[mine.start : mine.stop]
        embedded = self._together(model, samples) if self.use_batched_encoding else self._one_by_one(model, samples)
        rows = [
            self._metrics_of(sample, query, candidates)
            for sample, (query, candidates) in zip(samples, embedded, strict=True)
        ]
        table = np.array([row for part in shard.gather(rows) for row in part])
        return dict(zip(self.metric_names(), table.T, strict=True))

    def _metrics_of(self, sample: RerankSample, query: Any, candidates: Any) -> tuple[float, float, float]:
        scores = self.similarity_fct(query, candidates)
        values = np.asarray(scores.detach().cpu().float() if not isinstance(scores, np.ndarray) else scores).reshape(-1)
        return (
            average_precision_of_scores(values, sample.relevant, total=sample.total),
            tied_reciprocal_rank_at_k(values, sample.relevant, self.at_k),
            tied_ndcg_at_k(values, sample.relevant, self.at_k, total=sample.total),
        )

    def _together(self, model: EvaluatedModel, samples: list[RerankSample]) -> Iterator[tuple[Any, Any]]:
        if not samples:
            return
        queries = self._embed(model, [sample.query for sample in samples], "query")
        candidates = self._embed(model, [text for sample in samples for text in sample.candidates], "document")
        start = 0
        for sample, query in zip(samples, queries, strict=True):
            stop = start + len(sample.candidates)
            yield query[None], candidates[start:stop]
            start = stop

    def _one_by_one(self, model: EvaluatedModel, samples: list[RerankSample]) -> Iterator[tuple[Any, Any]]:
        for sample in samples:
            yield self._embed(model, [sample.query], "query"), self._embed(model, sample.candidates, "document")

    def _embed(self, model: EvaluatedModel, texts: list[Any], task: str) -> Any:
        return self.embed_inputs(
            model,
            texts,
            encode_fn_name=task,
            batch_size=self.batch_size,
            show_progress_bar=self.show_progress_bar and self.use_batched_encoding,
            convert_to_tensor=True,
            truncate_dim=self.truncate_dim,
        )
