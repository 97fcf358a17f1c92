import logging

import pytest

from likewise.errors import InputError, InputTypeError
from likewise.evaluation.rerank_samples import checked_samples


def only(sample):
    return checked_samples([sample])[0]


def test_positives_come_before_negatives():
    sample = only({"query": "q", "positive": ["a", "b"], "negative": ["c"]})

    assert (sample.candidates, sample.relevant.tolist(), sample.total) == (["a", "b", "c"], [True, True, False], 2)


def test_a_single_positive_may_be_a_text():
    assert only({"query": "q", "positive": "abc", "negative": ["c"]}).candidates == ["abc", "c"]


def test_documents_are_what_a_first_stage_found():
    sample = only({"query": "q", "positive": ["a", "lost"], "documents": ["x", "a", "x", "y"]})

    assert (sample.candidates, sample.relevant.tolist(), sample.total) == (["x", "a", "y"], [False, True, False], 2)


def test_samples_may_be_the_values_of_a_dict():
    assert len(checked_samples({7: {"query": "q", "positive": ["a"], "negative": ["b"]}})) == 1


def test_samples_that_any_ranking_fits_are_left_out_and_counted(caplog):
    good = {"query": "q", "positive": ["a"], "negative": ["b"]}

    with caplog.at_level(logging.WARNING):
        kept = checked_samples([good, {**good, "positive": []}, {**good, "negative": []}])

    assert len(kept) == 1
    assert "2 of 3 samples lack positives or negatives" in caplog.text


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        ([], "none of 0 samples"),
        ([{"query": "q", "positive": [], "negative": ["a"]}], "none of 1 samples has positives and negatives"),
        ([{"query": "q", "positive": ["a"]}], r"sample 0 has \['positive', 'query'\].*'negative' or 'documents'"),
        ([{"positive": ["a"], "negative": ["b"]}], r"sample 0 has \['negative', 'positive'\]"),
    ],
)
def test_samples_without_a_result_are_refused(samples, message):
    with pytest.raises(InputError, match=message):
        checked_samples(samples)


def test_wrong_types_are_refused():
    with pytest.raises(InputTypeError, match="sample 0 is a tuple"):
        checked_samples([("q", "a", "b")])
    with pytest.raises(InputTypeError, match="sample 0: 'positive' is None"):
        checked_samples([{"query": "q", "positive": None, "negative": ["b"]}])
