"""`TranslationEvaluator`: how often a text's translation is the nearest of all."""

from __future__ import annotations

import sys
from typing import Any, final

import numpy as np
import torch

from likewise.evaluation.arguments import checked_texts
from likewise.evaluation.csv_report import CsvReport
from likewise.evaluation.evaluator import SentenceEvaluator
from likewise.evaluation.protocol import EvaluatedModel
from likewise.evaluation.sample import MetricSample
from likewise.ops.similarity import cos_sim

_ROWS_AT_ONCE = 1024
_SHOWN = 5


@final
class TranslationEvaluator(SentenceEvaluator):
    """Share of the texts whose translation is the most similar of all translations, by cosine; in both directions.

    The metrics are `src2trg_accuracy`, `trg2src_accuracy` and their mean, `mean_accuracy`. Where several texts are
    equally similar, the first one counts. The scores are never all in memory.

    Args:
        source_sentences: N texts in one language.
        target_sentences: Their translations, in the same order.
        show_progress_bar: Whether progress is shown.
        batch_size: Most texts of a batch; None fills batches by token count.
        name: Put before the metrics and into the name of the file.
        print_wrong_matches: Whether wrong matches are printed, with the best scores.
        write_csv: Whether a row is added to `translation_evaluation[_name]_results.csv`.
        truncate_dim: Width to which embeddings are cut; None takes the model's.

    Raises:
        ShapeError: If the lengths differ.

    Example:
        >>> from likewise import SentenceTransformer
        >>> evaluator = TranslationEvaluator(["It rains.", "A man eats."], ["Rain falls.", "Someone eats."])
        >>> evaluator(SentenceTransformer("likewise-mini"))["mean_accuracy"]
        1.0
    """

    primary_metric = "mean_accuracy"

    def __init__(
        self,
        source_sentences: Any,
        target_sentences: Any,
        show_progress_bar: bool = False,
        batch_size: int | None = 16,
        name: str = "",
        print_wrong_matches: bool = False,
        write_csv: bool = True,
        truncate_dim: int | None = None,
    ) -> None:
        self.source_sentences, self.target_sentences = checked_texts(
            source_sentences=source_sentences, target_sentences=target_sentences
        )
        self.name = name
        self.batch_size = batch_size
        self.show_progress_bar = show_progress_bar
        self.print_wrong_matches = print_wrong_matches
        self.truncate_dim = truncate_dim
        self.csv_file = f"translation_evaluation{f'_{name}' if name else ''}_results.csv"
        self._report = CsvReport(self.csv_file, enabled=write_csv)

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
            The three accuracies, 0 to 1.
        """
        forward, backward = self.correct_by_direction(model)
        there, back = float(forward.mean()), float(backward.mean())
        self._report.append(output_path, epoch=epoch, steps=steps, row={"src2trg": there, "trg2src": back})
        metrics = {"src2trg_accuracy": there, "trg2src_accuracy": back, "mean_accuracy": (there + back) / 2}
        return self.finish(model, metrics, epoch=epoch, steps=steps)

    def correct_by_direction(self, model: EvaluatedModel) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Tell for each text whether its translation is the nearest.

        Args:
            model: The model.

        Returns:
            (from source to target, from target to source), each bool [N].
        """
        sources = torch.as_tensor(self._embed(model, self.source_sentences))
        targets = torch.as_tensor(self._embed(model, self.target_sentences))
        nearest_of_source, nearest_of_target = nearest_both_ways(sources, targets)
        own = np.arange(len(sources))
        forward, backward = nearest_of_source == own, nearest_of_target == own
        if self.print_wrong_matches:
            _print_wrong(sources, targets, self.source_sentences, self.target_sentences, ~forward)
        return forward, backward

    def metric_samples(self, model: EvaluatedModel) -> dict[str, MetricSample]:
        """For each direction, whether each text is right; texts drawn again still compete with all others."""
        forward, backward = self.correct_by_direction(model)
        return {
            "src2trg_accuracy": MetricSample((forward,)),
            "trg2src_accuracy": MetricSample((backward,)),
            "mean_accuracy": MetricSample(((forward * 1.0 + backward) / 2,)),
        }

    def _embed(self, model: EvaluatedModel, texts: list[Any]) -> Any:
        return self.embed_inputs(
            model,
            texts,
            batch_size=self.batch_size,
            show_progress_bar=self.show_progress_bar,
            truncate_dim=self.truncate_dim,
        )

    def similarity_names(self) -> list[str]:
        """The similarity function."""
        return ["cosine"]

    def metric_names(self) -> list[str]:
        """The accuracy in each direction, and their mean."""
        return ["src2trg_accuracy", "trg2src_accuracy", "mean_accuracy"]

    def data_sizes(self) -> dict[str, int]:
        """How many pairs there are."""
        return {"pairs": len(self.source_sentences)}

    def get_config_dict(self) -> dict[str, Any]:
        """Settings that differ from the usual."""
        return {} if self.truncate_dim is None else {"truncate_dim": self.truncate_dim}


def nearest_both_ways(
    sources: torch.Tensor, targets: torch.Tensor
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The most similar row of the other set, by cosine, for each row of both.

    Args:
        sources: [N, D].
        targets: [M, D].

    Returns:
        (row of `targets` for each source [N], row of `sources` for each target [M]); the first of equals.

    Example:
        >>> nearest_both_ways(torch.eye(2), torch.tensor([[0.0, 1.0], [0.0, 2.0]]))
        (array([0, 0]), array([1, 1]))
    """
    of_source = []
    best = torch.full((len(targets),), -torch.inf)
    of_target = torch.zeros(len(targets), dtype=torch.long)
    for first in range(0, len(sources), _ROWS_AT_ONCE):
        scores = cos_sim(sources[first : first + _ROWS_AT_ONCE], targets).cpu()
        of_source.append(scores.argmax(dim=1))
        value, row = scores.max(dim=0)
        better = value > best  # not >=: the first of equals stays
        of_target[better] = row[better] + first
        best = torch.maximum(best, value)
    return torch.cat(of_source).numpy(), of_target.numpy()


def _print_wrong(
    sources: torch.Tensor, targets: torch.Tensor, source_texts: list[Any], target_texts: list[Any], wrong: Any
) -> None:
    for number in np.flatnonzero(wrong):
        scores = cos_sim(sources[number], targets)[0].cpu()
        lines = [
            f"{number}: {source_texts[number]!r}",
            f"  its translation, {float(scores[number]):.4f}: {target_texts[number]!r}",
        ]
        values, rows = scores.topk(min(_SHOWN, len(scores)))
        lines += [
            f"  {value:.4f}: {target_texts[row]!r}" for value, row in zip(values.tolist(), rows.tolist(), strict=True)
        ]
        sys.stdout.write("\n".join(lines) + "\n")
