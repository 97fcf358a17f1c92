"""The benchmark of re-ranking: what it says of the limit, and of two rankings."""

import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(ROOT))
    try:
        from benchmarks import rerank
    finally:
        sys.path.remove(str(ROOT))
    return rerank


def test_a_head_on_the_first_token_needs_keys_and_values_alone_of_the_last_block(script):
    """Of the 12 units of width squared that a block multiplies, keys and values are 2."""
    rates = {f"{width}x{out}": 1e9 for width, out in script.SHAPES}

    assert script.needed_share(rates) == pytest.approx((5 * 12 + 2) / (6 * 12))


def test_rankings_are_compared(script, tmp_path):
    np.save(tmp_path / "one.npy", np.array([[0.1, 0.3], [0.5, 0.4]]))
    np.save(tmp_path / "two.npy", np.array([[0.1, 0.31], [0.4, 0.5]]))

    assert script.agreement(tmp_path, "one", "two") == (
        "scores differ by at most 1.0e-01, order equal for 1 of 2 queries"
    )
