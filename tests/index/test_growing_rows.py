import numpy as np
import pytest

from likewise.index.growing_rows import GrowingRows


@pytest.fixture(params=[0, 5], ids=["in memory", "behind a file"])
def rows_and_copy(request, tmp_path):
    """Rows, some of them perhaps in a file that is longer than what counts, and an array with the same."""
    stored = np.random.default_rng(0).standard_normal((request.param + 2, 3)).astype(np.float32)
    (tmp_path / "rows.bin").write_bytes(stored.tobytes() + b"xx")
    rows = GrowingRows(3, np.float32, tmp_path / "rows.bin", request.param)
    return rows, stored[: request.param]


def test_rows_are_those_that_were_added(rows_and_copy):
    rows, copy = rows_and_copy
    rng = np.random.default_rng(1)
    for count in (0, 1, 40, 3, 200):
        more = rng.standard_normal((count, 3)).astype(np.float32)
        rows.append(more)
        copy = np.concatenate([copy, more])

        assert len(rows) == len(copy)
        assert (rows[:] == copy).all()
        for start, stop in ((0, 4), (3, 7), (4, 5), (6, 400), (9, 3)):
            assert (rows[start:stop] == copy[start:stop]).all()
        numbers = rng.integers(0, len(copy), 9) if len(copy) else np.empty(0, np.int64)
        assert (rows[numbers] == copy[numbers]).all()


def test_rows_are_read_as_they_were_written(rows_and_copy, tmp_path):
    rows, copy = rows_and_copy
    rows.append(np.ones((2, 3)))

    rows.write(tmp_path / "again.bin")
    again = GrowingRows(3, np.float32, tmp_path / "again.bin", len(rows))
    again.let_go()

    assert (again[:] == np.concatenate([copy, np.ones((2, 3), np.float32)])).all()
    again.clear()
    assert len(again) == 0


def test_rows_of_a_file_are_not_copied_and_cannot_be_changed(rows_and_copy):
    rows, copy = rows_and_copy
    if len(copy):
        with pytest.raises(ValueError, match="read-only"):
            rows[0:2][0, 0] = 1
