"""`EmbeddingSimilarityEvaluator`: how well similarities of pairs agree with scores that people gave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, final, get_args

import numpy as np

from likewise.errors import InputError
from likewise.evaluation.arguments import (
    LabelledTexts,
    checked_functions,
    checked_main,
    checked_texts,
    columns_of,
    functions_of,
)
from likewise.evaluation.csv_report import CsvReport
from likewise.evaluation.description import MODELS_OWN
from likewise.evaluation.evaluator import SentenceEvaluator
from likewise.evaluation.metrics.correlation import check_gold, pearson, spearman
from likewise.evaluation.pair_scores import bits_as_numbers, pair_scores
from likewise.evaluation.protocol import EvaluatedModel
from likewise.evaluation.sample import MetricSample
from likewise.quantization.quantize import Precision
from likewise.similarity_functions import SimilarityFunction

Array = np.ndarray[Any, Any]
_KINDS = {"pearson": pearson, "spearman": spearman}


@final
class EmbeddingSimilarityEvaluator(SentenceEvaluator):
    """Correlation of the similarity of pairs of texts with gold scores: semantic textual similarity.

    The metrics are `pearson_<function>` and `spearman_<function>`, and with several functions `pearson_max` and
    `spearman_max`. Where all similarities of a model are equal, no correlation is defined; it counts as 0, with a
    warning.

    Args:
        sentences1: N texts.
        sentences2: N texts to compare them with.
        scores: N gold scores, not all equal; larger is more similar.
        batch_size: Most texts of a batch; None fills batches by token count.
        main_similarity: The function whose Spearman correlation is the primary metric; None takes the only one, or
            `spearman_max`.
        similarity_fn_names: "cosine", "dot", "euclidean", "manhattan"; None takes the main one, or the model's.
        name: Put before the metrics and into the name of the file.
        show_progress_bar: Whether progress is shown.
        write_csv: Whether a row is added to `similarity_evaluation[_name][_precision]_results.csv`.
        precision: "float32", "int8", "uint8", "binary" or "ubinary", of embeddings scaled to length 1; None leaves
            the embeddings as they are. All texts share the ranges of int8 and uint8; bits are compared as 0 and 1.
        truncate_dim: Width to which embeddings are cut; None takes the model's.

    Raises:
        InputError: If the scores are not finite or all equal, or a name is unknown.
        ShapeError: If the lengths differ.

    Example:
        >>> from likewise import SentenceTransformer
        >>> left, right = ["A man eats.", "It rains.", "A dog runs."], ["Someone eats.", "Rain falls.", "I like tea."]
        >>> evaluator = EmbeddingSimilarityEvaluator(left, right, [4.5, 4.0, 0.5])
        >>> sorted(evaluator(SentenceTransformer("likewise-mini")))
        ['pearson_cosine', 'spearman_cosine']
    """

    def __init__(
        self,
        sentences1: Any,
        sentences2: Any,
        scores: Sequence[float],
        batch_size: int | None = 16,
        main_similarity: str | SimilarityFunction | None = None,
        similarity_fn_names: Any = None,
        name: str = "",
        show_progress_bar: bool = False,
        write_csv: bool = True,
        precision: str | None = None,
        truncate_dim: int | None = None,
    ) -> None:
        self.sentences1, self.sentences2, self.scores = checked_texts(
            sentences1=sentences1, sentences2=sentences2, scores=scores
        )
        self._gold = check_gold(self.scores, "scores")
        if precision is not None and precision not in get_args(Precision):
            raise InputError(f"precision={precision!r}", accepted=f"None or one of {list(get_args(Precision))}")
        self.similarity_fn_names = checked_functions(similarity_fn_names)
        self.main_similarity = checked_main(main_similarity, self.similarity_fn_names, "main_similarity")
        self.name = name
        self.batch_size = batch_size
        self.show_progress_bar = show_progress_bar
        self.precision = precision
        self.truncate_dim = truncate_dim
        suffix = "".join(f"_{part}" for part in (name, precision) if part)
        self.csv_file = f"similarity_evaluation{suffix}_results.csv"
        self._report = CsvReport(self.csv_file, enabled=write_csv)
        if self.similarity_fn_names or self.main_similarity:
            self.primary_metric = self._primary(self.similarity_fn_names or [])

    @classmethod
    def from_input_examples(cls, examples: list[LabelledTexts], **kwargs: Any) -> EmbeddingSimilarityEvaluator:
        """Make one from examples of two texts and a score.

        Args:
            examples: `InputExample` objects.
            **kwargs: Further arguments of the constructor.

        Returns:
            The evaluator.
        """
        (first, second), scores = columns_of(examples, 2)
        return cls(first, second, scores, **kwargs)

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
            Correlations by function, -1 to 1.
        """
        found = self.similarities(model)
        self.primary_metric = self._primary(list(found))
        metrics: dict[str, float] = {}
        row: dict[str, float] = {}
        for name, similarities in found.items():
            for kind, correlation in _KINDS.items():
                value = correlation(similarities, self._gold)
                metrics[f"{kind}_{name}"] = row[f"{name}_{kind}"] = value
        if len(found) > 1:
            for kind in _KINDS:
                metrics[f"{kind}_max"] = max(metrics[f"{kind}_{name}"] for name in found)
        self._report.append(output_path, epoch=epoch, steps=steps, row=row)
        return self.finish(model, metrics, epoch=epoch, steps=steps)

    def similarities(self, model: EvaluatedModel) -> dict[str, Array]:
        """The similarity that a model gives each pair.

        Args:
            model: The model.

        Returns:
            Function to float32 [N].
        """
        names = functions_of(model, self.similarity_fn_names, self.main_similarity)
        options: dict[str, Any] = (
            {} if self.precision is None else {"precision": self.precision, "normalize_embeddings": True}
        )
        # One call for both: quantized embeddings must share their ranges, and a text that stands twice is encoded once.
        embeddings = self.embed_inputs(
            model,
            [*self.sentences1, *self.sentences2],
            batch_size=self.batch_size,
            show_progress_bar=self.show_progress_bar,
            truncate_dim=self.truncate_dim,
            **options,
        )
        numbers = bits_as_numbers(embeddings, self.precision)
        return pair_scores(numbers[: len(self.sentences1)], numbers[len(self.sentences1) :], names)

    def metric_samples(self, model: EvaluatedModel) -> dict[str, MetricSample]:
        """For each function, similarities and gold scores; a draw of equal ones only counts as 0."""
        return {
            f"{kind}_{name}": MetricSample((similarities, self._gold), _or_zero(correlation))
            for name, similarities in self.similarities(model).items()
            for kind, correlation in _KINDS.items()
        }

    def _primary(self, names: Sequence[str]) -> str:
        return f"spearman_{self.main_similarity or (names[0] if len(names) == 1 else 'max')}"

    @property
    def description(self) -> str:
        """What is evaluated, in words."""
        return "Semantic Similarity"

    def similarity_names(self) -> list[str]:
        """The similarity functions."""
        return self.similarity_fn_names or [self.main_similarity or MODELS_OWN]

    def metric_names(self) -> list[str]:
        """Both correlations of each function, and the largest of several."""
        names = self.similarity_names()
        largest = [f"{kind}_max" for kind in _KINDS] if len(names) > 1 else []
        return [f"{kind}_{name}" for name in names for kind in _KINDS] + largest

    def data_sizes(self) -> dict[str, int]:
        """How many pairs there are."""
        return {"pairs": len(self.sentences1)}

    def get_config_dict(self) -> dict[str, Any]:
        """Settings that differ from the usual."""
        settings = {"truncate_dim": self.truncate_dim, "precision": self.precision}
        return {key: value for key, value in settings.items() if value is not None}


def _or_zero(correlation: Callable[..., float]) -> Callable[..., float]:
    """A correlation that is 0, without a warning for each, where a draw has one gold score or one similarity only."""

    def statistic(similarities: Array, gold: Array) -> float:
        constant = (gold == gold[0]).all() or (similarities == similarities[0]).all()
        return 0.0 if constant else correlation(similarities, gold)

    return statistic
