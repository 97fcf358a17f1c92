"""Which columns play which part: by name, by order, by what the user says."""

from __future__ import annotations

import pytest

from likewise.cli.evaluate_columns import FORMS, bind, parse_columns
from likewise.errors import InputError


@pytest.mark.parametrize(
    ("task", "names", "given", "expected"),
    [
        ("sts", "id,Sentence_A,sentence_B,relatedness score", None, ["Sentence_A", "sentence_B", "relatedness score"]),
        ("sts", "score,label,sentence1,sentence2", None, ["sentence1", "sentence2", "score"]),
        ("sts", "x,y,z", None, ["x", "y", "z"]),  # as many as there are parts: in order
        ("sts", "quality,sentence1,sentence2", None, ["sentence1", "sentence2", "quality"]),
        ("sts", "x,y,z,w", "w,y,x", ["w", "y", "x"]),
        ("sts", "sentence1,sentence2,gold,score", "score=gold", ["sentence1", "sentence2", "gold"]),
        ("mining", "sentence1,sentence2,label,id", None, ["sentence1", "sentence2", "label"]),
        ("mining", "id,sentence1,sentence2", None, ["sentence1", "sentence2"]),
        ("mining", "utterance,intent", "text=utterance", ["utterance", "intent"]),
        ("reranking", "query,documents,positive", None, ["query", "positive", "documents"]),
        ("reranking", "question,answer_sentence,label", "document=answer_sentence", None),
        ("triplets", "premise,entailment,contradiction", None, ["premise", "entailment", "contradiction"]),
    ],
)
def test_columns_are_bound(task, names, given, expected):
    found = bind(FORMS[task], names.split(","), parse_columns(given), "file")

    assert list(found.values()) == (expected or names.split(","))


def test_one_column_plays_one_part():
    found = bind(FORMS["reranking"], ["query", "text", "label"], (), "file")

    assert found == {"query": "query", "document": "text", "label": "label"}


@pytest.mark.parametrize(
    ("task", "names", "given", "message"),
    [
        ("sts", "a,b,c,d", None, "it is not clear what the columns"),
        ("sts", "a,b", None, "sentence1, sentence2, score"),
        ("sts", "a,b,c", "a,b,x", "has no column 'x'"),
        ("sts", "a,b,c", "a,b", "it is not clear"),
        ("sts", "a,b,c", "scores=a", "no part 'scores'"),
        ("sts", "a,b,c", "a,score=b", "names, or part=name for each"),
        ("sts", "a,b,c", "a,,b", "--columns a,,b"),
    ],
)
def test_what_is_not_clear_is_refused(task, names, given, message):
    with pytest.raises(InputError, match=message):
        bind(FORMS[task], names.split(","), parse_columns(given), "file")
