"""What every kind of index must do, whatever its engine."""

import numpy as np
import pytest
import torch

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.index.inputs import METRICS
from likewise.index.protocol import Index
from likewise.index.registry import KINDS, index_class

EXACT = {"exact", "faiss-flat"}
UNFILTERED = {"usearch", "usearch-i8", "usearch-b1", "annoy"}
LEAST_RECALL = 0.95
SCORE_ERROR = {"usearch-i8": 0.02}  # of scores about 1; elsewhere float32 rounding, after products of whole tiles
DEFAULT_ERROR = 2e-3

kinds = pytest.mark.parametrize("kind", KINDS)


def true_scores(queries, rows, metric):
    """Scores of all pairs in float64."""
    queries, rows = queries.astype(np.float64), rows.astype(np.float64)
    if metric == "euclidean":
        return -np.linalg.norm(queries[:, None] - rows[None], axis=2)
    if metric == "cosine":
        queries, rows = (
            side / np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-30) for side in (queries, rows)
        )
    return queries @ rows.T


def metrics_of(kind):
    return getattr(index_class(kind), "METRICS", METRICS)


def assert_in_order(hits):
    """The best first, equal scores by the lower id, nothing at the end."""
    for ids, scores in zip(hits.ids, hits.scores, strict=True):
        keys = [(-score, number if number >= 0 else np.inf) for number, score in zip(ids, scores, strict=True)]
        assert keys == sorted(keys)
        assert len(set(ids[ids >= 0].tolist())) == (ids >= 0).sum()
        assert (np.isneginf(scores) == (ids < 0)).all()


@kinds
@pytest.mark.parametrize("metric", METRICS)
def test_what_is_found_is_near_and_its_score_is_true(kind, metric, new_index, clustered):
    rows, queries = clustered
    if metric not in metrics_of(kind):
        with pytest.raises(InputError, match=f"metric='{metric}'"):
            new_index(kind, 64, metric)
        return
    index = new_index(kind, 64, metric)
    for start in range(0, len(rows), 700):
        index.add(rows[start : start + 700])

    hits = index.search(queries, top_k=10)

    assert isinstance(index, Index)
    assert (index.dim, index.metric, len(index)) == (64, metric, 2000)
    assert hits.ids.shape == hits.scores.shape == (50, 10)
    assert (hits.ids.dtype, hits.scores.dtype) == (np.int64, np.float32)
    assert_in_order(hits)
    scores = true_scores(queries, rows, metric)
    best = np.argsort(-scores, axis=1)[:, :10]
    recall = np.mean([len(set(ours) & set(truth)) / 10 for ours, truth in zip(hits.ids, best, strict=True)])
    assert recall == 1 if kind in EXACT else recall >= LEAST_RECALL
    scale = np.abs(scores).max()
    found = np.take_along_axis(scores, hits.ids, 1)
    assert np.abs(hits.scores - found).max() <= SCORE_ERROR.get(kind, DEFAULT_ERROR) * max(1, scale)


@kinds
def test_an_empty_index_answers_with_nothing(index):
    hits = index.search(np.ones((3, 8)), top_k=5)

    assert hits.ids.shape == hits.scores.shape == (3, 0)
    assert hits.lists() == [[], [], []]
    assert index.remove([1, 2]) == 0
    assert len(index) == 0
    assert index.add(np.empty((0, 8))).tolist() == []


@kinds
@pytest.mark.parametrize("count", [1, 2])
def test_few_rows_are_all_found(index, rows, count):
    assert index.add(rows[:count]).tolist() == list(range(count))

    hits = index.search(rows[:3], top_k=10)

    assert hits.ids.shape == (3, count)
    assert sorted(hits.ids[0].tolist()) == list(range(count))
    assert hits.ids[0, 0] == 0
    assert hits.scores[0, 0] == pytest.approx(1, abs=2e-2)


@kinds
def test_a_single_vector_is_one_row(index, rows):
    assert index.add(rows[0]).tolist() == [0]
    assert index.search(rows[0], top_k=1).ids.tolist() == [[0]]
    assert index.search(np.empty((0, 8)), top_k=1).ids.shape == (0, 1)


@kinds
def test_ids_are_those_that_were_given_and_then_the_next_free_ones(index, rows):
    assert index.add(rows[:2], ids=[40, 7]).tolist() == [40, 7]
    assert index.add(rows[2:4]).tolist() == [41, 42]
    assert index.add(rows[4:5], ids=np.array([2**31 + 5])).tolist() == [2**31 + 5]

    assert index.search(rows[:5], top_k=1).ids[:, 0].tolist() == [40, 7, 41, 42, 2**31 + 5]


@kinds
@pytest.mark.parametrize(
    ("ids", "error", "message"),
    [
        ([3, 3], InputError, "id 3 is given twice"),
        ([9, 0], InputError, "id 0 is in the index already"),
        ([-1, 5], InputError, "hold -1"),
        ([5], ShapeError, "1 ids for 2 vectors"),
        ([5, 6, 7], ShapeError, "3 ids for 2 vectors"),
        ([0.5, 1.5], InputTypeError, "float64"),
        (["a", "b"], InputTypeError, "ids are"),
    ],
    ids=["twice", "there", "negative", "too few", "too many", "floats", "texts"],
)
def test_wrong_ids_add_nothing(index, rows, ids, error, message):
    index.add(rows[:1])

    with pytest.raises(error, match=message):
        index.add(rows[1:3], ids=ids)

    assert len(index) == 1
    assert index.search(rows[1], top_k=5).ids.tolist() == [[0]]
    assert index.add(rows[1:3]).tolist() == [1, 2]


@kinds
@pytest.mark.parametrize("value", [np.nan, np.inf], ids=str)
def test_vectors_that_are_not_finite_are_refused(index, rows, value):
    index.add(rows[:2])
    wrong = rows[2:5].copy()
    wrong[1, 3] = value

    with pytest.raises(InputError, match="embeddings, row 1, holds NaN or infinity"):
        index.add(wrong)
    with pytest.raises(InputError, match="queries, row 1, holds NaN or infinity"):
        index.search(wrong)

    assert len(index) == 2


@kinds
def test_another_dimension_and_other_wrong_arguments_are_refused(kind, index, rows, new_index):
    index.add(rows[:2])

    with pytest.raises(ShapeError, match="embeddings have dimension 7, the index has dimension 8"):
        index.add(rows[:, :7])
    with pytest.raises(ShapeError, match="queries have dimension 7"):
        index.search(rows[:, :7])
    with pytest.raises(InputTypeError, match="embeddings"):
        index.add(["a text"])
    with pytest.raises(InputError, match="top_k=0"):
        index.search(rows[:1], top_k=0)
    with pytest.raises(InputError, match="metric='jaccard'"):
        new_index(kind, 8, "jaccard")
    assert len(index) == 2


@kinds
def test_every_kind_of_numbers_is_taken(index):
    rows = np.random.default_rng(0).integers(-8, 8, (12, 8))
    rows[:, 0] = np.arange(12) + 20
    forms = [rows, rows.astype(np.float16), torch.from_numpy(rows).half(), rows.tolist(), rows.astype(np.float64)]
    for form in forms:
        index.add(form)

    hits = index.search(torch.from_numpy(rows).float(), top_k=5)

    assert len(index) == 60
    for number, ids in enumerate(hits.ids):
        assert set(ids.tolist()) == {number + 12 * form for form in range(5)}


@kinds
def test_many_equal_vectors_have_equal_scores(index, rows):
    index.add(np.repeat(rows[:3], 20, axis=0))

    hits = index.search(rows[:3], top_k=15)

    assert_in_order(hits)
    for number, (ids, scores) in enumerate(zip(hits.ids, hits.scores, strict=True)):
        assert set((ids // 20).tolist()) == {number}
        assert np.ptp(scores) < 1e-5


@kinds
def test_a_vector_of_zeros_scores_zero(index, rows):
    index.add(np.concatenate([rows[:2], np.zeros((1, 8), np.float32)]))

    hits = index.search(np.stack([rows[0], np.zeros(8, np.float32)]), top_k=3)

    score = dict(zip(hits.ids[0].tolist(), hits.scores[0].tolist(), strict=True))[2]
    assert score == pytest.approx(0, abs=1e-6)
    assert hits.scores[1] == pytest.approx(np.zeros(3), abs=1e-6)


@kinds
def test_what_is_removed_is_not_found(index, rows):
    index.add(rows)

    assert index.remove([3, 5, 99]) == 2
    assert index.remove(5) == 0
    assert index.remove(np.array([7, 7])) == 1

    assert len(index) == 27
    hits = index.search(rows, top_k=30)
    assert hits.ids.shape == (30, 27)
    assert all(sorted(ids.tolist()) == sorted(set(range(30)) - {3, 5, 7}) for ids in hits.ids)
    assert_in_order(hits)
    with pytest.raises(InputError, match="hold -2"):
        index.remove([0, -2])
    assert len(index) == 27


@kinds
def test_a_removed_id_can_be_added_again_but_is_not_given_again(index, rows):
    index.add(rows[:4])
    index.remove([3, 1])

    assert index.add(rows[4:5]).tolist() == [4]
    assert index.add(rows[5:6], ids=[1]).tolist() == [1]

    assert index.search(rows[5], top_k=1).ids.tolist() == [[1]]
    assert sorted(index.search(rows[1], top_k=9).ids[0].tolist()) == [0, 1, 2, 4]


@kinds
def test_all_can_be_removed(index, rows):
    index.add(rows)

    assert index.remove(np.arange(30)) == 30

    assert len(index) == 0
    assert index.search(rows[:2]).ids.shape == (2, 0)
    assert index.add(rows[:1]).tolist() == [30]
    assert index.search(rows[:1], top_k=3).ids.tolist() == [[30]]


@kinds
def test_where_limits_what_is_found(kind, index, rows):
    index.add(rows, ids=np.arange(30) * 2)
    if kind in UNFILTERED:
        with pytest.raises(InputError, match=f"{kind}.*does not filter"):
            index.search(rows[:2], where={"id": [2, 4]})
        return
    index.remove([8])

    hits = index.search(rows[:3], top_k=4, where={"id": [4, 2, 8, 5, 2]})

    assert hits.ids.shape == (3, 4)
    assert all(sorted(ids.tolist()) == [-1, -1, 2, 4] for ids in hits.ids)
    assert_in_order(hits)
    assert index.search(rows[4], top_k=2, where={"id": 8}).ids.tolist() == [[-1, -1]]
    assert index.search(rows[4], top_k=1, where={"id": []}).ids.tolist() == [[-1]]
    everything = index.search(rows[:5], top_k=10)
    assert index.search(rows[:5], top_k=10, where={"id": np.arange(100)}).ids.tolist() == everything.ids.tolist()
