import numpy as np
import pytest

from likewise.errors import InputError
from likewise.evaluation.plots.scores_by_name import checked_scores


def test_scores_with_and_without_a_name():
    by_name, labels = checked_scores([1, 2], [0, 1])
    assert list(by_name) == [""]
    assert by_name[""].dtype == np.float64
    assert labels.tolist() == [False, True]

    assert list(checked_scores({"dot": [1, 2], "cosine": [0, 1]}, [0, 1])[0]) == ["dot", "cosine"]


def test_an_error_names_the_scores():
    with pytest.raises(InputError, match="scores of 'dot': inf in row 1"):
        checked_scores({"cosine": [0.0, 0.0], "dot": [0.0, float("inf")]}, [0, 1])
