import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from likewise.errors import InputError, ShapeError
from likewise.evaluation.metrics.score_average_precision import average_precision_of_scores

ROWS = st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=1, max_size=30)


@given(ROWS.filter(lambda rows: any(label for _, label in rows)))
@settings(deadline=None)
def test_is_what_scikit_learn_says_with_ties(rows):
    scores, labels = zip(*rows, strict=True)

    assert average_precision_of_scores(scores, labels) == pytest.approx(average_precision_score(labels, scores))


@given(ROWS.filter(lambda rows: any(label for _, label in rows)))
@settings(deadline=None)
def test_the_order_of_rows_does_not_matter(rows):
    forwards, backwards = (zip(*some, strict=True) for some in (rows, rows[::-1]))

    assert average_precision_of_scores(*forwards) == average_precision_of_scores(*backwards)


def test_positives_without_a_score_lower_it():
    assert average_precision_of_scores([2.0, 1.0], [1, 0], total=4) == 0.25


def test_equal_scores_have_the_share_of_positives():
    assert average_precision_of_scores([1.0] * 4, [1, 0, 0, 0]) == 0.25


def test_no_positives_are_refused():
    with pytest.raises(InputError, match="no label is 1"):
        average_precision_of_scores([1.0], [0])


@pytest.mark.parametrize("scores", [[np.nan, 1.0], [np.inf, 1.0]])
def test_scores_that_are_not_finite_are_refused(scores):
    with pytest.raises(InputError, match=r"in row 0.*finite numbers"):
        average_precision_of_scores(scores, [0, 1])


def test_labels_other_than_0_and_1_are_refused():
    with pytest.raises(InputError, match=r"in row 1.*0 and 1"):
        average_precision_of_scores([0.1, 0.2], [1, 2])


def test_lengths_that_differ_are_refused():
    with pytest.raises(ShapeError, match=r"scores of shape \(1,\).*\(2,\)"):
        average_precision_of_scores([0.1], [1, 0])
