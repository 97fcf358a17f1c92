import numpy as np
import pytest

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.evaluation.metrics.rankings import check_cutoff, check_totals, first_places


@pytest.mark.parametrize("kind", [bool, np.int64, float])
def test_the_first_places_of_any_type(kind):
    relevant = np.array([[1, 0, 1], [0, 0, 1]]).astype(kind)

    assert first_places(relevant, 2).tolist() == [[True, False], [False, False]]
    assert first_places(relevant, 9).shape == (2, 3)


def test_relevance_of_another_form_is_refused():
    with pytest.raises(ShapeError, match=r"relevance of shape \(3,\)"):
        first_places([1, 0, 1], 2)
    with pytest.raises(InputError, match="relevance other than 0 and 1"):
        first_places([[2, 0]], 2)


@pytest.mark.parametrize(
    ("k", "error", "message"),
    [
        (0, InputError, "k=0"),
        (-1, InputError, "k=-1"),
        (1.0, InputTypeError, r"k=1\.0"),
        ("3", InputTypeError, "k='3'"),
    ],
)
def test_bad_ranks_are_refused(k, error, message):
    with pytest.raises(error, match=message):
        check_cutoff(k)


def test_totals_are_at_least_what_was_found():
    hits = np.array([[True, True], [False, False]])

    assert check_totals([2, 1], hits).tolist() == [2, 1]
    with pytest.raises(InputError, match="query 0 has 1 relevant documents, of which 2 were found"):
        check_totals([1, 1], hits)
    with pytest.raises(InputError, match="query 1 has 0 relevant documents"):
        check_totals([2, 0], hits)
    with pytest.raises(ShapeError, match=r"totals of shape \(1,\) for 2 queries"):
        check_totals([2], hits)
