import random
from collections import Counter, UserList

import pytest

from likewise.errors import ConfigError, InputError, InputTypeError
from likewise.mining.pairs import choose_columns, pairs_of, read_pairs


def test_texts_stand_once_and_pairs_by_anchor(data):
    rows = [("q1", "d1"), ("q2", "d2"), ("q1", "d3"), ("q1", "d1")]

    pairs = read_pairs(data(*rows), (None, None), ["c1", "d2", "c1"])

    assert pairs.columns == ("anchor", "positive")
    assert pairs.anchors == ["q1", "q2"]
    assert pairs.passages == ["c1", "d2", "d1", "d3"]
    assert pairs.anchor_ids.tolist() == [0, 0, 1]
    assert pairs.positive_ids.tolist() == [2, 3, 1]
    assert pairs.most_rows == 3
    assert pairs.own_ids.tolist() == [-2, -2]


@pytest.mark.parametrize("seed", range(10))
def test_numbers_say_which_texts_are_the_same(seed):
    rng = random.Random(seed)
    anchors, positives = (rng.choices([f"{letter} {n}" for n in range(9)] + ["both"], k=40) for letter in "qd")
    corpus = rng.choices([*anchors, *positives, "c 1", "c 2"], k=rng.choice([0, 30]))

    pairs = pairs_of(("a", "p"), anchors, positives, corpus)

    passages = list(dict.fromkeys(corpus + positives))
    assert list(pairs.anchors) == list(dict.fromkeys(anchors))
    assert list(pairs.passages) == passages
    assert [pairs.passages[at] if at >= 0 else None for at in pairs.own_ids] == [
        text if text in passages else None for text in pairs.anchors
    ]
    places = list(zip(pairs.anchor_ids.tolist(), pairs.positive_ids.tolist(), strict=True))
    rows = dict.fromkeys(zip(anchors, positives, strict=True))
    assert [(pairs.anchors[a], pairs.passages[p]) for a, p in places] == sorted(
        rows, key=lambda row: pairs.anchors.index(row[0])
    )
    assert pairs.most_rows == max(Counter(anchors).values())


def test_models_get_lists_and_only_views_read_when_they_are_asked(data):
    class Counted(UserList):
        reads = 0

        def __getitem__(self, row):
            self.reads += 1
            return super().__getitem__(row)

    texts = Counted(["q1", "q2", "q1"])
    pairs = pairs_of(("a", "p"), texts, ["d", "e", "f"], [])
    before = texts.reads

    assert pairs.anchors[1] == "q2"
    assert texts.reads == before + 1
    assert type(read_pairs(data(("q", "d")), (None, None), None).passages) is list


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
