import pytest

from likewise.errors import ConfigError, InputError, InputTypeError
from likewise.mining.pairs import choose_columns, read_pairs


def test_texts_stand_once_and_pairs_by_anchor(data):
    rows = [("q1", "d1"), ("q2", "d2"), ("q1", "d3"), ("q1", "d1")]

    pairs = read_pairs(data(*rows), (None, None), ["c1", "d2", "c1"])

    assert pairs.columns == ("anchor", "positive")
    assert pairs.anchors == ["q1", "q2"]
    assert pairs.passages == ["c1", "d2", "d1", "d3"]
    assert pairs.anchor_ids.tolist() == [0, 0, 1]
    assert pairs.positive_ids.tolist() == [2, 3, 1]
    assert pairs.most_rows == 3


@pytest.mark.parametrize(
    ("there", "named", "chosen"),
    [
        (["a", "b"], (None, None), ("a", "b")),
        (["positive", "x", "anchor"], (None, None), ("anchor", "positive")),
        (["a", "b"], ("b", None), ("b", "a")),
        (["a", "b"], (None, "a"), ("b", "a")),
        (["a", "b", "c"], ("c", "a"), ("c", "a")),
    ],
)
def test_columns_are_found(there, named, chosen):
    assert choose_columns(there, named) == chosen


@pytest.mark.parametrize(
    ("there", "named"),
    [(["a", "b", "c"], (None, None)), (["a", "b", "c"], ("a", None)), (["a"], (None, None)), (["a", "b"], ("a", "a"))],
)
def test_columns_that_nobody_named_are_not_guessed(there, named):
    with pytest.raises(ConfigError, match="do not say which hold anchors and positives"):
        choose_columns(there, named)


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(ConfigError, match="no column 'query'"):
        choose_columns(["a", "b"], ("query", None))


def test_what_is_no_data_set_is_refused(data):
    import datasets

    with pytest.raises(InputTypeError, match="dataset is a DatasetDict"):
        read_pairs(datasets.DatasetDict(train=data(("q", "d"))), (None, None), None)
    with pytest.raises(InputTypeError, match="dataset is a list"):
        read_pairs([("q", "d")], (None, None), None)
    with pytest.raises(InputError, match="no rows"):
        read_pairs(data(), (None, None), None)


def test_what_is_no_text_is_refused(data):
    with pytest.raises(InputTypeError, match="column 'positive', row 1, holds None"):
        read_pairs(data(("q", "d"), ("q", None)), (None, None), None)
    with pytest.raises(InputTypeError, match="corpus, row 0, holds 7"):
        read_pairs(data(("q", "d")), (None, None), [7])
    with pytest.raises(InputTypeError, match="corpus is one text"):
        read_pairs(data(("q", "d")), (None, None), "one text")
