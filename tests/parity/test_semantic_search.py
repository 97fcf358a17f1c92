"""semantic_search finds what the peer package finds. Equal scores are compared as sets: the peer has no order there."""

import numpy as np
import pytest
import torch

from likewise import util

peer = pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = pytest.mark.parity


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    return rng.standard_normal((12, 24)).astype(np.float32), rng.standard_normal((3000, 24)).astype(np.float32)


def assert_same(ours, theirs):
    assert [[hit["corpus_id"] for hit in row] for row in ours] == [[hit["corpus_id"] for hit in row] for row in theirs]
    np.testing.assert_allclose(
        [[hit["score"] for hit in row] for row in ours],
        [[hit["score"] for hit in row] for row in theirs],
        rtol=1e-5,
        atol=1e-5,
    )


@pytest.mark.parametrize("name", ["cos_sim", "dot_score", "euclidean_sim", "manhattan_sim"])
@pytest.mark.parametrize(
    "convert", [np.asarray, torch.from_numpy, lambda a: list(torch.from_numpy(a))], ids=["array", "tensor", "list"]
)
def test_hits_are_the_same(rows, name, convert):
    queries, documents = (convert(side) for side in rows)

    ours = util.semantic_search(queries, documents, score_function=getattr(util, name))

    assert_same(ours, peer.util.semantic_search(queries, documents, score_function=getattr(peer.util, name)))


@pytest.mark.parametrize(
    ("queries_at_once", "documents_at_once", "top_k"), [(5, 700, 3), (100, 500000, 25), (1, 1000, 1)]
)
def test_hits_are_the_same_whatever_the_arguments(rows, queries_at_once, documents_at_once, top_k):
    queries, documents = (torch.from_numpy(side) for side in rows)
    arguments = (queries, documents, queries_at_once, documents_at_once, top_k)

    assert_same(util.semantic_search(*arguments), peer.util.semantic_search(*arguments))


def test_a_function_of_the_peer_serves_as_score_function(rows):
    queries, documents = (torch.from_numpy(side) for side in rows)

    assert_same(
        util.semantic_search(queries, documents, score_function=peer.util.cos_sim),
        peer.util.semantic_search(queries, documents),
    )


def test_a_single_query_and_a_small_corpus_give_the_same(rows):
    query, documents = torch.from_numpy(rows[0][0]), torch.from_numpy(rows[1][:4])

    assert_same(util.semantic_search(query, documents), peer.util.semantic_search(query, documents))


def test_no_queries_and_no_documents_give_the_same(rows):
    queries = torch.from_numpy(rows[0])

    assert util.semantic_search(queries, queries[:0]) == peer.util.semantic_search(queries, queries[:0])
    assert util.semantic_search(queries[:0], queries) == peer.util.semantic_search(queries[:0], queries)


def test_nan_is_refused_where_the_peer_ranks_it(rows):
    from likewise.errors import InputError

    queries, documents = (torch.from_numpy(side) for side in rows)
    documents[5, 0] = float("nan")

    with pytest.raises(InputError, match="corpus_embeddings, row 5, holds NaN"):
        util.semantic_search(queries, documents)
