import numpy as np
import pytest
import torch

from likewise.errors import InputError
from likewise.search import unit_rows as module
from likewise.search.unit_rows import unit_rows, unit_tiles


@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy])
def test_rows_get_length_1_and_zero_rows_stay(convert, monkeypatch):
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 3)
    rows = np.random.default_rng(0).standard_normal((10, 4))
    rows[6] = 0

    units = unit_rows(convert(rows))

    assert units.dtype == np.float32
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    np.testing.assert_allclose(units, np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0), rtol=1e-6)
    assert [(start, len(tile)) for start, tile in unit_tiles(rows)] == [(0, 3), (3, 3), (6, 3), (9, 1)]


def test_a_row_that_has_no_direction_is_named():
    rows = np.ones((5, 2))
    rows[3, 1] = np.nan

    with pytest.raises(InputError, match="corpus, row 3, holds NaN"):
        unit_rows(rows, "corpus")
