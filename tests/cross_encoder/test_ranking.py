import numpy as np
import pytest

from likewise.cross_encoder.ranking import RankRequest, check_top_k
from likewise.errors import InputError, InputTypeError


def test_one_query():
    request = RankRequest.of("q", ["a", "b", "c"])

    assert request.pairs() == [("q", "a"), ("q", "b"), ("q", "c")]
    assert request.ranked(np.array([0.1, 0.3, 0.2]), top_k=2, return_documents=True) == [
        {"corpus_id": 1, "score": 0.3, "text": "b"},
        {"corpus_id": 2, "score": 0.2, "text": "c"},
    ]


def test_many_queries_with_lists_of_their_own():
    request = RankRequest.of(["q", "r", "s"], [["a"], [], ["b", "c"]])

    assert request.pairs() == [("q", "a"), ("s", "b"), ("s", "c")]
    assert request.ranked(np.array([1.0, 2.0, 3.0]), top_k=None, return_documents=False) == [
        [{"corpus_id": 0, "score": 1.0}],
        [],
        [{"corpus_id": 1, "score": 3.0}, {"corpus_id": 0, "score": 2.0}],
    ]


def test_many_queries_with_one_list():
    assert RankRequest.of(["q", "r"], ["a", "b"]).pairs() == [("q", "a"), ("q", "b"), ("r", "a"), ("r", "b")]


def test_nothing_to_rank():
    assert RankRequest.of("q", []).ranked(np.zeros(0), top_k=None, return_documents=True) == []
    assert RankRequest.of([], []).ranked(np.zeros(0), top_k=None, return_documents=True) == []
    assert RankRequest.of(["q", "r"], []).ranked(np.zeros(0), top_k=3, return_documents=True) == [[], []]


def test_equal_scores_stay_in_order_and_nan_goes_last():
    request = RankRequest.of("q", list("abcd"))

    ranked = request.ranked(np.array([np.nan, 0.5, 0.7, 0.5]), top_k=None, return_documents=False)

    assert [each["corpus_id"] for each in ranked] == [2, 1, 3, 0]


def test_scores_are_python_floats():
    (entry,) = RankRequest.of("q", ["a"]).ranked(np.array([0.5], np.float32), top_k=None, return_documents=False)

    assert type(entry["score"]) is float
    assert type(entry["corpus_id"]) is int


@pytest.mark.parametrize(
    ("query", "documents", "message"),
    [
        ("q", "a text", "documents is 'a text' of type str"),
        ("q", None, "documents is None"),
        ("q", ["a", None], "document 1 is None"),
        ("q", [["a"]], "document 0 is a list"),
        (None, ["a"], "query is None"),
        (["q", None], ["a"], "query 1 is None"),
        (["q", "r"], ["a", ["b"]], r"documents\[0\] is 'a'"),
        (["q"], [["a", 3]], "document 1 is a int"),
    ],
    ids=repr,
)
def test_wrong_kinds(query, documents, message):
    with pytest.raises(InputTypeError, match=message):
        RankRequest.of(query, documents)


def test_as_many_lists_as_queries():
    with pytest.raises(InputError, match="2 queries with 1 lists"):
        RankRequest.of(["q", "r"], [["a"]])


@pytest.mark.parametrize(
    ("top_k", "error"), [(0, InputError), (-1, InputError), (True, InputTypeError), ("1", InputTypeError)]
)
def test_wrong_numbers_of_results(top_k, error):
    with pytest.raises(error, match="top_k="):
        check_top_k(top_k)


def test_texts_may_be_dictionaries():
    query, documents = {"text": "q"}, [{"text": "a"}, "b"]

    assert RankRequest.of(query, documents).single
    assert RankRequest.of(query, documents).pairs() == [(query, documents[0]), (query, "b")]
    assert RankRequest.of([query, "r"], documents).pairs()[2:] == [("r", documents[0]), ("r", "b")]
