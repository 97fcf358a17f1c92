import numpy as np
import pytest

from likewise.errors import InputError, ShapeError
from likewise.evaluation.metrics.labelled_scores import Cuts, check_labels, check_scores


@pytest.mark.parametrize("labels", [[0, 1, 1], [0.0, 1.0, 1.0], [False, True, True], np.array([0, 1, 1], np.uint8)])
def test_labels_of_any_type_that_are_0_and_1(labels):
    assert check_labels(labels).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([0, 1, -1], InputError, "label -1 in row 2"),
        ([0.5], InputError, r"label 0\.5 in row 0"),
        ([float("nan")], InputError, "label nan in row 0"),
        (["1"], InputError, "label 1 in row 0"),
        ([[0, 1]], ShapeError, r"labels of shape \(1, 2\)"),
    ],
)
def test_other_labels_are_refused(labels, error, message):
    with pytest.raises(error, match=message):
        check_labels(labels)


def test_scores_must_be_finite_and_as_many_as_rows():
    assert check_scores([1, 2], 2).dtype == np.float64
    with pytest.raises(InputError, match="gold: inf in row 1"):
        check_scores([0, np.inf], name="gold")
    with pytest.raises(ShapeError, match=r"scores of shape \(2,\). Accepted: \(3,\)"):
        check_scores([0, 1], 3)
    with pytest.raises(ShapeError, match="one axis"):
        check_scores([[0, 1]])


def test_cuts_count_the_rows_above_each_different_score():
    rng = np.random.default_rng(0)
    scores, labels = rng.integers(0, 9, 60) / 8, rng.integers(0, 2, 60)

    cuts = Cuts.of(scores, labels)

    assert cuts.scores_T.tolist() == sorted(set(scores.tolist()), reverse=True)
    for score, predicted, true in zip(cuts.scores_T, cuts.predicted_T, cuts.true_T, strict=True):
        above = [label for value, label in zip(scores, labels, strict=True) if value >= score]
        assert (predicted, true) == (len(above), sum(above))
    assert (cuts.rows, cuts.positives) == (60, labels.sum())


def test_a_threshold_lies_between_the_rows_on_either_side():
    cuts = Cuts.of([3.0, 1.0, 1.0 - 1e-16, np.nextafter(1.0, 0)], [1, 0, 0, 0])

    for cut in range(len(cuts.scores_T)):
        threshold = cuts.threshold(cut)
        assert (cuts.scores_T >= threshold).sum() == cut + 1
    assert cuts.threshold(0) == 2.0


def test_nothing_is_no_input():
    with pytest.raises(InputError, match="no scores"):
        Cuts.of([], [])
