import numpy as np
import pytest

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.evaluation.metrics.cutoff import accuracy_at_k, precision_at_k, recall_at_k


@pytest.mark.parametrize("k", [1, 3, 10, 20])
@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("P", lambda r, k: precision_at_k(r.relevant, k)),
        ("recall", lambda r, k: recall_at_k(r.relevant, r.totals, k)),
        ("success", lambda r, k: accuracy_at_k(r.relevant, k)),
    ],
    ids=["precision", "recall", "accuracy"],
)
def test_is_what_trec_eval_says(rankings, trec_eval, name, metric, k):
    np.testing.assert_allclose(metric(rankings, k), trec_eval(f"{name}.{k}"), atol=1e-9)


def test_places_that_a_short_ranking_lacks_are_not_relevant():
    assert precision_at_k([[1, 1]], 4).tolist() == [0.5]
    assert recall_at_k([[1, 1]], [4], 10).tolist() == [0.5]
    assert accuracy_at_k(np.zeros((1, 0), bool), 3).tolist() == [0.0]


@pytest.mark.parametrize("k", [0, -1])
def test_a_cutoff_below_one_is_refused(k):
    with pytest.raises(InputError, match=rf"k={k}\. Accepted: an integer of at least 1"):
        precision_at_k([[1]], k)


def test_a_cutoff_that_is_no_integer_is_refused():
    with pytest.raises(InputTypeError, match=r"k=1\.5"):
        accuracy_at_k([[1]], 1.5)


def test_a_query_without_relevant_documents_has_no_recall():
    with pytest.raises(InputError, match="query 1 has 0 relevant documents"):
        recall_at_k([[1], [0]], [1, 0], 1)


def test_more_found_than_there_are_is_refused():
    with pytest.raises(InputError, match="query 0 has 1 relevant documents, of which 2 were found"):
        recall_at_k([[1, 1]], [1], 2)


def test_relevance_must_be_binary_and_have_two_axes():
    with pytest.raises(InputError, match="relevance other than 0 and 1"):
        precision_at_k([[2]], 1)
    with pytest.raises(ShapeError, match=r"relevance of shape \(1,\)"):
        precision_at_k([1], 1)
    with pytest.raises(ShapeError, match=r"totals of shape \(2,\) for 1 queries"):
        recall_at_k([[1]], [1, 1], 1)
