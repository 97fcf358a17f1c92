"""`InformationRetrievalEvaluator`: how well the relevant documents of each query are found in a corpus.

Knows the documented arguments, names and files; data, search and metrics are each in their own file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np

from likewise.evaluation.csv_report import CsvReport
from likewise.evaluation.description import MODELS_OWN
from likewise.evaluation.evaluator import SentenceEvaluator
from likewise.evaluation.predictions import write_predictions
from likewise.evaluation.protocol import EvaluatedModel
from likewise.evaluation.retrieval_data import RetrievalData
from likewise.evaluation.retrieval_metrics import RetrievalMetrics
from likewise.evaluation.retrieval_search import Documents, search_documents
from likewise.evaluation.sample import MetricSample
from likewise.evaluation.score_functions import checked_main_function, checked_score_functions, functions_for
from likewise.evaluation.shards import current_shard
from likewise.search.top_k import Floats, Ids
from likewise.similarity_functions import SimilarityFunction

Found = Mapping[str, tuple[Ids, Floats]]


@final
class InformationRetrievalEvaluator(SentenceEvaluator):
    """Encode queries and a corpus, find the best documents of each query, and compare with those that are relevant.

    Metrics are `<function>_<metric>@k` for accuracy, precision, recall, ndcg, mrr and map, each the mean over the
    queries. Queries are encoded with `encode_query`, documents with `encode_document`, `corpus_chunk_size` of them at
    a time: memory does not grow with the corpus beyond its texts. Every document is compared with every query;
    documents of equal score are ranked in the order of the corpus.

    Args:
        queries: Query id to text. Queries without relevant documents are left out, with a warning.
        corpus: Document id to text.
        relevant_docs: Query id to the ids of its relevant documents. Ids that the corpus lacks count as never found,
            with a warning.
        corpus_chunk_size: Documents that are encoded at a time, at least 1.
        mrr_at_k: Ranks of the mean reciprocal rank, each at least 1.
        ndcg_at_k: Ranks of nDCG; the largest is the primary metric.
        accuracy_at_k: Ranks of accuracy: whether there is a relevant document up to that rank.
        precision_recall_at_k: Ranks of precision and recall.
        map_at_k: Ranks of mean average precision.
        show_progress_bar: Whether progress is shown.
        batch_size: Most texts of a batch; None fills batches by token count.
        name: Put before the metrics and into the names of files.
        write_csv: Whether a row is added to `Information-Retrieval_evaluation[_name]_results.csv`.
        truncate_dim: Width to which embeddings are cut; None takes the model's.
        score_functions: Name to score function, or names of similarity functions; None takes the model's. All are
            computed in one pass over the corpus.
        main_score_function: The one that the primary metric belongs to; None takes the best.
        query_prompt: Text put before each query.
        query_prompt_name: Name of the model's prompt to put there.
        corpus_prompt: Text put before each document.
        corpus_prompt_name: Name of the model's prompt to put there.
        write_predictions: Whether what was found is written to
            `Information-Retrieval_evaluation[_name]_predictions_<function>.jsonl`.

    Raises:
        InputError: If the corpus is empty, no query has relevant documents, none of them is in the corpus, a rank or
            chunk size is below 1, or a score function is unknown.
        InputTypeError: If an argument has the wrong type.

    Example:
        >>> from likewise import SentenceTransformer
        >>> queries = {"q": "Which animal barks?"}
        >>> corpus = {"d0": "Rain falls in autumn.", "d1": "A dog is an animal that barks."}
        >>> evaluator = InformationRetrievalEvaluator(queries, corpus, {"q": {"d1"}})
        >>> evaluator(SentenceTransformer("likewise-mini"))["cosine_ndcg@10"]
        1.0
    """

    def __init__(
        self,
        queries: Mapping[str, Any],
        corpus: Mapping[str, Any],
        relevant_docs: Mapping[str, Any],
        corpus_chunk_size: int = 50000,
        mrr_at_k: Sequence[int] = (10,),
        ndcg_at_k: Sequence[int] = (10,),
        accuracy_at_k: Sequence[int] = (1, 3, 5, 10),
        precision_recall_at_k: Sequence[int] = (1, 3, 5, 10),
        map_at_k: Sequence[int] = (100,),
        show_progress_bar: bool = False,
        batch_size: int | None = 32,
        name: str = "",
        write_csv: bool = True,
        truncate_dim: int | None = None,
        score_functions: Any = None,
        main_score_function: str | SimilarityFunction | None = None,
        query_prompt: str | None = None,
        query_prompt_name: str | None = None,
        corpus_prompt: str | None = None,
        corpus_prompt_name: str | None = None,
        write_predictions: bool = False,
    ) -> None:
        self.data = RetrievalData.of(queries, corpus, relevant_docs)
        self.metrics = RetrievalMetrics.of(
            accuracy=accuracy_at_k,
            precision_recall=precision_recall_at_k,
            ndcg=ndcg_at_k,
            mrr=mrr_at_k,
            map=map_at_k,
        )
        self.score_functions = checked_score_functions(score_functions)
        self.main_score_function = checked_main_function(main_score_function, self.score_functions)
        self.corpus_chunk_size = corpus_chunk_size
        self.show_progress_bar = show_progress_bar
        self.batch_size = batch_size
        self.name = name
        self.truncate_dim = truncate_dim
        self.query_prompt, self.query_prompt_name = query_prompt, query_prompt_name
        self.corpus_prompt, self.corpus_prompt_name = corpus_prompt, corpus_prompt_name
        self.write_predictions = write_predictions
        self._stem = f"Information-Retrieval_evaluation{f'_{name}' if name else ''}"
        self.csv_file = f"{self._stem}_results.csv"
        self._report = CsvReport(self.csv_file, enabled=write_csv)
        single = next(iter(self.score_functions)) if self.score_functions and len(self.score_functions) == 1 else None
        if self.main_score_function or single:
            self.primary_metric = f"{self.main_score_function or single}_{self.metrics.primary}"
        self._documents()  # checks corpus_chunk_size

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
            Metric to value, 0 to 1.
        """
        metrics = self._means(self._found(model, output_path=output_path))
        best = max(metrics, key=lambda function: metrics[function][self.metrics.primary])
        self.primary_metric = f"{self.main_score_function or best}_{self.metrics.primary}"
        row: dict[str, float] = {}
        for function, values in metrics.items():
            row.update(self.metrics.csv_row(values, function))
        self._report.append(self._own(output_path), epoch=epoch, steps=steps, row=row)
        flat = {f"{function}_{key}": value for function, values in metrics.items() for key, value in values.items()}
        return self.finish(model, flat, epoch=epoch, steps=steps)

    def compute_all_metrics(
        self,
        model: EvaluatedModel,
        corpus_model: EvaluatedModel | None = None,
        corpus_embeddings: Any = None,
        output_path: str | None = None,
    ) -> dict[str, dict[str, dict[int, float]]]:
        """Compute all metrics, optionally with embeddings that are there already, or another model for the corpus.

        Args:
            model: The model.
            corpus_model: The model for documents, if it is another one.
            corpus_embeddings: Embeddings of the corpus in its order, (documents, dim): an array, a memory map
                (`np.load(path, mmap_mode="r")`) or a tensor.
            output_path: Folder of the predictions, if these are written.

        Returns:
            Score function to metric (such as "recall@k") to rank to value.

        Raises:
            ShapeError: If there is not one embedding for each document.
        """
        found = self._found(model, corpus_model, corpus_embeddings, output_path)
        return {function: self.metrics.nested(values) for function, values in self._means(found).items()}

    compute_metrices = compute_all_metrics

    def metric_samples(self, model: EvaluatedModel) -> dict[str, MetricSample]:
        """Each metric of each query."""
        samples = {}
        for function, (ids_Qk, _) in self._found(model).items():
            values = self.metrics.values(self.data.relevance(ids_Qk), self.data.totals_Q)
            samples.update({f"{function}_{key}": MetricSample((column,)) for key, column in values.items()})
        return samples

    def similarity_names(self) -> list[str]:
        """The score functions."""
        return list(self.score_functions or [self.main_score_function or MODELS_OWN])

    def metric_names(self) -> list[str]:
        """The metrics by each score function."""
        return [f"{name}_{metric}@{k}" for name in self.similarity_names() for metric, k in self.metrics]

    def data_sizes(self) -> dict[str, int]:
        """How many queries and documents there are."""
        return {"queries": len(self.data.queries), "documents": len(self.data.corpus)}

    def get_config_dict(self) -> dict[str, Any]:
        """Settings that differ from the usual."""
        names = ("truncate_dim", "query_prompt", "query_prompt_name", "corpus_prompt", "corpus_prompt_name")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    def _found(
        self,
        model: EvaluatedModel,
        corpus_model: EvaluatedModel | None = None,
        corpus_embeddings: Any = None,
        output_path: str | None = None,
    ) -> Found:
        queries = self._embed(
            model, self.data.queries, "query", prompt=self.query_prompt, prompt_name=self.query_prompt_name
        )
        functions = functions_for(model, self.score_functions, self.main_score_function)
        documents = self._documents(corpus_model or model, corpus_embeddings)
        found = search_documents(queries, documents, functions, top_k=self.metrics.places, shard=current_shard())
        folder = self._own(output_path)
        if self.write_predictions and folder is not None:
            for function, (ids_Qk, scores_Qk) in found.items():
                self._write(Path(folder) / f"{self._stem}_predictions_{function}.jsonl", ids_Qk, scores_Qk)
        return found

    def _documents(self, model: EvaluatedModel | None = None, embeddings: Any = None) -> Documents:
        one_portion = len(self.data.corpus) <= self.corpus_chunk_size
        return Documents(
            inputs=self.data.corpus,
            embed=lambda texts: self._embed(
                model,
                texts,
                "document",
                prompt=self.corpus_prompt,
                prompt_name=self.corpus_prompt_name,
                show_progress_bar=self.show_progress_bar and one_portion,
            ),
            embeddings=embeddings,
            portion=self.corpus_chunk_size,
            show_progress=self.show_progress_bar,
        )

    def _embed(self, model: Any, texts: Sequence[Any], task: str, **kwargs: Any) -> Any:
        given = {name: value for name, value in kwargs.items() if value is not None}
        defaults = {"batch_size": self.batch_size, "show_progress_bar": self.show_progress_bar}
        return self.embed_inputs(
            model,
            texts,
            encode_fn_name=task,
            convert_to_tensor=True,
            truncate_dim=self.truncate_dim,
            **{**defaults, **given},
        )

    def _means(self, found: Found) -> dict[str, dict[str, float]]:
        return {
            function: {
                key: float(np.mean(column))
                for key, column in self.metrics.values(self.data.relevance(ids_Qk), self.data.totals_Q).items()
            }
            for function, (ids_Qk, _) in found.items()
        }

    def _write(self, path: Path, ids_Qk: Ids, scores_Qk: Floats) -> None:
        names = self.data.corpus_ids
        rows = zip(self.data.query_ids, self.data.queries, ids_Qk.tolist(), scores_Qk.tolist(), strict=True)
        write_predictions(
            path,
            (
                (query_id, query, [(names[number], score) for number, score in zip(ids, scores, strict=True)])
                for query_id, query, ids, scores in rows
            ),
        )

    def _own(self, output_path: str | None) -> str | None:
        """The folder, on the process that writes."""
        return output_path if current_shard().is_first else None
