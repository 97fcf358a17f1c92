import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.ops.similarity import cos_sim, dot_score, euclidean_sim, manhattan_sim
from likewise.search import semantic_search

FUNCTIONS = [cos_sim, dot_score, euclidean_sim, manhattan_sim]
KINDS = {"numpy": np.asarray, "torch": torch.from_numpy}


def by_name(function):
    return getattr(function, "__name__", None)


def sample(queries=20, documents=3000, dim=16, seed=0):
    """Documents of which some are copies of each other, and some are copies of queries."""
    rng = np.random.default_rng(seed)
    query_rows = rng.standard_normal((queries, dim)).astype(np.float32)
    rows = rng.standard_normal((documents, dim)).astype(np.float32)
    copies = documents // 4
    rows[2 * copies : 3 * copies] = rows[:copies]
    rows[-queries:] = query_rows
    return query_rows, rows


def naive(queries, documents, top_k, function):
    """Score everything at once, sort stably: equal scores by the lower id."""
    q, d = queries.astype(np.float64), documents.astype(np.float64)
    if function is cos_sim:
        scores = (q / np.linalg.norm(q, axis=1)[:, None]) @ (d / np.linalg.norm(d, axis=1)[:, None]).T
    elif function is dot_score:
        scores = q @ d.T
    elif function is euclidean_sim:
        scores = np.stack([-np.linalg.norm(d - row, axis=1) for row in q])
    else:
        scores = np.stack([-np.abs(d - row).sum(1) for row in q])
    scores = scores.astype(np.float32)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :top_k]
    return order, np.take_along_axis(scores, order, 1)


def ids(hits):
    return [[hit["corpus_id"] for hit in row] for row in hits]


def scores(hits):
    return [[hit["score"] for hit in row] for row in hits]


@pytest.mark.parametrize("function", FUNCTIONS, ids=by_name)
@pytest.mark.parametrize("kind", KINDS)
def test_the_result_is_that_of_scoring_and_sorting_everything(function, kind):
    queries, documents = sample()

    hits = semantic_search(KINDS[kind](queries), KINDS[kind](documents), top_k=10, score_function=function)

    expected_ids, expected_scores = naive(queries, documents, 10, function)
    assert ids(hits) == expected_ids.tolist()
    np.testing.assert_allclose(scores(hits), expected_scores, rtol=1e-6, atol=1e-6)


def test_a_hit_holds_plain_numbers_under_the_documented_keys():
    hit = semantic_search(np.ones((1, 2)), np.ones((1, 2)))[0][0]

    assert {key: type(value) for key, value in hit.items()} == {"corpus_id": int, "score": float}


@settings(deadline=None, max_examples=15)
@given(
    query_chunk_size=st.integers(1, 30),
    corpus_chunk_size=st.integers(1, 400),
    top_k=st.integers(1, 30),
    function=st.sampled_from(FUNCTIONS),
    kind=st.sampled_from(list(KINDS)),
)
def test_chunk_sizes_do_not_change_the_result(query_chunk_size, corpus_chunk_size, top_k, function, kind):
    queries, documents = (KINDS[kind](rows) for rows in sample(12, 250))

    whole = semantic_search(queries, documents, top_k=top_k, score_function=function)
    chunked = semantic_search(queries, documents, query_chunk_size, corpus_chunk_size, top_k, function)

    assert chunked == whole


@pytest.mark.parametrize("function", FUNCTIONS, ids=by_name)
def test_reordering_the_documents_reorders_the_ids(function):
    queries, documents = sample()
    documents = documents[:1500]  # without copies, so that no order of equal scores matters
    order = np.random.default_rng(1).permutation(len(documents))

    hits = semantic_search(queries, documents, score_function=function)
    moved = semantic_search(queries, documents[order], score_function=function)

    assert order[np.array(ids(moved))].tolist() == ids(hits)
    assert scores(moved) == scores(hits)


@pytest.mark.parametrize("function", FUNCTIONS, ids=by_name)
def test_a_query_alone_finds_what_it_finds_among_others(function):
    queries, documents = sample()

    together = semantic_search(queries, documents, score_function=function)

    assert [semantic_search(row, documents, score_function=function)[0] for row in queries] == together


@pytest.mark.parametrize("kind", KINDS)
def test_documents_in_ascending_order_of_score(kind):
    """Every tile is better than all before it."""
    documents = np.arange(1, 9001, dtype=np.float32)[:, None]

    hits = semantic_search(KINDS[kind](np.ones((2, 1), np.float32)), KINDS[kind](documents), score_function=dot_score)

    assert ids(hits) == [list(range(8999, 8989, -1))] * 2


@pytest.mark.parametrize("function", FUNCTIONS, ids=by_name)
@pytest.mark.parametrize("kind", KINDS)
def test_equal_documents_come_in_the_order_of_their_ids(function, kind):
    row = np.random.default_rng(0).standard_normal(50).astype(np.float32)
    documents = KINDS[kind](np.tile(row, (5003, 1)))

    hits = semantic_search(KINDS[kind](row[None] * np.float32(0.7)), documents, top_k=7, score_function=function)

    assert ids(hits) == [list(range(7))]
    assert len(set(scores(hits)[0])) == 1


def test_lower_precision_of_matrix_products_does_not_change_the_result(monkeypatch):
    """As after torch.set_float32_matmul_precision("medium") on a processor with bfloat16 products."""
    from likewise.search.torch_backend import TorchBackend

    def coarse(self, left, right):
        return (left.bfloat16().float() @ right.bfloat16().float().T).contiguous()

    queries, documents = sample()
    monkeypatch.setattr(torch, "get_float32_matmul_precision", lambda: "medium")
    monkeypatch.setattr(TorchBackend, "product", coarse)

    for function in (cos_sim, dot_score, euclidean_sim):
        hits = semantic_search(torch.from_numpy(queries), torch.from_numpy(documents), score_function=function)
        assert hits == semantic_search(queries, documents, score_function=function)


@pytest.mark.parametrize("function", FUNCTIONS, ids=by_name)
@pytest.mark.parametrize("kind", KINDS)
def test_documents_that_nearly_tie_are_ranked_exactly(function, kind):
    """A few of many documents differ by no more than float32 products err; they lie in different tiles."""
    rng = np.random.default_rng(0)
    row = rng.standard_normal(96).astype(np.float32)
    documents = rng.standard_normal((6000, 96)).astype(np.float32)
    documents[::100] = row + rng.standard_normal((60, 96)).astype(np.float32) * np.float32(3e-7)
    queries = row + rng.standard_normal((30, 96)).astype(np.float32) * np.float32(0.3)

    hits = semantic_search(KINDS[kind](queries), KINDS[kind](documents), score_function=function)

    assert ids(hits) == naive(queries, documents, 10, function)[0].tolist()


@pytest.mark.parametrize("dtype", [np.float16, np.int8, np.uint8, np.float64], ids=str)
@pytest.mark.parametrize("function", FUNCTIONS, ids=by_name)
def test_every_dtype_is_scored_in_float32(dtype, function):
    queries, documents = (np.abs(rows * 40).astype(dtype) for rows in sample(5, 400, 64))

    hits = semantic_search(queries, documents, score_function=function)

    assert hits == semantic_search(queries.astype(np.float32), documents.astype(np.float32), score_function=function)
    assert hits == semantic_search(torch.from_numpy(queries), torch.from_numpy(documents), score_function=function)


def test_bfloat16_tensors_are_scored_in_float32():
    queries, documents = (torch.from_numpy(rows).bfloat16() for rows in sample())

    assert semantic_search(queries, documents) == semantic_search(queries.float(), documents.float())


def test_half_precision_does_not_make_ties():
    documents = np.ones((3, 64), np.float16)
    documents[0, 0], documents[1, 0] = 1.02, 1.01

    hits = semantic_search(np.ones(64, np.float16), documents)

    assert ids(hits) == [[2, 1, 0]]


def test_queries_and_documents_may_be_of_different_kinds():
    queries, documents = sample()
    expected = semantic_search(queries, documents)

    assert semantic_search(torch.from_numpy(queries), documents) == expected
    assert semantic_search(list(queries), list(torch.from_numpy(documents))) == expected
    assert semantic_search(queries.tolist(), torch.from_numpy(documents).to_sparse()) == expected


def test_tensors_with_gradients_are_searched():
    rows = torch.eye(3, requires_grad=True)

    assert ids(semantic_search(rows, rows, top_k=1)) == [[0], [1], [2]]


def test_a_memory_map_is_searched(tmp_path):
    queries, documents = sample()
    np.save(tmp_path / "corpus.npy", documents.astype(np.float16))
    corpus = np.load(tmp_path / "corpus.npy", mmap_mode="r")

    hits = semantic_search(queries, corpus)

    assert hits == semantic_search(queries, documents.astype(np.float16).astype(np.float32))
    assert hits == semantic_search(torch.from_numpy(queries), corpus)


def test_memory_does_not_grow_with_the_corpus(tmp_path):
    """A corpus of 100 MB in float32; a tile of it and its scores are much smaller."""
    corpus = np.lib.format.open_memmap(tmp_path / "corpus.npy", "w+", np.int8, (400_000, 64))
    corpus[:] = np.random.default_rng(0).integers(-9, 9, 64, np.int8)
    corpus[::10_000] = 10
    queries = np.ones((4, 64), np.float32)
    tracemalloc.start()

    hits = semantic_search(queries, corpus, score_function=dot_score)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert ids(hits)[0] == list(range(0, 100_000, 10_000))
    assert peak < 60e6


def test_numpy_search_does_not_import_torch():
    code = (
        "import sys, numpy as np; from likewise.util import semantic_search as s, euclidean_sim;"
        "a = np.eye(4, dtype=np.float16); s(a[0], a); s(a, a, score_function=euclidean_sim);"
        "print('torch' in sys.modules, 'transformers' in sys.modules)"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.split() == ["False", "False"]


def test_a_custom_function_gets_float32_tensors_of_at_most_the_chunk_sizes():
    queries, documents = sample(20, 300)
    seen = []

    def negative_chebyshev(a, b):
        seen.append((a.dtype, b.dtype, len(a), len(b)))
        return -(a[:, None] - b[None]).abs().amax(-1)

    hits = semantic_search(queries.astype(np.float16), documents, 7, 50, 5, negative_chebyshev)

    assert {kind[:2] for kind in seen} == {(torch.float32, torch.float32)}
    assert max(kind[2] for kind in seen) == 7
    assert max(kind[3] for kind in seen) == 50
    everything = -np.abs(queries.astype(np.float16).astype(np.float32)[:, None] - documents[None]).max(-1)
    assert ids(hits) == np.argsort(-everything, axis=1, kind="stable")[:, :5].tolist()


def test_the_method_of_a_model_may_be_the_score_function():
    class Model:
        def similarity(self, a, b):
            return cos_sim(a, b)

    queries, documents = sample()

    assert ids(semantic_search(queries, documents, score_function=Model().similarity)) == ids(
        semantic_search(queries, documents)
    )


def test_a_top_k_beyond_the_corpus_finds_all_of_it():
    queries, documents = sample(3, 8)

    hits = semantic_search(queries, documents, top_k=100)

    assert [sorted(row) for row in ids(hits)] == [list(range(8))] * 3


@pytest.mark.parametrize("empty", [np.empty((0, 4)), np.empty(0), [], torch.empty(0, 4)], ids=str)
def test_no_documents_give_an_empty_list_for_each_query(empty):
    assert semantic_search(np.ones((2, 4)), empty) == [[], []]


@pytest.mark.parametrize("empty", [np.empty((0, 4)), np.empty(0), [], torch.empty(0, 4)], ids=str)
def test_no_queries_give_no_lists(empty):
    assert semantic_search(empty, np.ones((2, 4))) == []


def test_a_zero_query_finds_the_first_documents():
    queries, documents = sample(2)
    queries[0] = 0

    assert ids(semantic_search(queries, documents))[0] == list(range(10))


def test_zero_rows_have_a_cosine_of_zero():
    hits = semantic_search(np.array([1.0, 0.0]), np.array([[0.0, 0.0], [1.0, 1.0], [-1.0, 0.0]]))

    assert ids(hits) == [[1, 0, 2]]
    assert scores(hits)[0][1] == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=str)
def test_an_embedding_that_is_not_finite_is_named(kind, value):
    queries, documents = sample()
    documents[2345, 3] = value

    with pytest.raises(InputError, match=r"corpus_embeddings, row 2345, holds (NaN|infinity)"):
        semantic_search(KINDS[kind](queries), KINDS[kind](documents))
    with pytest.raises(InputError, match=r"query_embeddings, row 2345, holds (NaN|infinity)"):
        semantic_search(KINDS[kind](documents), KINDS[kind](queries))


def test_different_dimensions_are_refused():
    with pytest.raises(ShapeError, match=r"query_embeddings have dimension 3, corpus_embeddings have dimension 4"):
        semantic_search(np.ones((2, 3)), np.ones((2, 4)))


@pytest.mark.parametrize("name", ["top_k", "query_chunk_size", "corpus_chunk_size"])
@pytest.mark.parametrize("value", [0, -3])
def test_numbers_below_one_are_refused(name, value):
    with pytest.raises(InputError, match=rf"{name}={value}.*at least 1"):
        semantic_search(np.ones((2, 3)), np.ones((2, 3)), **{name: value})


def test_a_top_k_that_is_no_integer_is_refused():
    with pytest.raises(InputTypeError, match=r"top_k=2\.5.*an integer"):
        semantic_search(np.ones((2, 3)), np.ones((2, 3)), top_k=2.5)


def test_a_name_instead_of_a_score_function_is_refused():
    with pytest.raises(InputTypeError, match=r"score_function='cosine'.*to_similarity_fn"):
        semantic_search(np.ones((2, 3)), np.ones((2, 3)), score_function="cosine")


def test_texts_instead_of_embeddings_are_refused():
    with pytest.raises(InputTypeError, match=r"query_embeddings holds .*model\.encode"):
        semantic_search(["a text"], np.ones((2, 3)))


def test_scores_beyond_float32_are_refused():
    with pytest.raises(InputError, match="a score is NaN or infinite"):
        semantic_search(np.float32([[1e30]]), np.float32([[1e30]]), score_function=dot_score)
