import numpy as np
import pytest

from likewise.errors import InputError
from likewise.evaluation.plots import draw_score_histograms

pytest.importorskip("matplotlib", reason="extra plot")


@pytest.fixture
def drawn(monkeypatch):
    """Figures, in the place of files."""
    figures = []
    monkeypatch.setattr(
        "likewise.evaluation.plots.score_histogram.save_figure", lambda figure, path: figures.append(figure)
    )
    return figures


def labels_of(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_both_labels_are_drawn_as_shares_of_their_own_on_the_same_bins(drawn):
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], [300, 100])

    draw_score_histograms(rng.random(400), labels, "a.png", thresholds=0.25)

    (axes,) = drawn[0].axes
    others, pairs = axes.containers
    assert [sum(bar.get_height() for bar in bars) for bars in (others, pairs)] == pytest.approx([1, 1])
    assert [bar.get_x() for bar in others] == [bar.get_x() for bar in pairs]
    assert axes.get_lines()[0].get_xdata() == [0.25, 0.25]
    assert labels_of(axes) == ["label 0, 300 pairs", "label 1, 100 pairs", "threshold 0.250"]


def test_each_function_has_a_histogram_with_its_own_threshold(drawn):
    scores = {"cosine": [0.9, 0.1], "euclidean": [1.0, 2.0]}

    draw_score_histograms(scores, [1, 0], "a.png", thresholds={"euclidean": 1.5})

    assert [axes.get_xlabel() for axes in drawn[0].axes] == ["cosine", "euclidean"]
    assert [len(axes.get_lines()) for axes in drawn[0].axes] == [0, 1]


@pytest.mark.parametrize("labels", [[1, 1], [0, 0], [0, 1]])
def test_constant_scores_and_a_single_label_are_drawn(labels, tmp_path):
    assert draw_score_histograms([0.5, 0.5], labels, tmp_path / "a.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("thresholds", "message"), [({"dot": 0.5}, "a threshold for 'dot'"), (float("nan"), "threshold nan")]
)
def test_bad_thresholds_are_refused(thresholds, message, tmp_path):
    with pytest.raises(InputError, match=message):
        draw_score_histograms({"cosine": [0.5]}, [1], tmp_path / "a.png", thresholds=thresholds)
