import numpy as np
import pytest

from likewise.errors import CheckpointError
from likewise.index import id_table
from likewise.index.id_table import IdTable


class Naive:
    """The same with a dictionary."""

    def __init__(self):
        self.rows, self.by_id, self.highest = 0, {}, -1

    def append(self, ids):
        for number in ids.tolist():
            self.by_id[number] = self.rows
            self.rows += 1
            self.highest = max(self.highest, number)

    def drop(self, rows):
        gone = set(rows.tolist())
        self.by_id = {number: row for number, row in self.by_id.items() if row not in gone}


def assert_same(table, naive, asked):
    assert table.rows_of(asked).tolist() == [naive.by_id.get(number, -1) for number in asked.tolist()]
    assert table.present(asked).tolist() == [number in naive.by_id for number in asked.tolist()]
    assert (len(table), table.rows, table.first_free) == (len(naive.by_id), naive.rows, naive.highest + 1)
    order = table.in_order()
    order = np.arange(table.rows) if order is None else order
    assert order.tolist() == [naive.by_id[number] for number in sorted(naive.by_id)]


@pytest.mark.parametrize("ascending", [True, False], ids=["ascending", "any order"])
@pytest.mark.parametrize("few", [1, 8, 10_000])
def test_rows_are_found_whatever_was_added_and_removed(ascending, few, monkeypatch):
    monkeypatch.setattr(id_table, "_FEW", few)
    rng = np.random.default_rng(few)
    table, naive = IdTable(), Naive()
    for _ in range(60):
        free = np.setdiff1d(np.arange(300), list(naive.by_id))
        ids = rng.choice(free, min(len(free), int(rng.integers(0, 9))), replace=False)
        if ascending:
            ids = naive.highest + 1 + np.arange(len(ids)) * 2
        table.append(ids)
        naive.append(ids)
        assert_same(table, naive, rng.integers(0, 310, 40))
        there = np.array(sorted(naive.by_id.values()), np.int64)
        rows = rng.choice(there, min(len(there), int(rng.integers(0, 5))), replace=False)
        table.drop(rows)
        naive.drop(rows)
        assert_same(table, naive, rng.integers(0, 310, 40))


def test_the_largest_id_there_can_be_is_found():
    table = IdTable()
    table.append(np.array([2**63 - 1, 0]))
    table.append(np.array([5]))

    assert table.rows_of(np.array([5, 2**63 - 1, 1])).tolist() == [2, 0, -1]
    assert table.first_free == 2**63


def test_a_table_is_read_as_it_was_written(tmp_path):
    table = IdTable()
    table.append(np.array([4, 9, 2]))
    table.drop(np.array([1]))

    table.write(tmp_path)
    read = IdTable.read(tmp_path, table.first_free)

    assert read.ids.tolist() == [4, 9, 2]
    assert read.removed.tolist() == [1]
    assert (len(read), read.first_free) == (2, 10)


def test_files_that_hold_no_ids_are_named(tmp_path):
    np.save(tmp_path / "ids.npy", np.arange(3))
    np.save(tmp_path / "removed.npy", np.array([7]))

    with pytest.raises(CheckpointError, match=r"ids\.npy or removed\.npy holds no ids"):
        IdTable.read(tmp_path, 3)
