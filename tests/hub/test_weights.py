"""Tensors of a stranger's folder: damaged, hostile, or simply not those of the model."""

import json
import os
import pickle
import struct
import warnings

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import nn

from likewise.errors import CheckpointError, LikewiseError, MissingWeightsError, OutputError, UnsafePathError
from likewise.hub.folder import ModelFolder
from likewise.hub.weights import find_weights, load_folder, load_into, load_tensors, read_header, save_weights

NAME = "model.safetensors"


@pytest.fixture
def linear():
    torch.manual_seed(0)
    return nn.Linear(3, 2)


def header_bytes(entries, body=b""):
    raw = json.dumps(entries).encode() if not isinstance(entries, bytes) else entries
    return struct.pack("<Q", len(raw)) + raw + body


def entry(start, stop, shape=(1,), dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, stop]}


def write_safetensors(folder, tensors):
    save_file(tensors, folder / NAME, metadata={"format": "pt"})


# --- saving and loading -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("safe", [True, False])
def test_what_is_saved_is_loaded(tmp_path, linear, safe):
    save_weights(linear, tmp_path, safe_serialization=safe)
    other = nn.Linear(3, 2)

    load_into(other, ModelFolder(tmp_path))

    assert os.listdir(tmp_path) == [NAME if safe else "pytorch_model.bin"]
    assert torch.equal(other.weight, linear.weight)
    assert torch.equal(other.bias, linear.bias)


def test_safetensors_carry_the_format_that_transformers_asks_for(tmp_path, linear):
    save_weights(linear, tmp_path)

    raw = (tmp_path / NAME).read_bytes()

    assert b'"__metadata__":{"format":"pt"}' in raw[:200]


@pytest.mark.parametrize("safe", [True, False])
def test_a_tensor_with_two_names_is_stored_once_and_restored_under_both(tmp_path, safe):
    module = nn.ModuleDict({"a": nn.Linear(2, 2), "b": nn.Linear(2, 2)})
    module["b"].weight = module["a"].weight
    other = nn.ModuleDict({"a": nn.Linear(2, 2), "b": nn.Linear(2, 2)})
    other["b"].weight = other["a"].weight

    save_weights(module, tmp_path, safe_serialization=safe)
    load_into(other, ModelFolder(tmp_path))

    assert len(load_folder(ModelFolder(tmp_path))) == 3
    assert torch.equal(other["b"].weight, module["a"].weight)
    assert other["a"].weight is other["b"].weight


def test_tensors_that_share_memory_without_being_the_same_are_saved_in_full(tmp_path):
    module = nn.Module()
    base = torch.arange(6.0)
    module.register_buffer("first", base[:4])
    module.register_buffer("second", base[2:])

    save_weights(module, tmp_path)

    saved = load_file(tmp_path / NAME)
    assert saved["first"].tolist() == [0, 1, 2, 3]
    assert saved["second"].tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize("safe", [True, False])
def test_weights_that_cannot_be_written_are_an_output_error(tmp_path, linear, safe):
    with pytest.raises(OutputError, match="could not be written"):
        save_weights(linear, tmp_path / "nowhere", safe_serialization=safe)


def test_a_full_disk_is_an_output_error(tmp_path, linear):
    (tmp_path / "pytorch_model.bin").symlink_to("/dev/full")

    with pytest.raises(OutputError, match="could not be written"):
        save_weights(linear, tmp_path, safe_serialization=False)


# --- which files ------------------------------------------------------------------------------------------------------


def test_safetensors_win_over_a_pickle(tmp_path):
    write_safetensors(tmp_path, {"a": torch.ones(1)})
    (tmp_path / "pytorch_model.bin").write_bytes(b"never read")

    assert load_folder(ModelFolder(tmp_path))["a"].item() == 1


def test_shards_are_joined(tmp_path):
    save_file({"a": torch.ones(1)}, tmp_path / "model-00001-of-00002.safetensors")
    save_file({"b": torch.zeros(1)}, tmp_path / "model-00002-of-00002.safetensors")
    mapping = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (tmp_path / f"{NAME}.index.json").write_text(json.dumps({"weight_map": mapping}))

    assert sorted(load_folder(ModelFolder(tmp_path))) == ["a", "b"]


@pytest.mark.parametrize(
    ("mapping", "kind", "message"),
    [
        ({"a": "model-00001-of-00001.safetensors"}, CheckpointError, "no such file"),
        ({"a": "../outside.safetensors"}, UnsafePathError, "leads out"),
        ({"a": "/etc/model.safetensors"}, UnsafePathError, "leads out"),
        ({"a": "weights.bin"}, CheckpointError, "end in '.safetensors'"),
        ({"a": 1}, CheckpointError, "end in '.safetensors'"),
        ([], CheckpointError, "'weight_map'"),
    ],
)
def test_an_index_that_names_no_proper_shard_is_refused(tmp_path, mapping, kind, message):
    (tmp_path / f"{NAME}.index.json").write_text(json.dumps({"weight_map": mapping}))

    with pytest.raises(kind, match=message):
        find_weights(ModelFolder(tmp_path))


def test_a_tensor_in_two_shards_is_refused(tmp_path):
    for shard in ("one.safetensors", "two.safetensors"):
        save_file({"a": torch.ones(1)}, tmp_path / shard)
    mapping = {"a": "one.safetensors", "b": "two.safetensors"}
    (tmp_path / f"{NAME}.index.json").write_text(json.dumps({"weight_map": mapping}))

    with pytest.raises(CheckpointError, match="'a' is also in another file"):
        load_folder(ModelFolder(tmp_path))


def test_a_folder_without_weights_says_what_is_looked_for(tmp_path):
    with pytest.raises(MissingWeightsError, match=r"no weights.*model\.safetensors"):
        load_folder(ModelFolder(tmp_path))


# --- damaged safetensors ----------------------------------------------------------------------------------------------

HOSTILE = {
    "empty": b"",
    "shorter than a length": b"\x01\x02",
    "header longer than the file": struct.pack("<Q", 10**6) + b"{}",
    "huge header": struct.pack("<Q", 2**63) + b"{}",
    "no JSON": header_bytes(b"not json"),
    "a list": header_bytes(b"[]"),
    "not UTF-8": header_bytes(b'{"\xff": 1}'),
    "key twice": header_bytes(b'{"a": {}, "a": {}}'),
    "no offsets": header_bytes({"a": {"dtype": "F32", "shape": [1]}}, b"1234"),
    "unknown dtype": header_bytes({"a": entry(0, 4, dtype="F31")}, b"1234"),
    "dtype is a list": header_bytes({"a": {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]}}, b"1234"),
    "offset outside": header_bytes({"a": entry(0, 400, (100,))}, b"1234"),
    "negative offset": header_bytes({"a": entry(-4, 0)}, b"1234"),
    "offset is true": header_bytes({"a": {"dtype": "U8", "shape": [1], "data_offsets": [False, True]}}, b"1"),
    "overlap": header_bytes({"a": entry(0, 8, (2,)), "b": entry(4, 12, (2,))}, b"0" * 12),
    "same range twice": header_bytes({"a": entry(0, 4), "b": entry(0, 4)}, b"0" * 4),
    "gap": header_bytes({"a": entry(4, 8)}, b"0" * 8),
    "rest": header_bytes({"a": entry(0, 4)}, b"0" * 8),
    "shape too large": header_bytes({"a": entry(0, 4, (2**40, 2**40))}, b"1234"),
    "negative dimensions": header_bytes({"a": entry(0, 4, (-1, -1))}, b"1234"),
    "shape is a text": header_bytes({"a": {"dtype": "F32", "shape": "11", "data_offsets": [0, 4]}}, b"1234"),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_header_is_refused_before_tensors_are_read(tmp_path, content):
    (tmp_path / NAME).write_bytes(content)

    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        read_header(tmp_path / NAME)
    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        load_tensors(tmp_path / NAME)


def test_a_header_tells_types_and_shapes(tmp_path):
    write_safetensors(tmp_path, {"a": torch.ones(2, 3, dtype=torch.bfloat16), "b": torch.ones(0, 4)})

    assert read_header(tmp_path / NAME) == {"a": ("BF16", [2, 3]), "b": ("F32", [0, 4])}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=8), st.booleans())
def test_any_damage_is_an_error_of_ours_or_no_damage_to_shapes(tmp_path, at, noise, cut):
    write_safetensors(tmp_path, {"weight": torch.ones(4, 2), "bias": torch.ones(4)})
    raw = bytearray((tmp_path / NAME).read_bytes())
    at %= len(raw)
    raw = raw[:at] if cut else raw[:at] + noise + raw[at + len(noise) :]
    (tmp_path / "x.safetensors").write_bytes(raw)

    try:
        tensors = load_tensors(tmp_path / "x.safetensors")
    except LikewiseError:
        return
    assert sum(tensor.numel() for tensor in tensors.values()) * 4 <= len(raw) * 4


# --- pickles ----------------------------------------------------------------------------------------------------------


class Bomb:
    """Runs a command when it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


@pytest.mark.parametrize("legacy", [True, False], ids=["old format", "zip format"])
def test_code_in_a_pickle_is_not_executed(tmp_path, legacy):
    marker = tmp_path / "executed"
    payload = {"weight": torch.ones(2, 3), "bomb": Bomb(marker)}
    torch.save(payload, tmp_path / "pytorch_model.bin", _use_new_zipfile_serialization=not legacy)

    with pytest.raises(CheckpointError, match="holds more than tensors, which was not executed"):
        load_folder(ModelFolder(tmp_path))

    assert not marker.exists()


def test_a_bare_pickle_with_code_is_not_executed(tmp_path):
    marker = tmp_path / "executed"
    (tmp_path / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(marker)))

    with pytest.raises(CheckpointError, match=r"pytorch_model\.bin"):
        load_folder(ModelFolder(tmp_path))

    assert not marker.exists()


@pytest.mark.parametrize("value", [[1, 2], {"a": 1}, torch.ones(2), {"a": [torch.ones(1)]}], ids=str)
def test_a_pickle_of_anything_but_named_tensors_is_refused(tmp_path, value):
    torch.save(value, tmp_path / "pytorch_model.bin")

    with pytest.raises(CheckpointError, match="does not hold a dictionary of tensors"):
        load_folder(ModelFolder(tmp_path))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 100_000), st.binary(min_size=1, max_size=4), st.booleans(), st.booleans())
def test_any_damage_to_a_pickle_is_an_error_of_ours(tmp_path, at, noise, cut, legacy):
    path = tmp_path / "pytorch_model.bin"
    torch.save({"weight": torch.ones(4, 2)}, path, _use_new_zipfile_serialization=not legacy)
    raw = path.read_bytes()
    at %= len(raw)
    path.write_bytes(raw[:at] if cut else raw[:at] + noise + raw[at + len(noise) :])

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tensors = load_tensors(path)
    except LikewiseError:
        return
    assert all(isinstance(tensor, torch.Tensor) for tensor in tensors.values())


# --- weights of another model -----------------------------------------------------------------------------------------


def test_a_missing_weight_is_named(tmp_path, linear):
    write_safetensors(tmp_path, {"weight": torch.ones(2, 3)})

    with pytest.raises(MissingWeightsError, match="1 weights are missing: bias"):
        load_into(linear, ModelFolder(tmp_path))


def test_a_wrong_shape_is_named_with_both_shapes(tmp_path, linear):
    write_safetensors(tmp_path, {"weight": torch.ones(3, 2), "bias": torch.ones(2)})

    with pytest.raises(CheckpointError, match=r"'weight' has shape \(3, 2\).*\(2, 3\), as the configuration says"):
        load_into(linear, ModelFolder(tmp_path))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.float8_e5m2])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_nan_and_infinity_are_refused(tmp_path, linear, dtype, value):
    weight = torch.ones(2, 3)
    weight[1, 1] = value
    write_safetensors(tmp_path, {"weight": weight.to(dtype), "bias": torch.ones(2)})

    with pytest.raises(CheckpointError, match="'weight' holds NaN or infinity"):
        load_into(linear, ModelFolder(tmp_path))


def test_integers_are_no_weights(tmp_path, linear):
    write_safetensors(tmp_path, {"weight": torch.ones(2, 3, dtype=torch.int8), "bias": torch.ones(2)})

    with pytest.raises(CheckpointError, match=r"'weight' is torch\.int8"):
        load_into(linear, ModelFolder(tmp_path))


def test_a_refused_file_leaves_the_module_as_it_was(tmp_path, linear):
    before = linear.weight.clone()
    write_safetensors(tmp_path, {"weight": torch.ones(2, 3), "bias": torch.full((2,), float("nan"))})

    with pytest.raises(CheckpointError):
        load_into(linear, ModelFolder(tmp_path))

    assert torch.equal(linear.weight, before)


def test_surplus_weights_are_named_once(tmp_path, linear, caplog):
    write_safetensors(tmp_path, {"weight": torch.ones(2, 3), "bias": torch.ones(2), "head.weight": torch.ones(1)})

    load_into(linear, ModelFolder(tmp_path))

    assert [record.getMessage().endswith("1 weights are not used: head.weight") for record in caplog.records] == [True]


def test_names_in_the_file_can_differ(tmp_path, linear):
    write_safetensors(tmp_path, {"w": torch.ones(2, 3), "bias": torch.zeros(2)})

    load_into(linear, ModelFolder(tmp_path), rename={"w": "weight"})

    assert linear.weight.sum().item() == 6
