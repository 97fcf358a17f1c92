"""`MSEEvaluator`: how close a student comes to the vectors of its teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import numpy as np

from likewise.errors import InputError, ShapeError
from likewise.evaluation.arguments import checked_texts
from likewise.evaluation.csv_report import CsvReport
from likewise.evaluation.evaluator import SentenceEvaluator
from likewise.evaluation.protocol import EvaluatedModel
from likewise.evaluation.sample import MetricSample
from likewise.ops.embeddings import as_float32_tensor

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings


@final
class MSEEvaluator(SentenceEvaluator):
    r"""Mean squared difference of a student's embeddings of target texts and the teacher's of source texts.

    $\mathrm{negative\_mse} = -\frac{100}{N D} \sum_{i,d} (t_{id} - s_{id})^2$, at most 0; greater is better.
    The teacher runs once, when the evaluator is made.

    Args:
        source_sentences: N texts for the teacher.
        target_sentences: N texts for the student, such as translations; the same texts to imitate the teacher on them.
        teacher_model: The teacher.
        show_progress_bar: Whether progress is shown.
        batch_size: Most texts of a batch; None fills batches by token count.
        name: Put before the metric and into the name of the file.
        write_csv: Whether a row is added to `mse_evaluation[_name]_results.csv`, with the MSE itself.
        truncate_dim: Width to which the embeddings of both are cut; None takes each model's own.

    Raises:
        InputError: If there is no teacher.
        ShapeError: If the lengths differ.

    Example:
        >>> from likewise import SentenceTransformer
        >>> model = SentenceTransformer("likewise-mini")
        >>> MSEEvaluator(["A man eats."], ["A man eats."], teacher_model=model)(model)
        {'negative_mse': 0.0}
    """

    primary_metric = "negative_mse"

    def __init__(
        self,
        source_sentences: Any,
        target_sentences: Any,
        teacher_model: EvaluatedModel | None = None,
        show_progress_bar: bool = False,
        batch_size: int | None = 32,
        name: str = "",
        write_csv: bool = True,
        truncate_dim: int | None = None,
    ) -> None:
        sources, self.target_sentences = checked_texts(
            source_sentences=source_sentences, target_sentences=target_sentences
        )
        if teacher_model is None:
            raise InputError("teacher_model=None", accepted="a model", fix="teacher_model=SentenceTransformer(...)")
        self.name = name
        self.batch_size = batch_size
        self.show_progress_bar = show_progress_bar
        self.truncate_dim = truncate_dim
        self.source_embeddings = self._embed(teacher_model, sources)
        self.csv_file = f"mse_evaluation{f'_{name}' if name else ''}_results.csv"
        self._report = CsvReport(self.csv_file, enabled=write_csv)

    def __call__(
        self, model: EvaluatedModel, output_path: str | None = None, epoch: int = -1, steps: int = -1
    ) -> dict[str, float]:
        """Evaluate a student.

        Args:
            model: The student.
            output_path: Folder of the CSV file; None writes none.
            epoch: Epoch of training.
            steps: Steps of that epoch.

        Returns:
            `negative_mse`: the mean squared difference, times -100.

        Raises:
            ShapeError: If teacher and student have different dimensions.
        """
        mse = mean_squared_difference(self.source_embeddings, self._embed(model, self.target_sentences))
        self._report.append(output_path, epoch=epoch, steps=steps, row={"MSE": mse})
        return self.finish(model, {"negative_mse": 0.0 - mse}, epoch=epoch, steps=steps)

    def _embed(self, model: EvaluatedModel, texts: list[Any]) -> Any:
        return self.embed_inputs(
            model,
            texts,
            batch_size=self.batch_size,
            show_progress_bar=self.show_progress_bar,
            truncate_dim=self.truncate_dim,
        )

    @property
    def description(self) -> str:
        """What is evaluated, in words."""
        return "Knowledge Distillation"

    def metric_samples(self, model: EvaluatedModel) -> dict[str, MetricSample]:
        """What each text adds to the metric."""
        rows = squared_differences(self.source_embeddings, self._embed(model, self.target_sentences))
        return {"negative_mse": MetricSample((-rows,))}

    def metric_names(self) -> list[str]:
        """The metric."""
        return ["negative_mse"]

    def data_sizes(self) -> dict[str, int]:
        """How many texts there are."""
        return {"texts": len(self.target_sentences)}

    def get_config_dict(self) -> dict[str, Any]:
        """Settings that differ from the usual."""
        return {} if self.truncate_dim is None else {"truncate_dim": self.truncate_dim}


def mean_squared_difference(teacher: Embeddings, student: Embeddings) -> float:
    r"""Mean squared difference of two sets of embeddings, times 100: $\frac{100}{ND} \sum_{i,d} (t_{id} - s_{id})^2$.

    Args:
        teacher: [N, D].
        student: [N, D].

    Returns:
        At least 0.

    Raises:
        ShapeError: If the shapes differ.

    Example:
        >>> mean_squared_difference([[1.0, 2.0]], [[1.0, 0.0]])
        200.0
    """
    return float(squared_differences(teacher, student).mean())


def squared_differences(teacher: Embeddings, student: Embeddings) -> np.ndarray[Any, Any]:
    r"""Mean squared difference of each row, times 100: $\frac{100}{D} \sum_d (t_{id} - s_{id})^2$.

    Args:
        teacher: [N, D].
        student: [N, D].

    Returns:
        float64 [N], at least 0.

    Raises:
        ShapeError: If the shapes differ.

    Example:
        >>> squared_differences([[1.0, 2.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]])
        array([200.,   0.])
    """
    one, other = as_float32_tensor(teacher, "teacher").cpu(), as_float32_tensor(student, "student").cpu()
    if one.shape != other.shape:
        raise ShapeError(
            f"the teacher's embeddings have dimension {one.shape[-1]}, the student's {other.shape[-1]}",
            accepted="the same dimension",
            fix=f"truncate_dim={min(one.shape[-1], other.shape[-1])}, or a Dense module in the student",
        )
    rows: np.ndarray[Any, Any] = (one.double() - other.double()).square().mean(dim=-1).numpy()
    return rows * 100
