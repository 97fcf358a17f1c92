import pytest
import torch

from likewise.encoding.device_copy import HostCopy, to_device


def test_tensors_and_lists_of_tensors_move_and_the_rest_stays():
    features = {"a": torch.ones(2), "layers": [torch.ones(1)], "name": "x", "count": 3, "keys": ["p", "q"]}
    moved = to_device(features, torch.device("meta"))
    assert moved["a"].is_meta
    assert moved["layers"][0].is_meta
    assert {key: moved[key] for key in ("name", "count", "keys")} == {"name": "x", "count": 3, "keys": ["p", "q"]}
    assert not features["a"].is_meta


def test_a_copy_of_a_cpu_tensor_is_there_at_once():
    assert HostCopy(torch.tensor([1.0, 2.0])).wait().tolist() == [1.0, 2.0]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_copies_from_and_to_a_gpu_are_exact():
    values = torch.randn(1000, 64)
    there = to_device({"a": values}, torch.device("cuda"))["a"]
    copies = [HostCopy(there * factor) for factor in range(20)]
    for factor, copy in enumerate(copies):
        assert torch.equal(copy.wait(), values * factor)
