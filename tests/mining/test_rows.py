import numpy as np
import pytest

from likewise.errors import ConfigError
from likewise.mining import rows as forms
from likewise.mining.mined import Mined
from likewise.mining.pairs import read_pairs
from likewise.mining.rows import as_dataset, check_names, form_of


@pytest.fixture
def mined(data):
    """q1 has two positives and two negatives, q2 one of each, q3 no negative."""
    rows = [("q1", "d1"), ("q2", "d3"), ("q1", "d2"), ("q3", "d4")]
    return Mined(
        pairs=read_pairs(data(*rows, names=("question", "answer")), (None, None), ["c1"]),
        positive_scores=np.float32([0.5, 0.25, 0.75, 1]),
        negative_ids=np.array([[0, 2], [0, -1], [-1, -1]]),
        negative_scores=np.float32([[0.125, 0], [0.5, -np.inf], [-np.inf, -np.inf]]),
        turned_down={},
    )


def rows_of(mined, form, with_scores=False):
    dataset = as_dataset(mined, form, with_scores=with_scores)
    return dataset.column_names, [tuple(row.values()) for row in dataset]


def test_triplets(mined):
    names, rows = rows_of(mined, "triplet")

    assert names == ["question", "answer", "negative"]
    assert rows == [("q1", "d1", "c1"), ("q1", "d1", "d3"), ("q1", "d2", "c1"), ("q1", "d2", "d3"), ("q2", "d3", "c1")]
    assert rows_of(mined, "triplet", True)[1][1] == ("q1", "d1", "d3", [0.5, 0.0])


def test_tuples_hold_complete_rows_only(mined):
    names, rows = rows_of(mined, "n-tuple")

    assert names == ["question", "answer", "negative_1", "negative_2"]
    assert rows == [("q1", "d1", "c1", "d3"), ("q1", "d2", "c1", "d3")]
    assert rows_of(mined, "n-tuple", True)[1][1] == ("q1", "d2", "c1", "d3", [0.25, 0.125, 0.0])


def test_labeled_pairs_name_each_negative_of_an_anchor_once(mined):
    names, rows = rows_of(mined, "labeled-pair")

    assert names == ["question", "answer", "label"]
    assert rows[:4] == [("q1", "d1", 1), ("q1", "d2", 1), ("q1", "c1", 0), ("q1", "d3", 0)]
    assert rows[4:] == [("q2", "d3", 1), ("q2", "c1", 0), ("q3", "d4", 1)]
    assert rows_of(mined, "labeled-pair", True)[1][2] == ("q1", "c1", 0.125)


def test_labeled_lists_have_at_least_one_negative(mined):
    names, rows = rows_of(mined, "labeled-list")

    assert names == ["question", "answer", "labels"]
    assert rows[0] == ("q1", ["d1", "c1", "d3"], [1, 0, 0])
    assert rows[2:] == [("q2", ["d3", "c1"], [1, 0])]
    assert rows_of(mined, "labeled-list", True)[1][2] == ("q2", ["d3", "c1"], [0.75, 0.5])


@pytest.mark.parametrize("form", ["triplet", "n-tuple", "labeled-pair", "labeled-list"])
@pytest.mark.parametrize("with_scores", [False, True])
def test_rows_do_not_depend_on_how_many_anchors_are_taken_at_a_time(mined, form, with_scores, monkeypatch):
    names, rows = rows_of(mined, form, with_scores)

    monkeypatch.setattr(forms, "_ANCHORS", 1)

    assert rows_of(mined, form, with_scores) == (names, rows)
    assert list(forms.rows_of(mined, form, with_scores=with_scores)) == rows
    assert list(forms.kinds_of(mined, form, with_scores=with_scores)) == names


def test_positives_among_the_candidates_ask_for_tuples():
    assert form_of("triplet", include_positives=True) == "n-tuple"
    assert form_of("triplet", include_positives=False) == "triplet"


@pytest.mark.parametrize("form", ["triplet", "n-tuple", "labeled-pair", "labeled-list"])
@pytest.mark.parametrize("with_scores", [False, True])
def test_columns_have_their_types_even_without_rows(mined, form, with_scores):
    full = as_dataset(mined, form, with_scores=with_scores)
    nothing = Mined(
        pairs=mined.pairs,
        positive_scores=mined.positive_scores,
        negative_ids=np.full((3, 2), -1),
        negative_scores=np.full((3, 2), -np.inf, np.float32),
        turned_down={},
    )

    assert as_dataset(nothing, form, with_scores=with_scores).features == full.features


def test_names_that_the_result_needs_are_refused():
    check_names(("question", "positive"))

    for name in ("label", "negative", "negative_2", "scores"):
        with pytest.raises(ConfigError, match=f"column called '{name}'"):
            check_names(("question", name))
