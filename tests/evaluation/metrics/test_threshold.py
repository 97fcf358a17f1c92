import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from likewise.errors import InputError
from likewise.evaluation.metrics.threshold import best_accuracy, best_f1

ROWS = st.lists(st.tuples(st.integers(-4, 4).map(lambda n: n / 8), st.booleans()), min_size=1, max_size=25)


def every_prediction(scores):
    """What can be predicted with any threshold: the rows from each score up, and none."""
    return [scores >= cut for cut in [*np.unique(scores), np.inf]]


@given(ROWS)
@settings(deadline=None)
def test_no_threshold_has_a_better_accuracy_and_the_one_given_has_it(rows):
    scores, labels = (np.array(column) for column in zip(*rows, strict=True))

    best = best_accuracy(scores, labels)

    assert best.accuracy == pytest.approx(max(accuracy_score(labels, said) for said in every_prediction(scores)))
    assert accuracy_score(labels, scores >= best.threshold) == pytest.approx(best.accuracy)


@given(ROWS.filter(lambda rows: any(label for _, label in rows)))
@settings(deadline=None)
def test_no_threshold_has_a_better_f1_and_the_one_given_has_it(rows):
    scores, labels = (np.array(column) for column in zip(*rows, strict=True))

    best = best_f1(scores, labels)

    said = scores >= best.threshold
    assert best.f1 == pytest.approx(max(f1_score(labels, other) for other in every_prediction(scores)[:-1]))
    assert [best.f1, best.precision, best.recall] == pytest.approx(
        [f1_score(labels, said), precision_score(labels, said), recall_score(labels, said)]
    )


@given(ROWS)
@settings(deadline=None)
def test_distances_give_the_same_as_negative_distances(rows):
    scores, labels = (np.array(column) for column in zip(*rows, strict=True))

    for find in (best_accuracy, best_f1):
        near, far = find(scores, labels), find(-scores, labels, greater_is_better=False)
        assert far.threshold == pytest.approx(-near.threshold)
        assert type(near)(**{**_fields(far), "threshold": near.threshold}) == near


def _fields(best):
    return {name: getattr(best, name) for name in best.__slots__}


def test_rows_of_label_0_alone_are_best_predicted_by_no_row():
    best = best_accuracy([0.9, 0.1], [0, 0])

    assert (best.accuracy, best.threshold) == (1.0, np.nextafter(0.9, 1.0))


def test_rows_of_label_1_alone_are_best_predicted_by_every_row():
    assert best_accuracy([0.9, 0.1], [1, 1]).threshold == 0.1


def test_without_label_1_there_is_no_f1():
    best = best_f1([0.9, 0.1], [0, 0])

    assert (best.f1, best.precision, best.recall, best.threshold) == (0.0, 0.0, 0.0, 0.0)


def test_a_threshold_between_neighbouring_floats_separates_them():
    upper = 0.3
    lower = np.nextafter(upper, 0.0)

    best = best_accuracy([upper, lower], [1, 0])

    assert (best.accuracy, best.threshold) == (1.0, upper)


def test_no_rows_are_refused():
    with pytest.raises(InputError, match="no scores"):
        best_accuracy([], [])
