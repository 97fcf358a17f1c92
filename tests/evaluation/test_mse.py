import numpy as np
import pytest

from likewise.errors import ShapeError
from likewise.evaluation import MSEEvaluator
from likewise.evaluation.mse import mean_squared_difference, squared_differences


def test_the_metric_is_a_hundred_times_the_mean_squared_difference(table_model, tmp_path):
    teacher = table_model({"en": [1.0, 2.0], "uk": [0.0, 0.0]})
    student = table_model({"de": [1.0, 0.0], "fr": [2.0, 0.0]})
    evaluator = MSEEvaluator(["en", "uk"], ["de", "fr"], teacher_model=teacher)

    found = evaluator(student, str(tmp_path))

    assert found == {"negative_mse": -100 * (0 + 4 + 4 + 0) / 4}
    assert (tmp_path / "mse_evaluation_results.csv").read_text() == "epoch,steps,MSE\n-1,-1,200.0\n"


def test_the_teacher_runs_once(table_model):
    teacher = table_model({"en": [1.0, 2.0]})
    evaluator = MSEEvaluator(["en"], ["en"], teacher_model=teacher)

    for _ in range(2):
        assert evaluator(table_model({"en": [1.0, 2.0]})) == {"negative_mse": 0.0}

    assert len(teacher.calls) == 1


def test_both_are_cut(table_model):
    teacher, student = table_model({"en": [1.0, 2.0, 3.0]}), table_model({"en": [1.0, 4.0]})

    assert MSEEvaluator(["en"], ["en"], teacher_model=teacher, truncate_dim=2)(student) == {"negative_mse": -200.0}
    with pytest.raises(ShapeError, match="dimension 3, the student's 2"):
        MSEEvaluator(["en"], ["en"], teacher_model=teacher)(student)


def test_rows_are_as_derived_by_a_loop():
    rng = np.random.default_rng(0)
    teacher, student = rng.standard_normal((2, 5, 3)).astype(np.float32)

    rows = squared_differences(teacher, student)

    for row in range(5):
        expected = sum((float(teacher[row, d]) - float(student[row, d])) ** 2 for d in range(3)) / 3 * 100
        assert rows[row] == pytest.approx(expected)
    assert mean_squared_difference(teacher, student) == pytest.approx(rows.mean())


def test_intervals_are_over_texts(table_model):
    teacher = table_model({"a": [0.0], "b": [0.0]})
    student = table_model({"a": [1.0], "b": [3.0]})

    interval = MSEEvaluator(["a", "b"], ["a", "b"], teacher_model=teacher).confidence_intervals(student)["negative_mse"]

    assert (interval.low, interval.value, interval.high) == (-900, -500, -100)
