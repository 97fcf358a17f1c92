import numpy as np
import pytest

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.quantization import quantize_embeddings, semantic_search_faiss, semantic_search_usearch
from likewise.quantization.restore import restore_scalar, restore_signs

pytest.importorskip("faiss", reason="extra search")
pytest.importorskip("usearch", reason="extra search")

SEARCHES = {"faiss": semantic_search_faiss, "usearch": semantic_search_usearch}
CASES = [
    ("faiss", "float32"),
    ("faiss", "uint8"),
    ("faiss", "ubinary"),
    ("usearch", "float32"),
    ("usearch", "int8"),
    ("usearch", "binary"),
    ("usearch", "ubinary"),
]
NAMES = [f"{engine}-{precision}" for engine, precision in CASES]


def unit(rows, dim, seed):
    vectors = np.random.default_rng(seed).normal(size=(rows, dim)).astype(np.float32)
    # An own offset and an own width for each dimension: what a search over raw bytes gets wrong.
    vectors = vectors * np.linspace(0.3, 2, dim, dtype=np.float32) + np.linspace(-1, 1, dim, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


CORPUS, QUERIES = unit(600, 36, 0), unit(7, 36, 1)
RANGES = np.stack([CORPUS.min(0), CORPUS.max(0)])


def restored(precision):
    stored = quantize_embeddings(CORPUS, precision, ranges=RANGES)
    if precision == "float32":
        return stored
    return restore_signs(stored, 36) if "binary" in precision else restore_scalar(stored, RANGES)


def run(engine, precision, **settings):
    stored = quantize_embeddings(CORPUS, precision, ranges=RANGES)
    settings = {"corpus_precision": precision, "ranges": RANGES, **settings}
    return SEARCHES[engine](settings.pop("queries", QUERIES), settings.pop("corpus", stored), **settings)


def ids(hits):
    return [[hit["corpus_id"] for hit in found] for found in hits]


@pytest.mark.parametrize(("engine", "precision"), CASES, ids=NAMES)
def test_exact_search_with_enough_candidates_is_brute_force_over_what_is_stored(engine, precision):
    hits, seconds = run(engine, precision, top_k=10, rescore_multiplier=60)
    scores = QUERIES.astype(np.float64) @ restored(precision).astype(np.float64).T
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :10]
    assert ids(hits) == expected.tolist()
    np.testing.assert_allclose(
        [[hit["score"] for hit in found] for found in hits], np.take_along_axis(scores, expected, 1), atol=1e-5
    )
    assert seconds > 0


@pytest.mark.parametrize(("engine", "precision"), [case for case in CASES if "binary" not in case[1]])
def test_bytes_find_nearly_what_float32_finds(engine, precision):
    true = np.argsort(-(QUERIES @ CORPUS.T), axis=1)[:, :5]
    hits, _ = run(engine, precision, top_k=5, rescore_multiplier=4)
    assert np.mean([np.isin(row, found).mean() for row, found in zip(true, ids(hits), strict=True)]) > 0.95


@pytest.mark.parametrize(("engine", "precision"), [case for case in CASES if "binary" in case[1]])
def test_rescoring_bits_finds_more(engine, precision):
    random = np.random.default_rng(2)
    corpus, queries = random.normal(size=(600, 64)), random.normal(size=(100, 64))
    true = np.argsort(-(queries @ corpus.T), axis=1)[:, :10]

    def recall(**settings):
        stored = quantize_embeddings(corpus, precision)
        hits, _ = SEARCHES[engine](queries, stored, corpus_precision=precision, **settings)
        return np.mean([np.isin(row, found).mean() for row, found in zip(true, ids(hits), strict=True)])

    assert recall(rescore_multiplier=8) > recall(rescore=False) + 0.05


@pytest.mark.parametrize(("engine", "precision"), CASES, ids=NAMES)
def test_the_graph_finds_most(engine, precision):
    exact, _ = run(engine, precision, top_k=10, rescore_multiplier=8)
    graph, _ = run(engine, precision, top_k=10, rescore_multiplier=8, exact=False)
    shares = [np.isin(one, other).mean() for one, other in zip(ids(exact), ids(graph), strict=True)]
    assert np.mean(shares) > 0.85


@pytest.mark.parametrize(("engine", "precision"), CASES, ids=NAMES)
def test_the_index_that_comes_back_serves_the_next_call(engine, precision):
    hits, _, index = run(engine, precision, output_index=True)
    again, _ = run(engine, precision, corpus=None, corpus_index=index)
    assert again == hits


@pytest.mark.parametrize(("engine", "precision"), CASES, ids=NAMES)
@pytest.mark.parametrize("rows", [0, 1, 2])
def test_tiny_corpora(engine, precision, rows):
    stored = quantize_embeddings(CORPUS[:rows], precision, ranges=RANGES)
    hits, _ = run(engine, precision, corpus=stored, top_k=5)
    assert [sorted(found) for found in ids(hits)] == [list(range(rows))] * len(QUERIES)


@pytest.mark.parametrize(("engine", "precision"), CASES, ids=NAMES)
def test_one_query_as_a_vector(engine, precision):
    assert run(engine, precision, queries=QUERIES[0], top_k=3)[0] == run(engine, precision, top_k=3)[0][:1]


@pytest.mark.parametrize(("engine", "precision"), [("faiss", "ubinary"), ("usearch", "binary")])
def test_without_rescoring_bits_give_the_cosine_of_the_signs(engine, precision):
    hits, _ = run(engine, precision, rescore=False, top_k=1)
    cosines = restore_signs(quantize_embeddings(QUERIES, "ubinary"), 36) @ restored(precision).T
    np.testing.assert_allclose([found[0]["score"] for found in hits], cosines.max(axis=1), atol=1e-6)


@pytest.mark.parametrize(("engine", "precision"), CASES, ids=NAMES)
def test_errors(engine, precision):
    with pytest.raises(InputError, match="neither corpus_embeddings nor corpus_index"):
        SEARCHES[engine](QUERIES)
    with pytest.raises(InputError, match="corpus_precision='bits'"):
        SEARCHES[engine](QUERIES, CORPUS, corpus_precision="bits")
    with pytest.raises(InputError, match="top_k=0"):
        run(engine, precision, top_k=0)
    with pytest.raises(InputError, match="rescore_multiplier=0"):
        run(engine, precision, rescore_multiplier=0)
    with pytest.raises(InputError, match="row 1, holds NaN"):
        run(engine, precision, queries=np.array([[0.0] * 36, [np.nan] * 36]))
    with pytest.raises(InputTypeError, match="query_embeddings hold int64"):
        run(engine, precision, queries=np.ones((1, 36), np.int64))
    with pytest.raises(InputTypeError, match="corpus_embeddings hold"):
        run(engine, precision, corpus=np.ones((3, 36), np.int32))
    with pytest.raises(ShapeError, match="dimension 20"):
        run(engine, precision, queries=QUERIES[:, :20], ranges=RANGES[:, :20])


def test_a_precision_that_the_engine_does_not_have():
    with pytest.raises(InputError, match=r"corpus_precision='int8' with faiss.*'uint8'"):
        run("faiss", "int8")


def test_one_query_without_ranges_is_an_error():
    with pytest.raises(InputError, match="one embedding"):
        run("faiss", "uint8", queries=QUERIES[:1], ranges=None)


def test_ranges_come_from_calibration_embeddings():
    assert run("faiss", "uint8", ranges=None, calibration_embeddings=CORPUS)[0] == run("faiss", "uint8")[0]


@pytest.mark.parametrize(("engine", "precision"), CASES, ids=NAMES)
def test_no_query(engine, precision):
    assert run(engine, precision, queries=np.empty((0, 36), np.float32))[0] == []


@pytest.mark.parametrize("dim", [15, 16, 64])
def test_vector_instructions_of_the_engine_lose_nothing_of_the_queries(dim):
    # Engines have kernels of their own for dimensions that fill whole registers.
    corpus, queries = unit(300, dim, 3), unit(20, dim, 4)
    ranges = np.stack([corpus.min(0), corpus.max(0)])
    stored = quantize_embeddings(corpus, "uint8", ranges=ranges)
    expected = np.argsort(-(queries.astype(np.float64) @ restore_scalar(stored, ranges).T.astype(np.float64)), axis=1)
    hits, _ = semantic_search_faiss(queries, stored, corpus_precision="uint8", ranges=ranges, top_k=3, rescore=False)
    assert ids(hits) == expected[:, :3].tolist()


def test_an_index_that_a_caller_made_of_raw_bytes():
    import faiss

    stored = quantize_embeddings(CORPUS, "uint8", ranges=RANGES)
    index = faiss.IndexFlatIP(36)
    index.add(stored.astype(np.float32))
    hits, _ = run("faiss", "uint8", corpus=None, corpus_index=index)
    ours, _ = run("faiss", "uint8")
    assert ids(hits) == ids(ours)
