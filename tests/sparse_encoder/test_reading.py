"""What embeddings say: names of tokens, common tokens, how sparse they are."""

import pytest
import torch

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.sparse_encoder.reading import decoded, intersection, sparsity

ROWS = torch.tensor([[0.0, 2.0, 3.0, 0.0], [0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 1.0, 4.0]])
LAYOUTS = [torch.strided, torch.sparse_coo, torch.sparse_csr]


def given(layout):
    return ROWS if layout is torch.strided else ROWS.to_sparse(layout=layout)


def names(places):
    return [f"w{at}" for at in places]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_decode(layout):
    assert decoded(given(layout), names, None) == [
        [("w2", 3.0), ("w1", 2.0)],
        [],
        [("w3", 4.0), ("w0", 1.0), ("w2", 1.0)],
    ]
    assert decoded(given(layout), names, 1) == [[("w2", 3.0)], [], [("w3", 4.0)]]
    assert decoded(given(layout), names, 0) == [[], [], []]


def test_decode_one_and_none():
    assert decoded(ROWS[0].to_sparse(), names, None) == [("w2", 3.0), ("w1", 2.0)]
    assert decoded(ROWS[:0], names, None) == []
    explicit = torch.sparse_coo_tensor([[1, 2]], [0.0, 5.0], (4,), check_invariants=True)
    assert decoded(explicit, names, None) == [("w2", 5.0)]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_intersection(layout):
    for other in (ROWS[2], ROWS):
        found = intersection(ROWS[0], other if layout is torch.strided or other.dim() == 1 else given(layout))
        assert found.is_coalesced()
        assert torch.equal(found.to_dense(), ROWS[0] * other)
        assert found._nnz() == int((ROWS[0] * other != 0).sum())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_sparsity(layout):
    assert sparsity(given(layout)) == {"active_dims": pytest.approx(5 / 3), "sparsity_ratio": pytest.approx(7 / 12)}
    assert sparsity(ROWS[0]) == {"active_dims": 2.0, "sparsity_ratio": 0.5}
    assert sparsity(ROWS[:0])["active_dims"] == 0


@pytest.mark.parametrize("function", [lambda e: decoded(e, names, None), lambda e: intersection(e, e), sparsity])
def test_what_is_no_embedding(function):
    with pytest.raises(InputTypeError, match="list"):
        function([1.0])
    with pytest.raises(ShapeError, match=r"\(1, 1, 1\)"):
        function(torch.ones(1, 1, 1))


def test_bad_arguments():
    with pytest.raises(InputError, match="top_k"):
        decoded(ROWS, names, -1)
    with pytest.raises(ShapeError, match=r"\(3, 4\)"):
        intersection(ROWS, ROWS)
    with pytest.raises(ShapeError, match="same dimension"):
        intersection(ROWS[0], torch.ones(5))
