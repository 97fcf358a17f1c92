import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import matthews_corrcoef

from likewise.errors import InputError, ShapeError
from likewise.evaluation.metrics.matthews import matthews_correlation


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30))
@settings(deadline=None)
def test_is_what_scikit_learn_says(rows):
    said, true = (np.array(column).astype(int) for column in zip(*rows, strict=True))

    with warnings.catch_warnings(action="ignore"):  # scikit-learn remarks on labels that are all the same
        theirs = matthews_corrcoef(true, said)
    assert matthews_correlation(said, true) == pytest.approx(theirs)


def test_a_constant_prediction_has_zero():
    assert matthews_correlation([1, 1, 1], [1, 0, 1]) == 0.0


def test_counts_whose_product_leaves_int64_are_no_problem():
    rows = np.arange(2_000_000)

    assert matthews_correlation(rows % 2, rows % 2) == 1.0


def test_bad_input_is_refused():
    with pytest.raises(InputError, match=r"label 2\b.*in row 0"):
        matthews_correlation([2], [1])
    with pytest.raises(ShapeError, match="1 predictions for 2 labels"):
        matthews_correlation([1], [1, 0])
