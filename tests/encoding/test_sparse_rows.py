"""Rows without their zeros: the same tensor again, in any order."""

import numpy as np
import pytest
import torch

from likewise.encoding.encode import encode
from likewise.encoding.in_memory import HashPipeline
from likewise.encoding.options import EncodeOptions
from likewise.encoding.sparse_rows import SparseRows

ROWS = torch.tensor([[0.0, 2.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 3.0]])


def test_there_and_back():
    rows = SparseRows.of(ROWS)

    assert len(rows) == 3
    tensor = rows.tensor()
    assert tensor.is_coalesced()
    assert torch.equal(tensor.to_dense(), ROWS)
    assert [row.to_dense().tolist() for row in rows.vectors()] == ROWS.tolist()


@pytest.mark.parametrize("which", [[2, 0], [1, 1, 2], [], [0, 1, 2]])
def test_take(which):
    taken = SparseRows.of(ROWS).take(np.array(which, dtype=np.int64))

    assert torch.equal(taken.tensor().to_dense(), ROWS[which])


def test_join():
    both = SparseRows.join([SparseRows.of(ROWS), SparseRows.of(ROWS[:1])])

    assert torch.equal(both.tensor().to_dense(), torch.cat([ROWS, ROWS[:1]]))
    assert SparseRows.join([], 7).tensor().shape == (0, 7)


def test_vectors_have_memory_of_their_own():
    rows = SparseRows.of(ROWS)

    rows.vectors()[0].values().zero_()

    assert torch.equal(rows.tensor().to_dense(), ROWS)


def test_the_loop_collects_them_in_input_order():
    texts = [f"{at % 7} " * (at % 5 + 1) for at in range(60)]
    pipeline = HashPipeline(dimension=6)
    dense = encode(pipeline, texts, EncodeOptions(batch_size=4))

    rows = encode(pipeline, texts, EncodeOptions(batch_size=4, result="sparse"))

    assert isinstance(rows, SparseRows)
    np.testing.assert_array_equal(rows.tensor().to_dense().numpy(), dense)
    assert len(encode(pipeline, [], EncodeOptions(result="sparse"))) == 0
