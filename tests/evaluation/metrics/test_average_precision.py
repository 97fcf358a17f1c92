import numpy as np
import pytest

from likewise.errors import InputError
from likewise.evaluation.metrics.average_precision import average_precision_at_k


@pytest.mark.parametrize("k", [1, 3, 10, 20])
def test_is_what_trec_eval_says_with_the_documented_divisor(rankings, trec_eval, k):
    ours = average_precision_at_k(rankings.relevant, rankings.totals, k)

    theirs = np.array(trec_eval(f"map_cut.{k}")) * rankings.totals / np.minimum(k, rankings.totals)
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


def test_is_the_definition_spelt_out(rankings):
    def naive(row, total, k):
        precisions = [sum(row[: at + 1]) / (at + 1) for at in range(k) if row[at]]
        return sum(precisions) / min(k, total)

    ours = average_precision_at_k(rankings.relevant, rankings.totals, 7)

    pairs = zip(rankings.relevant.tolist(), rankings.totals.tolist(), strict=True)
    np.testing.assert_allclose(ours, [naive(row, total, 7) for row, total in pairs])


def test_a_perfect_ranking_has_one_however_many_documents_are_relevant():
    assert average_precision_at_k(np.ones((1, 3), bool), [50], 3).tolist() == [1.0]


def test_a_query_without_relevant_documents_is_refused():
    with pytest.raises(InputError, match="query 0 has 0 relevant documents"):
        average_precision_at_k([[0]], [0], 1)
