import logging

import numpy as np
import pytest

from likewise.errors import InputError, InputTypeError
from likewise.evaluation.retrieval_data import RetrievalData

QUERIES = {"q0": "zero", "q1": "one"}
CORPUS = {"d0": "a", "d1": "b", "d2": "c"}


def test_relevance_follows_the_order_of_the_corpus():
    data = RetrievalData.of(QUERIES, CORPUS, {"q0": {"d2"}, "q1": ["d0", "d1"]})

    found = data.relevance(np.array([[0, 1, 2], [0, 2, -1]]))

    assert found.tolist() == [[False, False, True], [True, False, False]]
    assert data.totals_Q.tolist() == [1, 2]


def test_relevance_equals_looking_up_each_document():
    rng = np.random.default_rng(0)
    corpus = {f"d{n}": "" for n in range(50)}
    relevant = {f"q{n}": set(rng.choice(list(corpus), 5).tolist()) for n in range(20)}
    data = RetrievalData.of({query: query for query in relevant}, corpus, relevant)
    ids = rng.permuted(np.tile(np.arange(50), (20, 1)), axis=1)[:, :30]

    expected = [[f"d{number}" in relevant[f"q{query}"] for number in row] for query, row in enumerate(ids)]
    assert data.relevance(ids).tolist() == expected


def test_an_empty_place_is_not_the_last_document_of_the_query_before():
    data = RetrievalData.of(QUERIES, CORPUS, {"q0": {"d2"}, "q1": {"d0"}})

    assert data.relevance(np.array([[-1], [-1]])).tolist() == [[False], [False]]


def test_queries_without_relevant_documents_are_left_out_and_counted(caplog):
    with caplog.at_level(logging.WARNING):
        data = RetrievalData.of(QUERIES, CORPUS, {"q1": {"d0"}, "q0": set(), "of another split": {"d0"}})

    assert data.query_ids == ["q1"]
    assert "1 of 2 queries have no relevant documents" in caplog.text


def test_relevant_ids_that_the_corpus_lacks_count_as_never_found(caplog):
    with caplog.at_level(logging.WARNING):
        data = RetrievalData.of(QUERIES, CORPUS, {"q0": {"d0", "d9"}})

    assert data.totals_Q.tolist() == [2]
    assert "1 of 2 relevant documents, such as 'd9', are not in the corpus" in caplog.text


def test_grades_above_zero_are_relevant():
    data = RetrievalData.of(QUERIES, CORPUS, {"q0": {"d0": 2, "d1": 0, "d2": 1}})

    assert data.relevance(np.array([[0, 1, 2]])).tolist() == [[True, False, True]]


def test_a_document_named_twice_counts_once():
    assert RetrievalData.of(QUERIES, CORPUS, {"q0": ["d0", "d0"]}).totals_Q.tolist() == [1]


@pytest.mark.parametrize(
    ("queries", "corpus", "relevant", "message"),
    [
        (QUERIES, {}, {"q0": {"d0"}}, "corpus is empty"),
        ({}, CORPUS, {"q0": {"d0"}}, "queries is empty"),
        (QUERIES, CORPUS, {}, "none of 2 queries has relevant documents"),
        ({0: "zero"}, CORPUS, {"0": {"d0"}}, r"compare the ids: queries has 0, relevant_docs has '0'"),
        (QUERIES, CORPUS, {"q0": {0}}, "compare the ids: corpus has 'd0', relevant_docs has 0"),
    ],
    ids=["no corpus", "no queries", "nothing relevant", "query ids of another type", "document ids of another type"],
)
def test_a_task_without_a_result_is_refused(queries, corpus, relevant, message):
    with pytest.raises(InputError, match=message):
        RetrievalData.of(queries, corpus, relevant)


def test_wrong_types_are_refused():
    with pytest.raises(InputTypeError, match="corpus is a list"):
        RetrievalData.of(QUERIES, ["a"], {"q0": {"d0"}})
    with pytest.raises(InputTypeError, match=r"relevant_docs\['q0'\] is 'd0'.*a set of document ids"):
        RetrievalData.of(QUERIES, CORPUS, {"q0": "d0"})
