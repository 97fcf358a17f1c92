import pytest

from likewise.encoding.budget import Budget
from likewise.encoding.options import EncodeOptions


def test_a_chosen_batch_size_bounds_the_rows_and_widens_the_budget():
    budget = Budget.of(EncodeOptions(batch_size=512), "cpu")
    assert budget.max_rows == 512
    assert budget.max_tokens == 512 * 128


def test_a_chosen_budget_is_kept():
    assert Budget.of(EncodeOptions(max_tokens=100, batch_size=512), "cuda") == Budget(100, 512)


def test_accelerators_get_larger_batches():
    assert Budget.of(EncodeOptions(), "cuda").max_tokens > Budget.of(EncodeOptions(), "cpu").max_tokens


@pytest.mark.parametrize("total", [0, 1, 2048, 2049, 100_000])
@pytest.mark.parametrize("rows", [None, 1, 5000])
def test_windows_cover_all_once_in_order(total, rows):
    windows = list(Budget(4096, rows).windows(total))
    assert [at for window in windows for at in window] == list(range(total))


def test_a_window_holds_several_batches():
    assert len(next(Budget(4096, 5000).windows(100_000))) >= 5000
