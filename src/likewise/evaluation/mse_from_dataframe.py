"""`MSEEvaluatorFromDataFrame`: how close a student comes to its teacher, for several pairs of languages."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, final

import numpy as np

from likewise.errors import InputError, InputTypeError
from likewise.evaluation.csv_report import CsvReport
from likewise.evaluation.evaluator import SentenceEvaluator
from likewise.evaluation.mse import squared_differences
from likewise.evaluation.protocol import EvaluatedModel
from likewise.evaluation.sample import MetricSample


@final
class MSEEvaluatorFromDataFrame(SentenceEvaluator):
    r"""Mean squared difference of a student's embeddings of translations and the teacher's of their sources.

    The metric is $\mathrm{negative\_mse} = -100$ times the mean of the pairs of languages; the file has each by itself.
    The teacher runs once, when the evaluator is made.

    Args:
        dataframe: A pandas frame, or rows as dictionaries: column, such as "en", to text. Rows where one of the two
            texts is empty or missing are left out of that pair.
        teacher_model: The teacher.
        combinations: Pairs of columns: the teacher's, the student's.
        batch_size: Most texts of a batch; None fills batches by token count.
        name: Put before the metric and into the name of the file.
        write_csv: Whether a row is added to `mse_evaluation[_name]_results.csv`.
        truncate_dim: Width to which the embeddings of both are cut; None takes each model's own.

    Raises:
        InputError: If a column is not there, or no row has texts for a pair.
        InputTypeError: If the rows are no dictionaries.

    Example:
        >>> from likewise import SentenceTransformer
        >>> model = SentenceTransformer("likewise-mini")
        >>> rows = [{"en": "A man eats.", "de": "Ein Mann isst."}, {"en": "It rains.", "de": ""}]
        >>> MSEEvaluatorFromDataFrame(rows, model, [("en", "de")])(model)
        {'negative_mse': -...}
    """

    primary_metric = "negative_mse"

    def __init__(
        self,
        dataframe: Any,
        teacher_model: EvaluatedModel,
        combinations: Sequence[tuple[str, str]],
        batch_size: int | None = 8,
        name: str = "",
        write_csv: bool = True,
        truncate_dim: int | None = None,
    ) -> None:
        self.combinations = [(source, target) for source, target in combinations]
        if not self.combinations:
            raise InputError("no combinations", accepted="pairs of columns", fix="combinations=[('en', 'de')]")
        self.name = name
        self.batch_size = batch_size
        self.truncate_dim = truncate_dim
        rows = _rows(dataframe)
        self.data = {pair: _texts(rows, *pair) for pair in self.combinations}
        self._teacher = self._vectors(teacher_model, [source for pair in self.data.values() for source in pair[0]])
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
            `negative_mse`: the mean over the pairs of languages, times -100.

        Raises:
            ShapeError: If teacher and student have different dimensions.
        """
        found = {name: float(rows.mean()) for name, rows in self._differences(model).items()}
        self._report.append(output_path, epoch=epoch, steps=steps, row=found)
        return self.finish(model, {"negative_mse": 0.0 - float(np.mean([*found.values()]))}, epoch=epoch, steps=steps)

    def metric_samples(self, model: EvaluatedModel) -> dict[str, MetricSample]:
        """What each pair of texts adds to the metric; texts are drawn for each pair of languages."""
        found = list(self._differences(model).values())
        weights = np.concatenate([np.full(len(rows), 1 / len(rows) / len(found)) for rows in found])
        strata = np.repeat(np.arange(len(found)), [len(rows) for rows in found])
        columns = (-np.concatenate(found), weights)
        return {"negative_mse": MetricSample(columns, lambda rows, shares: float(rows @ shares), strata)}

    def _differences(self, model: EvaluatedModel) -> dict[str, np.ndarray[Any, Any]]:
        """Pair of languages to the squared difference of each of its rows."""
        student = self._vectors(model, [target for pair in self.data.values() for target in pair[1]])
        found = {}
        for (source, target), (sources, targets) in self.data.items():
            teachers = np.stack([self._teacher[text] for text in sources])
            students = np.stack([student[text] for text in targets])
            found[f"{source}-{target}"] = squared_differences(teachers, students)
        return found

    def _vectors(self, model: EvaluatedModel, texts: list[str]) -> dict[str, np.ndarray[Any, Any]]:
        """Text to its embedding; a text that stands in several pairs is encoded once."""
        distinct = list(dict.fromkeys(texts))
        rows = self.embed_inputs(model, distinct, batch_size=self.batch_size, truncate_dim=self.truncate_dim)
        return dict(zip(distinct, rows, strict=True))

    @property
    def description(self) -> str:
        """What is evaluated, in words."""
        return "Knowledge Distillation"

    def metric_names(self) -> list[str]:
        """The metric."""
        return ["negative_mse"]

    def data_sizes(self) -> dict[str, int]:
        """How many texts there are for each pair of languages."""
        return {f"pairs {source}-{target}": len(texts[0]) for (source, target), texts in self.data.items()}

    def get_config_dict(self) -> dict[str, Any]:
        """Settings that differ from the usual."""
        return {} if self.truncate_dim is None else {"truncate_dim": self.truncate_dim}


def _rows(dataframe: Any) -> list[Mapping[str, Any]]:
    pandas = sys.modules.get("pandas")  # a frame can only exist where pandas was imported
    rows = dataframe.to_dict("records") if pandas and isinstance(dataframe, pandas.DataFrame) else dataframe
    if not isinstance(rows, Iterable):
        raise InputTypeError(f"dataframe is {type(dataframe).__name__}", accepted="a pandas frame, or dictionaries")
    rows = list(rows)
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise InputTypeError(
                f"row {number} of the dataframe is {type(row).__name__}",
                accepted="dictionaries: column to text",
                fix="[{'en': 'It rains.', 'de': 'Es regnet.'}, ...]",
            )
    return rows


def _texts(rows: list[Mapping[str, Any]], source: str, target: str) -> tuple[list[str], list[str]]:
    known = {column for row in rows for column in row}
    for column in (source, target):
        if column not in known:
            raise InputError(f"no column {column!r}", accepted=f"one of {sorted(map(str, known))}")
    both = [(_text(row.get(source)), _text(row.get(target))) for row in rows]
    kept = [(one, other) for one, other in both if one and other]
    if not kept:
        raise InputError(f"no row has both {source!r} and {target!r}", accepted="at least one")
    return [one for one, _ in kept], [other for _, other in kept]


def _text(value: Any) -> str:
    """The text of a cell, "" for one that is blank or missing (pandas has NaN there)."""
    return value if isinstance(value, str) and value.strip() else ""
