import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from likewise.errors import InputError
from likewise.evaluation.metrics.ndcg import ndcg_at_k
from likewise.evaluation.metrics.reciprocal_rank import reciprocal_rank_at_k
from likewise.evaluation.metrics.tied_ranking import tied_ndcg_at_k, tied_reciprocal_rank_at_k

ROWS = st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=6)
CUTOFFS = st.integers(1, 7)


def every_order(rows):
    """Relevance in each order that the scores allow."""
    orders = itertools.permutations(rows)
    return [
        [label for _, label in order] for order in orders if all(a[0] >= b[0] for a, b in itertools.pairwise(order))
    ]


@settings(max_examples=50, deadline=None)
@given(ROWS, CUTOFFS)
def test_reciprocal_rank_is_the_mean_over_all_orders(rows, k):
    scores, labels = zip(*rows, strict=True)

    mean = reciprocal_rank_at_k(every_order(rows), k).mean()
    assert tied_reciprocal_rank_at_k(scores, labels, k) == pytest.approx(mean)


@settings(max_examples=50, deadline=None)
@given(ROWS.filter(lambda rows: any(label for _, label in rows)), CUTOFFS)
def test_ndcg_is_the_mean_over_all_orders(rows, k):
    scores, labels = zip(*rows, strict=True)
    orders = every_order(rows)

    mean = ndcg_at_k(orders, [sum(labels)] * len(orders), k).mean()
    assert tied_ndcg_at_k(scores, labels, k) == pytest.approx(mean)


@pytest.mark.parametrize("k", [1, 5, 40])
def test_ndcg_is_what_scikit_learn_says(k):
    rng = np.random.default_rng(0)
    scores, labels = rng.integers(0, 5, 30), rng.random(30) < 0.3

    assert tied_ndcg_at_k(scores, labels, k) == pytest.approx(ndcg_score([labels], [scores], k=k))


def test_relevant_documents_without_a_score_lower_ndcg():
    assert tied_ndcg_at_k([2.0, 1.0], [1, 0], 10, total=2) == pytest.approx(1 / (1 + 1 / np.log2(3)))


def test_nothing_relevant_has_reciprocal_rank_zero_and_no_ndcg():
    assert tied_reciprocal_rank_at_k([1.0], [0], 5) == 0.0
    with pytest.raises(InputError, match="no document is relevant"):
        tied_ndcg_at_k([1.0], [0], 5)


def test_a_cutoff_below_one_is_refused():
    with pytest.raises(InputError, match="k=0"):
        tied_reciprocal_rank_at_k([1.0], [1], 0)
