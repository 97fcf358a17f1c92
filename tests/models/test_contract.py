"""The contract that every registered module keeps, checked on one tiny instance of each (conftest.py)."""

import contextlib
import copy
import json
import math

import pytest
import torch

from likewise.errors import LikewiseError
from likewise.hub.folder import ModelFolder
from likewise.models.module import InputModule, LoadContext, Module
from likewise.models.registry import find_class, module_class, registered_names, type_string
from likewise.ops.packing import packed_features, padded_features

NAMES = registered_names()
DAMAGE = [None, "x", -1, 0, [], {}, [None], 1e99, math.nan, True, 3.5]


def save(module, folder):
    folder.mkdir()
    module.save(str(folder))
    return folder


def run(module, features):
    with torch.no_grad():
        return module(copy.copy(features))


def reload(instance, folder):
    kind = type(instance.module)
    return kind.from_folder(ModelFolder(folder), LoadContext()).eval()


def tensors_of(value):
    """A feature as a list of tensors."""
    return [value] if isinstance(value, torch.Tensor) else list(value)


def second_row(value, rows):
    """The second row of a feature of a batch of so many rows."""
    if isinstance(value, torch.Tensor):
        return value[1:2]
    if isinstance(value, list) and isinstance(value[0], torch.Tensor):
        return [layer[1:2] for layer in value]
    return value[1:2] if isinstance(value, list) and len(value) == rows else value


@pytest.fixture(params=NAMES)
def instance(request, make_instance):
    return make_instance(request.param)


def test_the_class_is_a_module_that_its_type_string_finds(instance):
    kind = type(instance.module)

    assert issubclass(kind, Module)
    assert find_class(type_string(kind)) is kind
    assert module_class(kind.__name__) is kind


def test_forward_adds_what_it_promises_and_keeps_the_rest(instance):
    result = run(instance.module, instance.features)

    assert set(instance.features) | set(instance.adds) <= set(result)
    for name in instance.adds:
        assert all(torch.isfinite(tensor).all() for tensor in tensors_of(result[name]))


def test_forward_does_not_depend_on_what_ran_before(instance):
    first = run(instance.module, instance.features)
    second = run(instance.module, instance.features)

    for name in instance.adds:
        torch.testing.assert_close(first[name], second[name], rtol=0, atol=0)


def test_a_loaded_module_has_the_same_settings_weights_and_outputs(instance, tmp_path):
    loaded = reload(instance, save(instance.module, tmp_path / "saved"))

    assert type(loaded) is type(instance.module)
    assert loaded.get_config_dict() == instance.module.get_config_dict()
    torch.testing.assert_close(loaded.state_dict(), instance.module.state_dict(), rtol=0, atol=0)
    expected, found = run(instance.module, instance.features), run(loaded, instance.features)
    for name in instance.adds:
        torch.testing.assert_close(found[name], expected[name], rtol=0, atol=0)


def test_load_by_path_and_subfolder(instance, tmp_path):
    save(instance.module, tmp_path / "1_Part")

    loaded = type(instance.module).load(str(tmp_path), subfolder="1_Part")

    assert loaded.get_config_dict() == instance.module.get_config_dict()


def test_weights_saved_as_a_pickle_load_too(instance, tmp_path):
    if not instance.module.state_dict():
        pytest.skip("a module without weights")
    folder = tmp_path / "saved"
    folder.mkdir()
    instance.module.save(str(folder), safe_serialization=False)

    if list(folder.rglob("*.safetensors")):
        pytest.skip("its weights are always safetensors")
    torch.testing.assert_close(reload(instance, folder).state_dict(), instance.module.state_dict())


def test_missing_weights_are_an_error(instance, tmp_path):
    folder = save(instance.module, tmp_path / "saved")
    weights = list(folder.rglob("*.safetensors"))
    if not weights:
        pytest.skip("a module without weights")
    for file in weights:
        file.unlink()

    with pytest.raises(LikewiseError, match="weights"):
        reload(instance, folder)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=["bfloat16", "float16"])
def test_half_precision_stays_close(instance, dtype):
    features = {
        key: value.to(dtype) if isinstance(value, torch.Tensor) and value.is_floating_point() else value
        for key, value in instance.features.items()
    }
    if "all_layer_embeddings" in features:
        features["all_layer_embeddings"] = [layer.to(dtype) for layer in features["all_layer_embeddings"]]
    expected = run(instance.module, instance.features)

    found = run(copy.deepcopy(instance.module).to(dtype), features)

    for name in instance.adds:
        torch.testing.assert_close(found[name].float(), expected[name].float(), rtol=0.05, atol=0.05)


def test_one_row_gives_what_it_gives_in_a_batch(instance):
    if "offsets" in instance.features:
        pytest.skip("features without a row dimension")
    whole = run(instance.module, instance.features)
    rows = len(whole[instance.adds[0]])

    alone = run(instance.module, {key: second_row(value, rows) for key, value in instance.features.items()})

    for name in instance.adds:
        torch.testing.assert_close(alone[name], whole[name][1:2], rtol=1e-4, atol=1e-5)


def test_gradients_are_finite_and_reach_every_trainable_weight(instance):
    weights = [weight for weight in instance.module.parameters() if weight.requires_grad]
    if not weights:
        pytest.skip("a module without trainable weights")
    result = instance.module(copy.copy(instance.features))

    sum(result[name].float().pow(2).sum() for name in instance.adds).backward()

    gradients = [weight.grad for weight in weights if weight.grad is not None]
    assert gradients
    assert all(torch.isfinite(gradient).all() for gradient in gradients)


def test_packed_features_give_what_padded_ones_give(instance):
    if not instance.module.takes_packed or "attention_mask" not in instance.features:
        pytest.skip("no packed features for this module")
    expected = run(instance.module, instance.features)

    packed = run(instance.module, packed_features(instance.features))

    assert "attention_mask" not in packed
    result = padded_features(packed)
    mask = instance.features["attention_mask"].bool()
    for name in instance.adds:
        left, right = result[name], expected[name]
        if name == "token_embeddings":
            left, right = left[mask], right[mask]
        torch.testing.assert_close(left, right, rtol=1e-5, atol=1e-6)


def settings_files(folder):
    """The settings files of our own formats: not those of transformers and the tokenizers library."""
    own = {module_class(name).config_file_name for name in NAMES}
    own |= {"whitespacetokenizer_config.json", "phrasetokenizer_config.json"}
    files = [path for path in sorted(folder.rglob("*.json")) if path.name in own]
    return [path for path in files if "transformers_version" not in path.read_text(encoding="utf-8")]


def test_damaged_settings_end_in_our_own_errors(instance, tmp_path):
    """Each value of each settings file in turn replaced by one of the wrong kind: an error of ours, or a module."""
    folder = save(instance.module, tmp_path / "saved")
    tried = 0
    for file in settings_files(folder):
        text = file.read_text(encoding="utf-8")
        settings = json.loads(text)
        if not isinstance(settings, dict):
            continue
        for key in [*settings, "a key of another version"]:
            for value in DAMAGE:
                file.write_text(json.dumps({**settings, key: value}), encoding="utf-8")
                tried += 1
                with contextlib.suppress(LikewiseError):
                    reload(instance, folder)
        for broken in ("", "[]", "{", '{"a": 1, "a": 2}', "\x00"):
            file.write_text(broken, encoding="utf-8")
            with pytest.raises(LikewiseError):
                reload(instance, folder)
        file.write_text(text, encoding="utf-8")
    if not tried:
        pytest.skip("a module without settings")


def test_sizes_in_settings_take_no_memory_before_the_weights_agree(instance, tmp_path):
    """Every integer made enormous: an error, not an attempt to allocate."""
    folder = save(instance.module, tmp_path / "saved")
    file = folder / type(instance.module).config_file_name
    if not file.exists() or not list(folder.glob("*.safetensors")):
        pytest.skip("a module without sizes or without weights")
    settings = json.loads(file.read_text(encoding="utf-8"))
    sizes = [key for key, value in settings.items() if type(value) is int and key != "max_seq_length"]
    if not sizes:
        pytest.skip("a module without sizes")

    file.write_text(json.dumps({**settings, **dict.fromkeys(sizes, 2**21)}), encoding="utf-8")

    with pytest.raises(LikewiseError):
        reload(instance, folder)


def test_prepare_and_collate_keep_order_and_leave_no_state(instance):
    if not isinstance(instance.module, InputModule) or type(instance.module).__name__ in ("Router", "Asym"):
        pytest.skip("not a module that reads texts by itself")
    texts = ["cat", "the dog cat", "", "fish"]
    prepared = instance.module.prepare(texts)

    assert len(prepared) == len(prepared.sizes) == len(prepared.truncated) == len(texts)
    forwards = run(instance.module, instance.module.collate(prepared, [0, 1, 3]))
    backwards = run(instance.module, instance.module.collate(prepared, [3, 1, 0]))
    for name in instance.adds:
        if name == "sentence_embedding":
            torch.testing.assert_close(forwards[name], backwards[name].flip(0), rtol=1e-5, atol=1e-6)
        else:
            left, right = padded_features(forwards), padded_features(backwards)
            masks = left["attention_mask"].bool(), right["attention_mask"].flip(0).bool()
            torch.testing.assert_close(left[name][masks[0]], right[name].flip(0)[masks[1]], rtol=1e-4, atol=1e-5)
