"""`ParaphraseMiningEvaluator`: how well the duplicates among many sentences are found."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np

from likewise.errors import ConfigError, InputError, InputTypeError
from likewise.evaluation.csv_report import CsvReport
from likewise.evaluation.duplicates import Duplicates
from likewise.evaluation.evaluator import SentenceEvaluator
from likewise.evaluation.metrics.labelled_scores import Cuts
from likewise.evaluation.metrics.score_average_precision import average_precision_of_scores
from likewise.evaluation.metrics.threshold import best_f1_of_cuts
from likewise.evaluation.plots.figure import checked_format, require_plots
from likewise.evaluation.plots.precision_recall import draw_precision_recall
from likewise.evaluation.plots.score_histogram import draw_score_histograms
from likewise.evaluation.protocol import EvaluatedModel
from likewise.evaluation.retrieval_search import plain
from likewise.evaluation.sample import MetricSample
from likewise.evaluation.shards import current_shard
from likewise.ops.similarity import cos_sim
from likewise.search.arguments import at_least_one
from likewise.search.best_pairs import Pairs
from likewise.search.nearest_pairs import PairLimits, merge_pairs, nearest_pairs


@final
class ParaphraseMiningEvaluator(SentenceEvaluator):
    """Mine the most similar pairs of all sentences by cosine, and compare with those that are duplicates.

    Metrics: `average_precision` (primary), and `f1`, `precision`, `recall` and `threshold` of the threshold on the
    cosine with the best F1. Duplicates that are not among the pairs that were mined count as not found. If none is,
    all are 0.

    Args:
        sentences_map: Sentence id to text, at least two.
        duplicates_list: Pairs of ids that are duplicates.
        duplicates_dict: The same as a dict: id to `{id: True}`, or to ids. One direction is enough; a plain dict will
            do. Both arguments together are taken as one.
        add_transitive_closure: Whether duplicates of duplicates are duplicates, too.
        query_chunk_size: Together with `corpus_chunk_size`: bounds the scores held at a time. Results do not depend
            on it.
        corpus_chunk_size: See `query_chunk_size`.
        max_pairs: Most pairs that are mined.
        top_k: Neighbours of each sentence that are looked at.
        show_progress_bar: Whether the progress of encoding is shown.
        batch_size: Most texts of a batch; None fills batches by token count.
        name: Put before the metrics and into the name of the file.
        write_csv: Whether a row is added to `paraphrase_mining_evaluation[_name]_results.csv`.
        truncate_dim: Width to which embeddings are cut; None takes the model's.

    Raises:
        InputError: If there are fewer than two sentences or no duplicates among them, or a number is below 1.
        InputTypeError: If an argument has the wrong type.

    Example:
        >>> from likewise import SentenceTransformer
        >>> sentences = {"a": "A man eats food.", "b": "It rains in the hills.", "c": "A man is eating."}
        >>> evaluator = ParaphraseMiningEvaluator(sentences, [("a", "c")])
        >>> evaluator(SentenceTransformer("likewise-mini"))["average_precision"]
        1.0
    """

    def __init__(
        self,
        sentences_map: Mapping[str, str],
        duplicates_list: Sequence[tuple[str, str]] | None = None,
        duplicates_dict: Mapping[str, Any] | None = None,
        add_transitive_closure: bool = False,
        query_chunk_size: int = 5000,
        corpus_chunk_size: int = 100000,
        max_pairs: int = 500000,
        top_k: int = 100,
        show_progress_bar: bool = False,
        batch_size: int | None = 16,
        name: str = "",
        write_csv: bool = True,
        truncate_dim: int | None = None,
    ) -> None:
        if not isinstance(sentences_map, Mapping):
            raise InputTypeError(
                f"sentences_map is a {type(sentences_map).__name__}", accepted="a dict from id to sentence"
            )
        if len(sentences_map) < 2:
            raise InputError(f"{len(sentences_map)} sentences", accepted="at least two: pairs are looked for")
        self.sentences = list(sentences_map.values())
        self.duplicates = Duplicates.of(sentences_map, duplicates_list, duplicates_dict, closed=add_transitive_closure)
        self.add_transitive_closure = add_transitive_closure
        self.limits = PairLimits(
            max_pairs=at_least_one(max_pairs, "max_pairs"),
            top_k=at_least_one(top_k, "top_k"),
            query_chunk_size=at_least_one(query_chunk_size, "query_chunk_size"),
            corpus_chunk_size=at_least_one(corpus_chunk_size, "corpus_chunk_size"),
        )
        self.show_progress_bar = show_progress_bar
        self.batch_size = batch_size
        self.name = name
        self.truncate_dim = truncate_dim
        self.csv_file = f"paraphrase_mining_evaluation{f'_{name}' if name else ''}_results.csv"
        self._report = CsvReport(self.csv_file, enabled=write_csv)
        self.primary_metric = "average_precision"

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
            Metric to value, 0 to 1; the threshold is a cosine.
        """
        pairs, labels = self._judged(model)
        total = self.duplicates.count
        best = best_f1_of_cuts(Cuts.of(pairs.scores, labels), total=total)
        metrics = {
            "average_precision": average_precision_of_scores(pairs.scores, labels, total=total),
            "f1": best.f1,
            "precision": best.precision,
            "recall": best.recall,
            "threshold": best.threshold,
        }
        columns = ("precision", "recall", "f1", "threshold", "average_precision")
        folder = output_path if current_shard().is_first else None
        self._report.append(folder, epoch=epoch, steps=steps, row={name: metrics[name] for name in columns})
        return self.finish(model, metrics, epoch=epoch, steps=steps)

    def metric_samples(self, model: EvaluatedModel) -> dict[str, MetricSample]:
        """There are none: a sentence stands in many pairs, which therefore cannot be drawn one by one."""
        raise ConfigError(
            "ParaphraseMiningEvaluator has no confidence intervals: a sentence stands in many of its pairs, which "
            "therefore cannot be drawn one by one",
            accepted="an evaluator of separate queries, pairs or triplets",
        )

    def save_plots(self, model: EvaluatedModel, folder: str | os.PathLike[str], file_format: str = "png") -> list[Path]:
        """Draw precision against recall, and how the scores of the mined pairs are spread, with the threshold.

        Args:
            model: The model.
            folder: Where the files go; made if need be.
            file_format: "png" or "svg".

        Returns:
            `paraphrase_mining_evaluation[_name]_precision_recall.<format>` and `..._scores.<format>`; of several
            processes that share the work, only the first one writes files and has paths.

        Raises:
            InputError: If the format is unknown.
            MissingDependencyError: If matplotlib is not installed.
            OutputError: If a file cannot be written.
        """
        ending = checked_format(file_format)
        require_plots()
        pairs, labels = self._judged(model)
        if not current_shard().is_first:
            return []
        total = self.duplicates.count
        stem = Path(folder) / self.csv_file.removesuffix("_results.csv")
        scores = {"cosine": pairs.scores}
        thresholds = {"cosine": best_f1_of_cuts(Cuts.of(pairs.scores, labels), total=total).threshold}
        return [
            draw_precision_recall(scores, labels, f"{stem}_precision_recall.{ending}", total=total, title=self.name),
            draw_score_histograms(
                scores,
                labels,
                f"{stem}_scores.{ending}",
                thresholds=thresholds if labels.any() else None,
                title=self.name,
            ),
        ]

    def similarity_names(self) -> list[str]:
        """The similarity function."""
        return ["cosine"]

    def metric_names(self) -> list[str]:
        """The metrics."""
        return ["average_precision", "f1", "precision", "recall", "threshold"]

    def data_sizes(self) -> dict[str, int]:
        """How many sentences and pairs of duplicates there are."""
        return {"sentences": len(self.sentences), "pairs of duplicates": self.duplicates.count}

    def get_config_dict(self) -> dict[str, Any]:
        """Settings that decide what is found."""
        config: dict[str, Any] = {
            "add_transitive_closure": self.add_transitive_closure,
            "max_pairs": self.limits.max_pairs,
            "top_k": self.limits.top_k,
        }
        if self.truncate_dim is not None:
            config["truncate_dim"] = self.truncate_dim
        return config

    def _judged(self, model: EvaluatedModel) -> tuple[Pairs, Any]:
        """The pairs that were mined, and whether each are duplicates."""
        pairs = self._mine(model)
        return pairs, self.duplicates.contain(pairs.first, pairs.second)

    def _mine(self, model: EvaluatedModel) -> Pairs:
        shard = current_shard()
        mine = shard.span(len(self.sentences))
        embeddings = self._embed(model, self.sentences[mine.start : mine.stop]) if mine else None
        parts = [part for part in shard.gather(embeddings) if part is not None]
        rows = parts[0] if len(parts) == 1 else np.concatenate(parts)
        found = nearest_pairs(rows, cos_sim, self.limits, mine=mine if shard.size > 1 else None)
        return merge_pairs(shard.gather(found), self.limits.max_pairs) if shard.size > 1 else found

    def _embed(self, model: EvaluatedModel, sentences: list[Any]) -> Any:
        embeddings = self.embed_inputs(
            model,
            sentences,
            batch_size=self.batch_size,
            show_progress_bar=self.show_progress_bar,
            convert_to_tensor=current_shard().size == 1,
            truncate_dim=self.truncate_dim,
        )
        return plain(embeddings)
