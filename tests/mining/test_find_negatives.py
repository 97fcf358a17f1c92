from collections import UserList

import pytest

from likewise.errors import ConfigError
from likewise.mining.embeddings import EncodeOptions
from likewise.mining.find_negatives import check_measure, find_negatives
from likewise.mining.pairs import pairs_of
from likewise.mining.rescoring import Judge
from likewise.mining.rows import rows_of
from likewise.mining.rules import NegativeRules


@pytest.fixture
def pairs():
    """Pairs whose texts are in no list."""
    columns = (["q 0", "q 90", "q 0"], ["d 5", "d 80", "d 30"], ["c 1", "c 85", "c 120"])
    return pairs_of(("anchor", "positive"), *map(UserList, columns))


def negatives(mined):
    return [row[2] for row in rows_of(mined, "triplet", with_scores=False)]


def test_texts_may_be_in_no_list(pairs, model):
    mined = find_negatives(model, pairs, NegativeRules(num_negatives=1), EncodeOptions())

    assert negatives(mined) == ["c 1", "c 1", "c 85"]
    assert [texts for _, texts, _ in model.calls] == [["q 0", "q 90"], ["c 1", "c 85", "c 120", "d 5", "d 80", "d 30"]]


def test_a_judge_scores_positives_and_candidates(pairs, model, far_is_good):
    rules = NegativeRules(num_negatives=1, range_max=9, rescored=True)

    mined = find_negatives(model, pairs, rules, EncodeOptions(), judge=Judge(far_is_good, pairs, None, at_once=3))

    assert negatives(mined) == ["c 120", "c 120", "c 1"]
    assert (mined.positive_scores * 180).round().tolist() == [5, 30, 10]
    assert max(len(texts) for texts, _ in far_is_good.calls) == 3


def test_measures_are_chosen_by_name():
    assert check_measure(None, True) == check_measure("cosine", False)
    with pytest.raises(ConfigError, match="use_faiss=True with a model that compares by 'manhattan'"):
        check_measure("manhattan", True)
