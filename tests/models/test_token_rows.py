import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.models.token_rows import Padding, TokenRows

SEGMENTED = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), max_size=3)


@given(st.lists(SEGMENTED, max_size=12), st.booleans())
def test_keys_are_equal_where_ids_and_segments_are(texts, with_types):
    ids = [[token for token, _ in text] for text in texts]
    types = [[segment for _, segment in text] for text in texts] if with_types else None
    keys = TokenRows.of_lists(ids, types, Padding()).keys()
    wanted = texts if with_types else ids
    for first, key in zip(wanted, keys, strict=True):
        assert [first == second for second in wanted] == [key == other for other in keys]


@pytest.mark.parametrize("types", [None, []])
def test_no_rows_have_no_keys(types):
    assert TokenRows.of_lists([], types, Padding()).keys() == []
