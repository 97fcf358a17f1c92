import numpy as np
import pytest

from likewise.evaluation.metrics.reciprocal_rank import reciprocal_rank_at_k


@pytest.mark.parametrize("k", [1, 3, 10, 20])
def test_is_what_trec_eval_says_of_the_first_k_places(rankings, trec_eval, k):
    np.testing.assert_allclose(reciprocal_rank_at_k(rankings.relevant, k), trec_eval("recip_rank", at_most=k))


def test_an_empty_ranking_has_zero():
    assert reciprocal_rank_at_k(np.zeros((2, 0), bool), 3).tolist() == [0.0, 0.0]
