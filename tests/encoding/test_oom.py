import numpy as np
import pytest
import torch

from likewise.encoding.oom import Halving, is_out_of_memory
from likewise.errors import InputError

SIZES = np.array([4] * 16)


class Device:
    """A device on which a batch of more than `room` tokens does not fit."""

    def __init__(self, room, error=torch.OutOfMemoryError):
        self.room, self.error, self.tried = room, error, []

    def step(self, rows):
        self.tried.append(len(rows))
        if SIZES[rows].sum() > self.room:
            raise self.error("CUDA out of memory")
        return rows.tolist()


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, RuntimeError, MemoryError])
def test_what_does_not_fit_is_halved_and_keeps_its_order(error):
    device = Device(room=20, error=error)
    parts = list(Halving(torch.device("cpu")).run(device.step, np.arange(11), SIZES))
    assert [at for part, _ in parts for at in part] == list(range(11))
    assert all(part.tolist() == result for part, result in parts)
    assert max(len(part) for part, _ in parts) <= 5


def test_a_size_that_failed_is_not_tried_again():
    device, halving = Device(room=20), Halving(torch.device("cpu"))
    list(halving.run(device.step, np.arange(8), SIZES))
    device.tried.clear()
    list(halving.run(device.step, np.arange(8, 16), SIZES))
    assert max(device.tried) == 4


def test_a_single_input_that_does_not_fit_is_an_error_with_a_way_out():
    with pytest.raises(InputError, match=r"a single input of 4 tokens .* cpu: CUDA out of memory.*max_seq_length"):
        list(Halving(torch.device("cpu")).run(Device(room=3).step, np.arange(2), SIZES))


def test_other_errors_pass():
    def broken(rows):
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes do not match"):
        list(Halving(torch.device("cpu")).run(broken, np.arange(2), SIZES))


def test_the_cpu_allocator_is_understood():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60)
    assert is_out_of_memory(caught.value)
