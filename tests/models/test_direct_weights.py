"""Tensors mapped from a file are those that are in it, and private to the process."""

import copy
import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from likewise.errors import CheckpointError
from likewise.models.direct_weights import are_finite, map_tensors, places_of


@pytest.fixture
def tensors():
    generator = torch.Generator().manual_seed(0)
    return {
        "a": torch.randn(300, 1000, generator=generator),
        "b": torch.randn(7, generator=generator).half(),
        "c": torch.randn(3, 2, generator=generator).bfloat16(),
    }


def test_mapped_tensors_equal_the_stored_ones_and_writing_stays_private(tensors, tmp_path):
    file = tmp_path / "model.safetensors"
    save_file(tensors, file)
    before = file.read_bytes()

    mapped = map_tensors(places_of([file])).tensors

    assert mapped.keys() == tensors.keys()
    assert all(torch.equal(mapped[name], tensor) for name, tensor in tensors.items())
    mapped["a"].zero_()
    assert file.read_bytes() == before
    assert torch.equal(map_tensors(places_of([file])).tensors["a"], tensors["a"])


def test_a_replaced_file_leaves_the_mapping_intact(tensors, tmp_path):
    file = tmp_path / "model.safetensors"
    save_file(tensors, file)
    mapped = map_tensors(places_of([file])).tensors
    save_file({"a": torch.zeros(2)}, tmp_path / "new")

    (tmp_path / "new").replace(file)

    assert torch.equal(mapped["a"], tensors["a"])


@pytest.mark.parametrize("name", ["a", "b", "c"])
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_are_not_finite_are_found_wherever_they_stand(tensors, tmp_path, name, bad):
    tensors[name].view(-1)[-1] = bad
    save_file(tensors, tmp_path / "x.safetensors")

    assert not are_finite(places_of([tmp_path / "x.safetensors"]))


def test_large_numbers_whose_sum_is_infinite_are_finite(tmp_path):
    save_file({"a": torch.full((4096,), 60000.0).half()}, tmp_path / "x.safetensors")

    assert are_finite(places_of([tmp_path / "x.safetensors"]))


def test_a_name_in_two_files_is_not_taken(tensors, tmp_path):
    for name in ("1.safetensors", "2.safetensors"):
        save_file(tensors, tmp_path / name)

    assert places_of([tmp_path / "1.safetensors", tmp_path / "2.safetensors"]) is None


def test_a_damaged_file_is_an_error(tensors, tmp_path):
    file = tmp_path / "model.safetensors"
    save_file(tensors, file)
    file.write_bytes(file.read_bytes()[:-4])

    with pytest.raises(CheckpointError, match="cut short"):
        places_of([file])


def test_tensors_that_are_not_aligned_are_not_mapped(tmp_path):
    header = json.dumps({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    header += b" " * (-len(header) % 4 + 1)
    (tmp_path / "x.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\0" * 8)

    places = places_of([tmp_path / "x.safetensors"])

    assert are_finite(places)
    assert map_tensors(places) is None


def test_a_tensor_is_read_again_where_it_lies_in_the_file(tensors, tmp_path):
    save_file(tensors, tmp_path / "model.safetensors")
    mapped = map_tensors(places_of([tmp_path / "model.safetensors"]))

    for name, tensor in mapped.tensors.items():
        fresh = mapped.read([tensor])
        assert torch.equal(fresh, tensors[name])
        assert (fresh.data_ptr() != tensor.data_ptr()) == Path("/proc/self/pagemap").exists()


def test_tensors_are_read_again_on_top_of_each_other(tmp_path):
    tensors = {name: torch.randn(rows, 6) for name, rows in (("a", 300), ("b", 1), ("c", 20))}
    save_file(tensors, tmp_path / "model.safetensors")
    mapped = map_tensors(places_of([tmp_path / "model.safetensors"]))
    expected = torch.cat([tensors[name] for name in "cab"])

    assert torch.equal(mapped.read([mapped.tensors[name] for name in "cab"]), expected)
    assert torch.equal(mapped.read([mapped.tensors["c"], tensors["a"], mapped.tensors["b"]]), expected)
    mapped.tensors["a"][0, 0] = 7.0
    assert mapped.read([mapped.tensors[name] for name in "cab"])[20, 0] == 7.0


def test_a_tensor_that_was_changed_is_not_read_again(tensors, tmp_path):
    save_file(tensors, tmp_path / "model.safetensors")
    mapped = map_tensors(places_of([tmp_path / "model.safetensors"]))
    tensor = mapped.tensors["a"]
    tensor.data[-1, -1] = 5.0

    assert mapped.read([tensor]) is tensor


def test_other_tensors_at_the_same_place_are_not_read_again(tensors, tmp_path):
    save_file(tensors, tmp_path / "model.safetensors")
    mapped = map_tensors(places_of([tmp_path / "model.safetensors"]))
    tensor = mapped.tensors["a"]

    for other in (tensor[:10], tensor.view(torch.int32), tensor.t(), tensors["a"]):
        assert mapped.read([other]) is other


def test_a_copy_holds_no_mapping(tensors, tmp_path):
    save_file(tensors, tmp_path / "model.safetensors")
    mapped = map_tensors(places_of([tmp_path / "model.safetensors"]))

    for other in (copy.deepcopy(mapped), pickle.loads(pickle.dumps(mapped))):
        assert not other.files
        assert not other.holds(mapped.tensors["a"])
