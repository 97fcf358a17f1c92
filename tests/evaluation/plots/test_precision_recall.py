import numpy as np
import pytest

from likewise.errors import InputError, ShapeError
from likewise.evaluation.metrics.precision_recall import precision_recall_curve
from likewise.evaluation.plots import draw_precision_recall
from likewise.evaluation.plots.precision_recall import steps_of

pytest.importorskip("matplotlib", reason="extra plot")


@pytest.fixture
def drawn(monkeypatch):
    """Figures, in the place of files."""
    figures = []
    monkeypatch.setattr(
        "likewise.evaluation.plots.precision_recall.save_figure", lambda figure, path: figures.append(figure)
    )
    return figures


def labels_of(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_the_picture_shows_the_curve_its_area_its_best_point_and_chance(drawn):
    scores, labels = [0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0]

    draw_precision_recall(scores, labels, "a.png", title="dev")

    (axes,) = drawn[0].axes
    curve, best, chance = axes.get_lines()
    assert curve.get_xydata() == pytest.approx(np.array([[0, 1], [0.5, 1], [0.5, 0.5], [1, 2 / 3], [1, 0.5]]))
    assert best.get_xydata() == pytest.approx(np.array([[1, 2 / 3]]))
    assert chance.get_ydata() == [0.5, 0.5]
    assert labels_of(axes) == ["AP 0.833", "best F1 0.800", "chance 0.500"]
    assert (axes.get_title(), axes.get_xlabel(), axes.get_ylabel()) == ("dev", "Recall", "Precision")


def test_each_function_has_a_curve(drawn):
    draw_precision_recall({"cosine": [0.9, 0.1], "euclidean": [-2.0, -1.0]}, [1, 0], "a.png")

    assert labels_of(drawn[0].axes[0])[::2] == ["cosine, AP 1.000", "euclidean, AP 0.500", "chance 0.500"]


def test_where_nothing_was_found_there_is_no_best_point(drawn):
    draw_precision_recall([0.9, 0.1], [0, 0], "a.png", total=3)

    assert labels_of(drawn[0].axes[0]) == ["AP 0.000"]


def test_a_long_curve_is_thinned_without_a_visible_difference():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 50_000)
    curve = precision_recall_curve(labels + rng.standard_normal(50_000), labels)

    recall, precision = steps_of(curve)

    assert len(recall) <= 2001
    assert (recall[0], recall[-1], precision[-1]) == (0, curve.recall_T[-1], curve.precision_T[-1])
    whole = (np.diff(curve.recall_T, prepend=0) * curve.precision_T).sum()
    assert (np.diff(recall) * precision[1:]).sum() == pytest.approx(whole, abs=1e-3)


def test_a_few_points_all_stay():
    curve = precision_recall_curve([3, 2, 1], [1, 0, 1])

    assert len(steps_of(curve)[0]) == 4


@pytest.mark.parametrize(
    ("scores", "labels", "error", "message"),
    [
        ([], [], InputError, "no labels"),
        ({}, [1], InputError, "no scores"),
        ([0.5], [0], InputError, "no label is 1"),
        ([0.5], [2], InputError, "label 2 in row 0"),
        ([float("nan")], [1], InputError, "nan in row 0"),
        ({"dot": [1.0, 2.0]}, [1], ShapeError, r"scores of 'dot' of shape \(2,\)"),
    ],
)
def test_bad_input_is_refused_and_writes_nothing(scores, labels, error, message, tmp_path):
    with pytest.raises(error, match=message):
        draw_precision_recall(scores, labels, tmp_path / "a.png")

    assert list(tmp_path.iterdir()) == []
