import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.encoding.repeats import Places, Repeats

KEYS = st.lists(st.integers(0, 6), max_size=30)


@given(KEYS)
def test_each_place_belongs_to_the_first_thing_equal_to_it(keys):
    repeats = Repeats.of_keys(keys)
    if repeats is None:
        assert len(set(keys)) == len(keys)
        return
    assert [keys[at] for at in repeats.first] == list(dict.fromkeys(keys))
    places, which = repeats.places(np.arange(len(repeats.first)))
    assert sorted(places.tolist()) == list(range(len(keys)))
    assert [keys[at] for at in places] == [keys[repeats.first[number]] for number in which]


@given(KEYS, st.randoms(use_true_random=False))
def test_some_of_the_things_give_their_places_alone(keys, random):
    repeats = Repeats.of_keys(keys)
    if repeats is None:
        return
    chosen = random.sample(range(len(repeats.first)), random.randint(0, len(repeats.first)))
    places, which = repeats.places(np.array(chosen, dtype=np.int64))
    values = {keys[repeats.first[number]] for number in chosen}
    assert sorted(places.tolist()) == [at for at, key in enumerate(keys) if key in values]
    assert [keys[at] for at in places] == [keys[repeats.first[chosen[at]]] for at in which]


def test_things_with_equal_hashes_are_told_apart():
    assert hash(-1) == hash(-2)
    assert Repeats.of_keys([-1, -2]) is None
    assert Repeats.of_keys([-1, -2, -1]).first.tolist() == [0, 1]


@pytest.mark.parametrize(
    "inputs",
    [[], ["a"], ["a", "b"], [["a", "b"], ["a", "b"]], [{"a": "b"}, {"a": "b"}], [({"a": "b"},), ({"a": "b"},)]],
)
def test_what_differs_or_cannot_be_compared_has_no_repeats(inputs):
    assert Repeats.of_inputs(inputs) is None


def test_a_kind_of_text_of_its_own_is_left_alone():
    class Text(str):
        pass

    assert Repeats.of_inputs([Text("a"), "a"]) is None


def test_pairs_repeat_when_both_texts_do():
    assert Repeats.of_inputs([("a", "b"), ("a", "c"), ("a", "b"), "a"]).first.tolist() == [0, 1, 3]


def test_places_go_through_two_levels():
    rows = Repeats.of_keys("xyx")
    inputs = Repeats.of_inputs(["b", "a", "b", "c", "b"])
    places = Places(np.array([1, 0])).through(rows).through(inputs)
    assert dict(zip(places.positions.tolist(), places.rows.tolist(), strict=True)) == {1: 0, 0: 1, 2: 1, 4: 1, 3: 1}


def test_blocks_cover_all_places_in_order():
    places = Places(np.arange(5000), np.arange(5000) % 3)
    positions, rows = zip(*places.blocks(), strict=True)
    assert len(positions) > 1
    assert np.array_equal(np.concatenate(positions), places.positions)
    assert np.array_equal(np.concatenate(rows), places.rows)
