import numpy as np

from likewise.quantization.rescoring import rescored


def test_is_the_naive_loop():
    random = np.random.default_rng(0)
    corpus, queries = random.normal(size=(50, 8)).astype(np.float32), random.normal(size=(130, 8)).astype(np.float32)
    ids = np.stack([random.permutation(50)[:12] for _ in queries])
    ids[3, 4:] = -1
    found, scores = rescored(queries, ids, corpus.__getitem__, 5)
    for query, candidates, ours, values in zip(queries, ids, found, scores, strict=True):
        there = sorted(candidates[candidates >= 0], key=lambda number: -float(query @ corpus[number]))[:5]
        assert ours[: len(there)].tolist() == there
        np.testing.assert_allclose(values[: len(there)], corpus[there] @ query, atol=1e-5)


def test_where_there_are_too_few():
    found, scores = rescored(
        np.ones((1, 2), np.float32), np.array([[0, -1]]), np.eye(2, dtype=np.float32).__getitem__, 2
    )
    assert found.tolist() == [[0, -1]]
    assert scores.tolist() == [[1.0, -np.inf]]


def test_equal_scores_by_the_lower_id():
    corpus = np.ones((4, 2), np.float32)
    assert rescored(corpus[:1], np.array([[3, 1, 2]]), corpus.__getitem__, 2)[0].tolist() == [[1, 2]]


def test_no_query():
    assert rescored(np.empty((0, 2), np.float32), np.empty((0, 3), np.int64), len, 2)[0].shape == (0, 2)
