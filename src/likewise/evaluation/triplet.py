"""`TripletEvaluator`: how often the positive is closer to the anchor than the negative."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, final

import numpy as np

from likewise.errors import InputError, InputTypeError
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
from likewise.evaluation.protocol import EvaluatedModel
from likewise.evaluation.sample import MetricSample
from likewise.similarity_functions import SimilarityFunction

_DEPRECATED = "deprecated"


@final
class TripletEvaluator(SentenceEvaluator):
    r"""Share of the triplets whose positive is more similar to the anchor than their negative.

    $\mathrm{accuracy} = \frac{1}{N} \sum_i [\,\mathrm{sim}(a_i, p_i) > \mathrm{sim}(a_i, n_i) + \mathrm{margin}\,]$.
    The metrics are `<function>_accuracy`, and `max_accuracy` with several functions. Anchors are encoded with
    `encode_query`, the others with `encode_document`: the same as `encode` for models that make no difference.

    Args:
        anchors: N texts.
        positives: N texts that are like the anchors.
        negatives: N texts that are not.
        main_similarity_function: The function whose accuracy is the primary metric; None takes the only one, or
            `max_accuracy`.
        margin: How much more similar the positive must be, at least 0: for all functions, or by function, where those
            that are left out have 0.
        name: Put before the metrics and into the name of the file.
        batch_size: Most texts of a batch; None fills batches by token count.
        show_progress_bar: Whether progress is shown.
        write_csv: Whether a row is added to `triplet_evaluation[_name]_results.csv`.
        truncate_dim: Width to which embeddings are cut; None takes the model's.
        similarity_fn_names: "cosine", "dot", "euclidean", "manhattan"; None takes the model's.
        main_distance_function: Older name of `main_similarity_function`; warns.

    Raises:
        InputError: If a function or a margin is unknown.
        ShapeError: If the lengths differ.

    Example:
        >>> from likewise import SentenceTransformer
        >>> evaluator = TripletEvaluator(["A man eats."], ["Someone has a meal."], ["It rains in the hills."])
        >>> evaluator(SentenceTransformer("likewise-mini"))
        {'cosine_accuracy': 1.0}
    """

    def __init__(
        self,
        anchors: Any,
        positives: Any,
        negatives: Any,
        main_similarity_function: str | SimilarityFunction | None = None,
        margin: float | Mapping[str, float] | None = None,
        name: str = "",
        batch_size: int | None = 16,
        show_progress_bar: bool = False,
        write_csv: bool = True,
        truncate_dim: int | None = None,
        similarity_fn_names: Any = None,
        main_distance_function: str | SimilarityFunction | None = _DEPRECATED,
    ) -> None:
        self.anchors, self.positives, self.negatives = checked_texts(
            anchors=anchors, positives=positives, negatives=negatives
        )
        main = _one_main(main_similarity_function, main_distance_function)
        self.similarity_fn_names = checked_functions(similarity_fn_names)
        self.main_similarity_function = checked_main(main, self.similarity_fn_names, "main_similarity_function")
        self.margin = _margins(margin)
        self.name = name
        self.batch_size = batch_size
        self.show_progress_bar = show_progress_bar
        self.truncate_dim = truncate_dim
        suffix = f"_{name}" if name else ""
        self.csv_file = f"triplet_evaluation{suffix}_results.csv"
        self._report = CsvReport(self.csv_file, enabled=write_csv)
        if self.similarity_fn_names or self.main_similarity_function:
            self.primary_metric = self._primary(self.similarity_fn_names or [])

    @classmethod
    def from_input_examples(cls, examples: list[LabelledTexts], **kwargs: Any) -> TripletEvaluator:
        """Make one from examples of three texts each: anchor, positive, negative.

        Args:
            examples: `InputExample` objects.
            **kwargs: Further arguments of the constructor.

        Returns:
            The evaluator.
        """
        (anchors, positives, negatives), _ = columns_of(examples, 3)
        return cls(anchors, positives, negatives, **kwargs)

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
            Accuracy by function, 0 to 1.
        """
        names = functions_of(model, self.similarity_fn_names, self.main_similarity_function)
        self.primary_metric = self._primary(names)
        correct = self.correct_by_function(model, names)
        accuracies = {name: float(right.mean()) for name, right in correct.items()}
        metrics = {f"{name}_accuracy": accuracy for name, accuracy in accuracies.items()}
        if len(names) > 1:
            metrics["max_accuracy"] = max(accuracies.values())
        row = {f"accuracy_{name}": accuracy for name, accuracy in accuracies.items()}
        self._report.append(output_path, epoch=epoch, steps=steps, row=row)
        return self.finish(model, metrics, epoch=epoch, steps=steps)

    def correct_by_function(self, model: EvaluatedModel, names: list[str]) -> dict[str, np.ndarray[Any, Any]]:
        """Tell for each triplet whether the model gets it right.

        Args:
            model: The model.
            names: Similarity functions.

        Returns:
            Function to bool [N].
        """
        anchors = self._embed(model, self.anchors, "query")
        positives = self._embed(model, self.positives, "document")
        negatives = self._embed(model, self.negatives, "document")
        correct = {}
        for name in names:
            score = SimilarityFunction.to_similarity_pairwise_fn(name)
            right = score(anchors, positives) > score(anchors, negatives) + self.margin[name]
            correct[name] = right.cpu().numpy()
        return correct

    def metric_samples(self, model: EvaluatedModel) -> dict[str, MetricSample]:
        """For each function, whether each triplet is right."""
        names = functions_of(model, self.similarity_fn_names, self.main_similarity_function)
        return {
            f"{name}_accuracy": MetricSample((right,)) for name, right in self.correct_by_function(model, names).items()
        }

    def _embed(self, model: EvaluatedModel, texts: list[Any], task: str) -> Any:
        return self.embed_inputs(
            model,
            texts,
            encode_fn_name=task,
            batch_size=self.batch_size,
            show_progress_bar=self.show_progress_bar,
            truncate_dim=self.truncate_dim,
        )

    def _primary(self, names: list[str]) -> str:
        single = names[0] if len(names) == 1 else "max"
        return f"{self.main_similarity_function or single}_accuracy"

    def similarity_names(self) -> list[str]:
        """The similarity functions."""
        return self.similarity_fn_names or [self.main_similarity_function or MODELS_OWN]

    def metric_names(self) -> list[str]:
        """The accuracy by each function, and the largest of several."""
        names = self.similarity_names()
        return [f"{name}_accuracy" for name in (names if len(names) == 1 else [*names, "max"])]

    def data_sizes(self) -> dict[str, int]:
        """How many triplets there are."""
        return {"triplets": len(self.anchors)}

    def get_config_dict(self) -> dict[str, Any]:
        """Settings that differ from the usual."""
        config: dict[str, Any] = {}
        if any(self.margin.values()):
            config["margin"] = dict(self.margin)
        if self.truncate_dim is not None:
            config["truncate_dim"] = self.truncate_dim
        return config


def _one_main(main: str | SimilarityFunction | None, old: str | SimilarityFunction | None) -> Any:
    if old == _DEPRECATED or old is None:
        return main
    warnings.warn("main_distance_function is deprecated: say main_similarity_function", FutureWarning, stacklevel=3)
    if main is not None:
        raise InputError("both main_similarity_function and main_distance_function", accepted="the former alone")
    return old


def _margins(margin: Any) -> dict[str, float]:
    known = SimilarityFunction.possible_values()
    if margin is None:
        return dict.fromkeys(known, 0.0)
    given = margin if isinstance(margin, Mapping) else dict.fromkeys(known, margin)
    for name, value in given.items():
        if name not in known:
            raise InputError(f"margin for {name!r}", accepted=f"a margin for some of {known}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputTypeError(f"margin={value!r}", accepted="a number of at least 0, or one by function")
        if not 0 <= value < np.inf:
            raise InputError(f"margin={value!r}", accepted="a number of at least 0")
    return {name: float(given.get(name, 0.0)) for name in known}
