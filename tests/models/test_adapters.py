"""PEFT adapters in a model folder: saved without the base, loaded onto it, refused where they do not fit."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from likewise.errors import CheckpointError, ConfigError, MissingWeightsError, UnsafePathError
from likewise.hub.folder import ModelFolder
from likewise.models import Transformer
from likewise.models.adapters import add_adapter, has_adapters
from likewise.models.module import LoadContext

peft = pytest.importorskip("peft", reason="extra peft")


def load(folder, **model_kwargs):
    return Transformer.from_folder(ModelFolder(folder), LoadContext(model_kwargs=model_kwargs)).eval()


def embed(module):
    with torch.inference_mode():
        return module(module.tokenize(["the cat sat"]))["token_embeddings"]


@pytest.fixture
def base(toy_bert_folder, tmp_path):
    return toy_bert_folder(tmp_path / "base")


@pytest.fixture
def adapted(base):
    module = Transformer(base).eval()
    torch.manual_seed(1)
    add_adapter(module.auto_model, peft.LoraConfig(r=2, target_modules=["query", "value"], init_lora_weights=False))
    return module


@pytest.fixture
def saved(adapted, tmp_path):
    folder = tmp_path / "saved"
    folder.mkdir()
    adapted.save(folder)
    return folder


def test_only_the_adapter_is_saved(saved):
    names = {path.name for path in saved.iterdir()}

    assert {"adapter_config.json", "adapter_model.safetensors", "sentence_bert_config.json", "tokenizer.json"} <= names
    assert "model.safetensors" not in names
    assert all(".lora_" in name for name in load_file(saved / "adapter_model.safetensors"))


def test_saved_and_loaded_onto_its_base_it_gives_the_same(adapted, base, saved):
    again = load(saved, base_model_name_or_path=str(base))

    assert has_adapters(again.auto_model)
    assert not torch.allclose(embed(again), embed(Transformer(base).eval()))
    torch.testing.assert_close(embed(again), embed(adapted), atol=1e-6, rtol=1e-6)


def test_peft_itself_reads_what_was_saved(adapted, base, saved):
    from transformers import AutoModel

    model = peft.PeftModel.from_pretrained(AutoModel.from_pretrained(base), saved).eval()
    with torch.inference_mode():
        got = model(**adapted.tokenize(["the cat sat"])).last_hidden_state

    torch.testing.assert_close(got, embed(adapted), atol=1e-6, rtol=1e-6)


def test_what_peft_saved_is_loaded(base, tmp_path):
    from transformers import AutoModel

    config = peft.LoraConfig(r=2, target_modules=["key"], init_lora_weights=False)
    peft_model = peft.get_peft_model(AutoModel.from_pretrained(base), config).eval()
    peft_model.save_pretrained(tmp_path / "adapter")
    plain = Transformer(base)
    plain.tokenizer.save_pretrained(tmp_path / "adapter")

    module = load(tmp_path / "adapter", base_model_name_or_path=str(base))

    with torch.inference_mode():
        expected = peft_model(**plain.tokenize(["the cat sat"])).last_hidden_state
    torch.testing.assert_close(embed(module), expected, atol=1e-6, rtol=1e-6)


@pytest.mark.filterwarnings("error")
def test_saving_asks_no_network(adapted, tmp_path, monkeypatch):
    adapted.auto_model.peft_config["default"].base_model_name_or_path = "nobody/no-such-model"

    adapted.save(tmp_path)

    assert (tmp_path / "adapter_model.safetensors").is_file()


def test_a_local_path_in_the_file_is_not_followed(saved):
    with pytest.raises(UnsafePathError, match=r"is the local path.*model_kwargs="):
        load(saved)


def test_a_base_inside_the_folder_is_found(base, adapted, saved):
    base.rename(saved / "base")
    path = saved / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "base_model_name_or_path": "base"}))

    torch.testing.assert_close(embed(load(saved)), embed(adapted), atol=1e-6, rtol=1e-6)


def test_missing_adapter_weights_are_an_error(base, saved):
    tensors = load_file(saved / "adapter_model.safetensors")
    tensors.pop(next(iter(tensors)))
    save_file(tensors, saved / "adapter_model.safetensors")

    with pytest.raises(MissingWeightsError, match="1 weights are missing"):
        load(saved, base_model_name_or_path=str(base))
    (saved / "adapter_model.safetensors").unlink()
    with pytest.raises(MissingWeightsError, match="no adapter weights"):
        load(saved, base_model_name_or_path=str(base))


def test_settings_that_import_modules_by_name_are_dropped(base, saved):
    path = saved / "adapter_config.json"
    hostile = {"megatron_config": {"a": 1}, "megatron_core": "antigravity", "auto_mapping": {"parent_library": "os"}}
    path.write_text(json.dumps({**json.loads(path.read_text()), **hostile}))

    config = load(saved, base_model_name_or_path=str(base)).auto_model.peft_config["default"]

    assert config.megatron_core != "antigravity"
    assert config.megatron_config is None


def test_other_kinds_of_adapters_are_refused(base, saved):
    path = saved / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "peft_type": "PROMPT_TUNING"}))

    with pytest.raises(CheckpointError, match=r"adapter_config.json: 'peft_type' is 'PROMPT_TUNING'"):
        load(saved, base_model_name_or_path=str(base))
    with pytest.raises(ConfigError, match="PROMPT_TUNING"):
        add_adapter(
            Transformer(base).auto_model, peft.PromptTuningConfig(task_type="FEATURE_EXTRACTION", num_virtual_tokens=2)
        )
