import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from likewise.evaluation.metrics.ndcg import ndcg_at_k


@pytest.mark.parametrize("k", [1, 3, 10, 20])
def test_is_what_trec_eval_says(rankings, trec_eval, k):
    ours = ndcg_at_k(rankings.relevant, rankings.totals, k)

    np.testing.assert_allclose(ours, trec_eval(f"ndcg_cut.{k}"), atol=1e-9)


def test_is_what_scikit_learn_says_where_all_relevant_documents_are_ranked(rankings):
    kept = rankings.relevant.any(1)
    relevant = rankings.relevant[kept]

    theirs = [ndcg_score(row[None], np.arange(20, 0, -1)[None], k=5) for row in relevant]
    np.testing.assert_allclose(ndcg_at_k(relevant, relevant.sum(1), 5), theirs)


def test_documents_behind_rank_k_do_not_matter(rankings):
    other = rankings.relevant.copy()
    other[:, 10:] = other[:, 10:][:, ::-1]

    np.testing.assert_array_equal(
        ndcg_at_k(other, rankings.totals, 10), ndcg_at_k(rankings.relevant, rankings.totals, 10)
    )


def test_more_places_than_documents_are_no_error():
    assert ndcg_at_k([[1]], [1], 100).tolist() == [1.0]
