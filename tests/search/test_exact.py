import numpy as np
import pytest

from likewise.search.exact import RunningSearch, TileSize, _spans, choose_tile, search
from likewise.search.measure import Cosine, Dot, Euclidean
from likewise.search.numpy_backend import NumpyBackend
from likewise.search.scorer import MeasureScorer


@pytest.mark.parametrize("queries", [1, 100, 1000, 10**6])
@pytest.mark.parametrize("dim", [1, 384, 8192])
@pytest.mark.parametrize(("query_chunk", "corpus_chunk"), [(100, 500000), (1, 1), (7, 3), (10**9, 10**9), (1, 10**6)])
@pytest.mark.parametrize("reshape", [True, False])
def test_a_tile_holds_no_more_than_allowed(queries, dim, query_chunk, corpus_chunk, reshape):
    tile = choose_tile(queries, dim, query_chunk_size=query_chunk, corpus_chunk_size=corpus_chunk, reshape=reshape)

    assert tile.queries >= 1
    assert tile.documents >= 1
    assert tile.queries * tile.documents <= max(query_chunk * corpus_chunk, tile.queries)
    assert tile.documents <= corpus_chunk
    assert tile.documents * dim <= max(2 * 2**20, dim)
    assert reshape or tile.queries <= query_chunk


@pytest.mark.parametrize("documents", [1, 5, 1023, 1024, 5000, 100000])
@pytest.mark.parametrize("step", [1, 7, 4096])
def test_the_tiles_are_the_documents_in_order(documents, step):
    spans = _spans(documents, step, 10)

    assert [place for start, stop in spans for place in range(start, stop)] == list(range(documents))
    assert max(stop - start for start, stop in spans) <= step


@pytest.mark.parametrize("top_k", [1, 4, 9])
def test_every_tile_size_gives_the_same_result(top_k):
    rng = np.random.default_rng(0)
    queries, documents = rng.integers(-2, 3, (5, 3)), rng.integers(-2, 3, (9, 3))
    scores = queries @ documents.T
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :top_k]

    for rows in (1, 2, 5):
        for columns in (1, 2, 4, 9):
            ids, found = search(
                queries,
                documents,
                MeasureScorer(Dot(), NumpyBackend()),
                top_k=top_k,
                tile=TileSize(queries=rows, documents=columns),
                names=("q", "c"),
            )
            assert ids.tolist() == expected.tolist()
            assert found.tolist() == np.take_along_axis(scores, expected, 1).tolist()


@pytest.mark.parametrize("portions", [[9], [1] * 9, [4, 5], [8, 1]])
@pytest.mark.parametrize("top_k", [1, 4, 9])
def test_documents_may_come_in_portions_for_several_scorers(portions, top_k):
    rng = np.random.default_rng(0)
    queries, documents = rng.integers(-2, 3, (5, 3)), rng.integers(-2, 3, (9, 3))
    ops, names, tile = NumpyBackend(), ("q", "c"), TileSize(queries=2, documents=4)
    scorers = [MeasureScorer(measure, ops) for measure in (Cosine(), Dot(), Euclidean())]

    running = RunningSearch(queries, scorers, top_k=top_k, tile=tile, names=names)
    for start, size in zip(np.cumsum([0, *portions]), portions, strict=False):
        running.add(documents[start : start + size], int(start))

    for scorer, (ids, scores) in zip(scorers, running.results(), strict=True):
        whole_ids, whole_scores = search(queries, documents, scorer, top_k=top_k, tile=tile, names=names)
        assert ids.tolist() == whole_ids.tolist()
        assert scores.tolist() == whole_scores.tolist()


def test_ids_count_on_from_the_first_of_a_portion_and_empty_places_are_marked():
    tile = TileSize(queries=2, documents=2)
    running = RunningSearch(np.eye(2), [MeasureScorer(Dot(), NumpyBackend())], top_k=3, tile=tile, names=("q", "c"))

    running.add(np.float32([[1, 0], [2, 0]]), first_id=40)

    ids, scores = running.results()[0]
    assert ids[0].tolist() == [41, 40, -1]
    assert scores[0].tolist() == [2, 1, -np.inf]
