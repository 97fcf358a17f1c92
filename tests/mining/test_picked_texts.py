import numpy as np
import pytest

from likewise.mining.picked_texts import PickedTexts


@pytest.fixture
def picked():
    return PickedTexts([["a", "b"], [], ["c", "d"]], np.array([1, 2, 3, 0]))


def test_rows_are_counted_through_the_sources(picked):
    assert list(picked) == ["b", "c", "d", "a"]
    assert (len(picked), picked[-1]) == (4, "a")


def test_a_slice_reads_nothing(picked):
    part = picked[1:3]

    assert isinstance(part, PickedTexts)
    assert list(part) == ["c", "d"]
    assert list(picked[4:9]) == []


def test_what_is_not_there_is_refused(picked):
    with pytest.raises(IndexError):
        picked[4]
