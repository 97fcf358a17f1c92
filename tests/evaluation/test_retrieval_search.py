import numpy as np
import pytest
import torch

from likewise.errors import InputError, ShapeError
from likewise.evaluation.retrieval_search import Documents, search_documents
from likewise.evaluation.shards import Shard
from likewise.ops.similarity import cos_sim, dot_score, euclidean_sim

FUNCTIONS = {"cosine": cos_sim, "dot": dot_score, "euclidean": euclidean_sim, "own": lambda a, b: (a @ b.T).abs()}


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    documents = rng.standard_normal((300, 8)).astype(np.float32)
    documents[200:210] = documents[:10]
    return rng.standard_normal((20, 8)).astype(np.float32), documents


def naive(queries, documents, function, top_k):
    scores = function(torch.from_numpy(queries), torch.from_numpy(documents)).numpy()
    order = np.argsort(-scores, axis=1, kind="stable")[:, :top_k]
    return order, np.take_along_axis(scores, order, 1)


def documents_of(rows, **options):
    return Documents(inputs=range(len(rows)), embed=lambda numbers: rows[list(numbers)], **options)


@pytest.mark.parametrize("portion", [1, 7, 300, 1000])
def test_portions_give_what_the_whole_matrix_gives(rows, portion):
    queries, documents = rows

    found = search_documents(queries, documents_of(documents, portion=portion), FUNCTIONS, top_k=15, shard=Shard())

    for name, function in FUNCTIONS.items():
        _, scores = naive(queries, documents, function, 15)
        np.testing.assert_allclose(found[name][1], scores, atol=1e-6)
        exact = function(torch.from_numpy(queries), torch.from_numpy(documents)).numpy()
        np.testing.assert_allclose(np.take_along_axis(exact, found[name][0], 1), scores, atol=1e-6)


@pytest.mark.parametrize("portion", [1, 7, 1000])
def test_equal_documents_are_ranked_in_the_order_of_the_corpus(portion):
    documents = np.ones((30, 4), np.float32)

    found = search_documents(
        documents[:2], documents_of(documents, portion=portion), {"cosine": cos_sim}, top_k=5, shard=Shard()
    )

    assert found["cosine"][0].tolist() == [[0, 1, 2, 3, 4]] * 2


@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy, lambda rows: rows.astype(np.float16)])
def test_embeddings_that_are_there_are_not_computed(rows, convert):
    queries, documents = rows

    def never(inputs):
        raise AssertionError("asked to embed")

    given = Documents(inputs=range(300), embed=never, embeddings=convert(documents), portion=50)
    found = search_documents(queries, given, {"dot": dot_score}, top_k=3, shard=Shard())

    assert (found["dot"][0] == naive(queries, documents, dot_score, 3)[0]).mean() > 0.95


def test_a_memory_map_is_read(rows, tmp_path):
    queries, documents = rows
    np.save(tmp_path / "rows.npy", documents)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")

    found = search_documents(
        queries, documents_of(documents, embeddings=mapped), {"cosine": cos_sim}, top_k=5, shard=Shard()
    )

    expected = search_documents(queries, documents_of(documents), {"cosine": cos_sim}, top_k=5, shard=Shard())
    np.testing.assert_array_equal(found["cosine"][0], expected["cosine"][0])


def test_only_one_portion_is_embedded_at_a_time(rows):
    queries, documents = rows
    asked = []

    def embed(numbers):
        asked.append(len(numbers))
        return documents[list(numbers)]

    search_documents(
        queries, Documents(inputs=range(300), embed=embed, portion=128), {"dot": dot_score}, top_k=3, shard=Shard()
    )

    assert asked == [128, 128, 44]


def test_fewer_documents_than_places_are_all_found(rows):
    queries, documents = rows

    found = search_documents(queries, documents_of(documents[:4]), {"dot": dot_score}, top_k=9, shard=Shard())

    assert np.sort(found["dot"][0], axis=1).tolist() == [[0, 1, 2, 3]] * 20


def test_bad_input_is_refused(rows):
    queries, documents = rows
    with pytest.raises(InputError, match="corpus_chunk_size=0"):
        documents_of(documents, portion=0)
    with pytest.raises(ShapeError, match="corpus_embeddings has 2 rows, the corpus has 300 documents"):
        documents_of(documents, embeddings=documents[:2])
    with pytest.raises(ShapeError, match="queries have dimension 8, those of documents 7"):
        search_documents(queries, documents_of(documents[:, :7]), {"dot": dot_score}, top_k=3, shard=Shard())
    documents[5, 0] = np.nan
    with pytest.raises(InputError, match="embeddings of documents, row 5, holds NaN"):
        search_documents(queries, documents_of(documents), {"dot": dot_score}, top_k=3, shard=Shard())


def test_a_bar_counts_documents_when_there_are_several_portions(rows, capsys):
    queries, documents = rows

    for portion in (1000, 100):
        search_documents(
            queries,
            documents_of(documents, portion=portion, show_progress=True),
            {"dot": dot_score},
            top_k=3,
            shard=Shard(),
        )
        assert ("Corpus" in capsys.readouterr().err) == (portion == 100)
