"""Scores of sparse embeddings beside those of the same embeddings, dense, in double precision."""

import pytest
import torch

from likewise.errors import ShapeError
from likewise.ops import similarity, sparse_similarity

NAMES = ["cos_sim", "dot_score", "euclidean_sim", "manhattan_sim"]


def some(rows, width=50, share=0.15, seed=0):
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(rows, width, generator=generator)
    values[torch.rand(rows, width, generator=generator) > share] = 0
    if rows > 1:
        values[1] = 0
    return values


def expected(name, a, b):
    a, b = a.double(), b.double()
    if name == "dot_score":
        return a @ b.T
    if name == "cos_sim":
        lengths = a.norm(dim=1)[:, None] * b.norm(dim=1)[None]
        return torch.where(lengths > 0, a @ b.T / lengths.clamp(min=1e-300), 0.0)
    return -torch.cdist(a, b, p=2.0 if name == "euclidean_sim" else 1.0, compute_mode="donot_use_mm_for_euclid_dist")


@pytest.fixture(params=[2**22, 120], ids=["one tile", "many tiles"])
def _tiles(request, monkeypatch):
    monkeypatch.setattr(sparse_similarity, "_TILE", request.param)


@pytest.mark.usefixtures("_tiles")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("left", [torch.sparse_coo, torch.sparse_csr, torch.strided])
@pytest.mark.parametrize(("rows", "others"), [(3, 17), (17, 3), (1, 1)])
def test_all_pairs(name, left, rows, others):
    a, b = some(rows), some(others, seed=1)
    given = a if left is torch.strided else a.to_sparse(layout=left)

    scores = getattr(similarity, name)(given, b.to_sparse())

    assert scores.layout is torch.strided
    torch.testing.assert_close(scores, expected(name, a, b).float(), atol=1e-5, rtol=1e-5)


@pytest.mark.usefixtures("_tiles")
@pytest.mark.parametrize("name", NAMES)
def test_row_by_row(name):
    a, b = some(9), some(9, seed=1)
    score = getattr(similarity, f"pairwise_{name}")

    torch.testing.assert_close(
        score(a.to_sparse(), b.to_sparse()), expected(name, a, b).diagonal().float(), atol=1e-5, rtol=1e-5
    )
    torch.testing.assert_close(score(a[0].to_sparse(), b.to_sparse()), score(a[0], b))
    torch.testing.assert_close(score(a[0].to_sparse(), b[0].to_sparse()), score(a[0], b[0]))


def test_lists_of_vectors_single_vectors_and_no_vectors():
    a, b = some(4), some(5, seed=1)
    listed = [row.to_sparse() for row in a]

    torch.testing.assert_close(similarity.dot_score(listed, b.to_sparse()), a @ b.T)
    torch.testing.assert_close(similarity.dot_score(a[0].to_sparse(), b.to_sparse()), a[:1] @ b.T)
    assert similarity.dot_score(some(0).to_sparse(), b.to_sparse()).shape == (0, 5)


def test_shapes_that_do_not_fit():
    with pytest.raises(ShapeError, match="dimension 50, b has dimension 49"):
        similarity.dot_score(some(2).to_sparse(), some(2, width=49).to_sparse())
    with pytest.raises(ShapeError, match="2 rows, b has 3"):
        similarity.pairwise_dot_score(some(2).to_sparse(), some(3).to_sparse())
