import numpy as np
import pytest

from likewise.mining.rules import NegativeRules
from likewise.mining.sampling import sample

IDS = np.array([[10, 11, 12, 13], [20, 21, 22, 23]])
SCORES = np.float32([[0.9, 0.8, 0.7, 0.6], [0.5, 0.9, 0.5, 0.1]])


def taken(admissible, **rules):
    ids, scores = sample(IDS, SCORES, np.array(admissible, bool), NegativeRules(**rules), np.random.default_rng(0))
    return ids.tolist(), scores


def test_the_best_are_taken_equal_scores_in_order():
    ids, scores = taken(np.ones((2, 4)), num_negatives=3)

    assert ids == [[10, 11, 12], [21, 20, 22]]
    np.testing.assert_array_equal(scores, np.float32([[0.9, 0.8, 0.7], [0.9, 0.5, 0.5]]))


def test_what_is_missing_comes_last():
    ids, scores = taken([[0, 1, 0, 1], [0, 0, 0, 0]], num_negatives=5)

    assert ids == [[11, 13, -1, -1, -1], [-1] * 5]
    assert np.isinf(scores).sum() == 8


def test_the_first_ranks_that_are_left_are_passed_over():
    assert taken([[0, 1, 1, 1], [1, 1, 1, 1]], num_negatives=2, range_min=1)[0] == [[12, 13], [20, 22]]
    assert taken(np.ones((2, 4)), num_negatives=2, range_min=9)[0] == [[-1, -1], [-1, -1]]


def test_random_draws_admissible_ones_each_once_in_order_of_rank():
    rng = np.random.default_rng(1)
    rules = NegativeRules(num_negatives=2, sampling_strategy="random")
    admissible = np.array([[1, 1, 0, 1], [0, 0, 1, 0]], bool)

    draws = [sample(IDS, SCORES, admissible, rules, rng)[0].tolist() for _ in range(60)]

    assert {tuple(first) for first, _ in draws} == {(10, 11), (10, 13), (11, 13)}
    assert {tuple(second) for _, second in draws} == {(22, -1)}


@pytest.mark.parametrize("strategy", ["top", "random"])
def test_as_many_as_there_are_gives_all(strategy):
    assert taken(np.ones((2, 4)), num_negatives=4, sampling_strategy=strategy)[0][0] == [10, 11, 12, 13]
