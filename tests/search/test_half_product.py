import sys

import numpy as np
import pytest

from likewise.search import half_product
from likewise.search.half_product import HalfProduct, half_product_for


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("dim", [1, 3, 384, 1000])
def test_the_error_keeps_to_its_bound(seed, dim):
    random = np.random.default_rng(seed)
    # Lengths from tiny to huge, and numbers just above a power of two, whose rounding is the worst.
    left = random.normal(size=(40, dim)) * 10.0 ** random.integers(-10, 10, size=(40, 1))
    right = np.where(random.random((50, dim)) < 0.5, random.normal(size=(50, dim)), 1 + 2.0**-8)
    left, right = left.astype(np.float32), right.astype(np.float32)
    product = HalfProduct()(left, right, np.empty((40, 50), np.float32))
    exact = left.astype(np.float64) @ right.astype(np.float64).T
    lengths = np.linalg.norm(left.astype(np.float64), axis=1)[:, None] * np.linalg.norm(
        right.astype(np.float64), axis=1
    )
    assert (np.abs(product - exact) <= (HalfProduct.error + (2 * dim + 16) * 2.0**-24) * lengths).all()
    assert not np.array_equal(product, exact.astype(np.float32)) or dim == 1  # it did run in bfloat16


def test_scratch_memory_is_used_again_for_smaller_and_larger_products():
    product = HalfProduct()
    for rows, columns in ((3, 4), (2, 2), (5, 9)):
        left, right = np.ones((rows, 6), np.float32), np.ones((columns, 6), np.float32)
        assert (product(left, right, np.empty((rows, columns), np.float32)) == 6).all()


@pytest.fixture
def fast(monkeypatch):
    monkeypatch.setattr(half_product, "processor_is_fast", lambda: True)


def test_is_taken_for_much_work_on_a_processor_that_is_fast(fast):
    assert half_product_for((1000, 1_000_000), 384) is not None
    assert half_product_for((1000, 10_000), 384) is None
    assert half_product_for((100, 10_000_000), 384) is None  # few queries: the documents would only be converted


def test_is_not_taken_on_any_other_processor(monkeypatch):
    monkeypatch.setattr(half_product, "processor_is_fast", lambda: False)
    assert half_product_for((1000, 1_000_000), 384) is None


def test_torch_is_imported_only_for_more_work(fast, monkeypatch):
    monkeypatch.delitem(sys.modules, "torch")
    assert half_product_for((1000, 100_000), 384) is None
    assert "torch" not in sys.modules


def test_the_processor_is_asked(tmp_path, monkeypatch):
    file = tmp_path / "cpuinfo"
    monkeypatch.setattr(half_product, "_FEATURES", file)
    ask = half_product.processor_is_fast.__wrapped__
    assert not ask()
    file.write_text("flags : fpu sse2 avx2\n")
    assert not ask()
    file.write_text("flags : fpu avx512_bf16 amx_bf16 amx_tile\n")
    assert ask()


@pytest.mark.filterwarnings("error")
def test_rows_that_cannot_be_written_to_are_multiplied_in_silence():
    left, right = np.eye(3, dtype=np.float32), np.ones((2, 3), np.float32)
    left.flags.writeable = right.flags.writeable = False

    assert HalfProduct()(left, right, np.empty((3, 2), np.float32)).tolist() == [[1.0, 1.0]] * 3
