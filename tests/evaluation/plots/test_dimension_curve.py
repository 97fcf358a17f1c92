import numpy as np
import pytest

from likewise.errors import InputError
from likewise.evaluation.plots import draw_dimension_curve

pytest.importorskip("matplotlib", reason="extra plot")


@pytest.fixture
def drawn(monkeypatch):
    """Figures, in the place of files."""
    figures = []
    monkeypatch.setattr(
        "likewise.evaluation.plots.dimension_curve.save_figure", lambda figure, path: figures.append(figure)
    )
    return figures


def test_a_curve_runs_by_growing_dimension(drawn):
    draw_dimension_curve({256: 0.8, 64: 0.7, 128: 0.75}, "a.svg", metric="spearman_cosine")

    (axes,) = drawn[0].axes
    (line,) = axes.get_lines()
    assert line.get_xydata() == pytest.approx(np.array([[64, 0.7], [128, 0.75], [256, 0.8]]))
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["64", "128", "256"]
    assert axes.get_ylabel() == "spearman_cosine"
    assert axes.get_legend() is None


def test_several_models_side_by_side(drawn):
    draw_dimension_curve({"one": {64: 0.7, 128: 0.75}, "other": {128: 0.8}}, "a.svg")

    (axes,) = drawn[0].axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["one", "other"]
    assert [len(line.get_xdata()) for line in axes.get_lines()] == [2, 1]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, r"values=\{\}"),
        ({"one": {}}, r"\{\} for 'one'"),
        ({"one": {64: 0.5}, "other": 0.5}, "0.5 for 'other'"),
        ({0: 0.5}, "dimension 0"),
        ({"64": 0.5}, "dimension '64'"),
        ({64: float("nan")}, "nan at dimension 64"),
    ],
)
def test_bad_values_are_refused(values, message, tmp_path):
    with pytest.raises(InputError, match=message):
        draw_dimension_curve(values, tmp_path / "a.png")
