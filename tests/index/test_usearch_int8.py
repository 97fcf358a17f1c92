import numpy as np
import pytest

pytest.importorskip("usearch")

from likewise.errors import CheckpointError, InputError
from likewise.index.usearch_int8 import UsearchInt8Index


@pytest.fixture
def rows():
    """Vectors whose dimensions differ in place and spread, as those of language models do."""
    rng = np.random.default_rng(0)
    return (rng.standard_normal((600, 32)) * rng.uniform(0.2, 2, 32) + rng.uniform(-1, 1, 32)).astype(np.float32)


def test_vectors_wait_until_there_are_enough_for_ranges(rows, tmp_path):
    index = UsearchInt8Index(32, calibration_rows=300)
    index.add(rows[:299])
    index.remove([7])
    assert index.search(rows[:299], top_k=1).scores[0, 0] == 1
    index.save(tmp_path / "waiting")

    waiting = UsearchInt8Index.load(tmp_path / "waiting")
    waiting.add(rows[299:301])
    waiting.save(tmp_path / "bytes")

    assert (tmp_path / "waiting" / "waiting.bin").stat().st_size == 299 * 32 * 4
    assert not (tmp_path / "bytes" / "waiting.bin").exists()
    hits = UsearchInt8Index.load(tmp_path / "bytes").search(rows[:301], top_k=1)
    assert hits.ids[:, 0].tolist()[:7] == list(range(7))
    assert hits.ids[7, 0] != 7
    assert hits.ids[8:, 0].tolist() == list(range(8, 301))


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_scores_are_off_by_little_more_than_the_steps(rows, metric):
    index = UsearchInt8Index(32, metric, calibration_rows=600)
    index.add(rows)

    hits = index.search(rows[:40], top_k=10)

    wide = rows.astype(np.float64)
    if metric == "cosine":
        wide /= np.linalg.norm(wide, axis=1, keepdims=True)
    distances = np.linalg.norm(wide[:40, None] - wide[None], axis=2)
    truth = -distances if metric == "euclidean" else 1 - distances**2 / 2
    step = np.ptp(wide, axis=0).max() / 255
    found = np.take_along_axis(truth, hits.ids, 1)
    limit = step * np.sqrt(32) if metric == "euclidean" else 2 * step
    assert np.abs(hits.scores - found).max() < limit


def test_values_outside_the_range_go_to_its_ends(rows):
    index = UsearchInt8Index(32, "euclidean", calibration_rows=600)
    index.add(rows)
    index.add(np.full((1, 32), 1e4))

    near, far = index.search(np.stack([rows[3], np.full(32, 1e4, np.float32)]), top_k=1).ids[:, 0]

    assert (near, far) == (3, 600)


def test_percentiles_make_finer_steps_where_a_few_values_lie_far_out(rows):
    rows[5] *= 50
    queries = rows[100:140] + 0.05

    def errors(percentiles):
        index = UsearchInt8Index(32, "euclidean", calibration_rows=600, percentiles=percentiles)
        index.add(rows)
        hits = index.search(queries, top_k=5)
        truth = -np.linalg.norm(queries[:, None].astype(float) - rows[None], axis=2)
        return np.abs(hits.scores - np.take_along_axis(truth, hits.ids, 1)).mean()

    assert errors((0.5, 99.5)) < errors((0, 100)) / 5


def test_equal_vectors_can_be_calibrated_with():
    index = UsearchInt8Index(4, calibration_rows=3)
    index.add(np.ones((5, 4)))

    hits = index.search(np.ones(4), top_k=5)

    assert sorted(hits.ids[0].tolist()) == [0, 1, 2, 3, 4]
    assert hits.scores[0] == pytest.approx(np.ones(5), abs=1e-5)


@pytest.mark.parametrize("percentiles", [(5, 5), (-1, 99), (0, 101), (1,), "all"], ids=str)
def test_wrong_percentiles_are_refused(percentiles):
    with pytest.raises(InputError, match="percentiles="):
        UsearchInt8Index(4, percentiles=percentiles)


def test_ranges_of_another_shape_are_found(rows, tmp_path):
    index = UsearchInt8Index(32, calibration_rows=600)
    index._ranges = np.zeros((2, 31), np.float32)
    index.save(tmp_path)

    with pytest.raises(CheckpointError, match=r"ranges\.npy has shape \(2, 31\)"):
        UsearchInt8Index.load(tmp_path)
