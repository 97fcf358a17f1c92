import numpy as np
import pytest
import sklearn.metrics

from likewise.errors import InputError, ShapeError
from likewise.evaluation.metrics import average_precision_of_scores
from likewise.evaluation.metrics.precision_recall import precision_recall_curve


@pytest.mark.parametrize("values", [3, 20, 10_000], ids=["many ties", "ties", "no ties"])
@pytest.mark.parametrize("seed", range(5))
def test_the_curve_is_that_of_scikit_learn(values, seed):
    rng = np.random.default_rng(seed)
    scores, labels = rng.integers(0, values, 80) / values, rng.integers(0, 2, 80)

    curve = precision_recall_curve(scores, labels)

    precision, recall, thresholds = sklearn.metrics.precision_recall_curve(labels, scores)
    # Theirs runs from the lowest threshold and ends with a point that no threshold has.
    assert curve.precision_T == pytest.approx(precision[:-1][::-1])
    assert curve.recall_T == pytest.approx(recall[:-1][::-1])
    assert curve.scores_T == pytest.approx(thresholds[::-1])


def test_the_area_in_steps_is_the_average_precision():
    rng = np.random.default_rng(0)
    scores, labels = rng.integers(0, 30, 200), rng.integers(0, 2, 200)

    curve = precision_recall_curve(scores, labels, total=150)

    area = (np.diff(curve.recall_T, prepend=0) * curve.precision_T).sum()
    assert area == pytest.approx(average_precision_of_scores(scores, labels, total=150))


def test_what_has_no_score_is_never_found():
    curve = precision_recall_curve([0.9, 0.1], [1, 1], total=4)

    assert curve.recall_T.tolist() == [0.25, 0.5]


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="no label is 1"):
        precision_recall_curve([0.5], [0])
    with pytest.raises(InputError, match="total=1 with 2 labels of 1"):
        precision_recall_curve([0.5, 0.6], [1, 1], total=1)
    with pytest.raises(ShapeError, match=r"scores of shape \(1,\)"):
        precision_recall_curve([0.5], [0, 1])
