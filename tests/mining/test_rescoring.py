import numpy as np
import pytest

from likewise.errors import InputError
from likewise.mining.candidates import Candidates
from likewise.mining.pairs import read_pairs
from likewise.mining.rescoring import Judge


@pytest.fixture
def pairs(data):
    return read_pairs(data(("q 0", "d 90"), ("q 10", "d 100")), (None, None), ["c 45"])


def test_candidates_keep_their_order_and_get_new_scores(pairs, far_is_good):
    ids = np.array([[2, -1], [0, 1]])
    found = Candidates(anchors=np.array([0, 1]), ids=ids, scores=np.zeros((2, 2), np.float32))

    judged = Judge(far_is_good, pairs, 16).rescored(found)

    assert judged.ids.tolist() == ids.tolist()
    np.testing.assert_allclose(judged.scores * 180, [[100, -np.inf], [35, 80]], rtol=1e-6)
    texts, arguments = far_is_good.calls[0]
    assert texts == [("q 0", "d 100"), ("q 10", "c 45"), ("q 10", "d 90")]
    assert arguments["batch_size"] == 16


def test_pairs_are_given_a_few_at_a_time(pairs, far_is_good):
    anchors, passages = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 0, 2, 1])

    few = Judge(far_is_good, pairs, None, at_once=2).pair_scores(anchors, passages)

    assert [len(texts) for texts, _ in far_is_good.calls] == [2, 2, 1]
    assert few.tolist() == Judge(far_is_good, pairs, None).pair_scores(anchors, passages).tolist()
    assert len(far_is_good.calls) == 4


def test_no_pairs_need_no_model(pairs):
    assert Judge(None, pairs, 16).pair_scores(np.empty(0, np.int64), np.empty(0, np.int64)).shape == (0,)


@pytest.mark.parametrize(
    ("result", "shape"), [(np.zeros((2, 3)), r"\(2, 3\)"), (np.zeros(1), r"\(1,\)"), ([0.0, np.nan], r"\(2,\)")]
)
def test_what_is_not_one_score_for_each_pair_is_refused(pairs, result, shape):
    class Model:
        def predict(self, pairs, **arguments):
            return result

    with pytest.raises(InputError, match=f"scores of shape {shape} for 2 pairs"):
        Judge(Model(), pairs, None).pair_scores(np.array([0, 1]), np.array([0, 1]))


def test_one_column_of_scores_is_taken(pairs):
    class Model:
        def predict(self, pairs, **arguments):
            assert "batch_size" not in arguments
            return np.float32([[0.5], [0.25]])

    assert Judge(Model(), pairs, None).pair_scores(np.array([0, 1]), np.array([0, 1])).tolist() == [0.5, 0.25]
