"""Re-rankers with adapters: put in, trained apart, saved apart, loaded from a folder that holds nothing else."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from likewise import CrossEncoder
from likewise.errors import CheckpointError, ConfigError, UnsafePathError

peft = pytest.importorskip("peft", reason="extra peft")

PAIRS = [("a cat", "the dog sat on a mat"), ("hello", "world"), ("red fox", "")]


def lora(**settings):
    return peft.LoraConfig(
        **{"target_modules": ["query", "value"], "r": 2, "init_lora_weights": False, "task_type": "SEQ_CLS"} | settings
    )


def base_is(folder):
    return {"device": "cpu", "model_kwargs": {"base_model_name_or_path": str(folder)}}


@pytest.fixture
def adapted(ranker_folder):
    model = CrossEncoder(ranker_folder, device="cpu")
    model.add_adapter(lora())
    return model


@pytest.fixture
def saved(adapted, tmp_path):
    adapted.save(tmp_path / "saved")
    return tmp_path / "saved"


def test_a_folder_that_holds_an_adapter_is_loaded_onto_its_base(adapted, saved, ranker_folder):
    model = CrossEncoder(saved, **base_is(ranker_folder))

    assert not (saved / "model.safetensors").exists()
    assert not np.allclose(model.predict(PAIRS), CrossEncoder(ranker_folder, device="cpu").predict(PAIRS), atol=1e-4)
    np.testing.assert_allclose(model.predict(PAIRS), adapted.predict(PAIRS), atol=1e-6)
    assert model.active_adapters() == ["default"]


def test_it_is_saved_and_loaded_again(adapted, saved, ranker_folder, tmp_path):
    CrossEncoder(saved, **base_is(ranker_folder)).save(tmp_path / "again")

    model = CrossEncoder(tmp_path / "again", **base_is(ranker_folder))

    np.testing.assert_allclose(model.predict(PAIRS), adapted.predict(PAIRS), atol=1e-6)
    assert (tmp_path / "again/adapter_model.safetensors").is_file()


def test_what_peft_saved_brings_its_head(toy_bert_folder, tmp_path, caplog):
    from transformers import AutoModelForSequenceClassification

    base = toy_bert_folder(tmp_path / "base", plain=True)
    whole = AutoModelForSequenceClassification.from_pretrained(base, num_labels=3)
    theirs = peft.get_peft_model(whole, lora()).eval()
    theirs.save_pretrained(tmp_path / "adapter")
    plain = CrossEncoder(base, device="cpu", num_labels=3)
    plain.tokenizer.save_pretrained(tmp_path / "adapter")
    caplog.clear()

    model = CrossEncoder(tmp_path / "adapter", **base_is(base))

    assert any("classifier" in name for name in load_file(tmp_path / "adapter/adapter_model.safetensors"))
    assert model.num_labels == 3
    assert "new and random" not in caplog.text
    with torch.inference_mode():
        expected = theirs(**plain.tokenize(PAIRS)).logits
    np.testing.assert_allclose(model.predict(PAIRS), expected, atol=1e-6)


@pytest.mark.parametrize("settings", [{"task_type": None}, {"modules_to_save": ["classifier"]}], ids=str)
def test_peft_reads_what_was_saved(ranker_folder, tmp_path, settings):
    from transformers import AutoModelForSequenceClassification

    model = CrossEncoder(ranker_folder, device="cpu")
    model.add_adapter(lora(**settings))
    for name, parameter in model.model.named_parameters():
        if "modules_to_save" in name:
            parameter.data += 0.5
    model.save(tmp_path / "b")

    whole = AutoModelForSequenceClassification.from_pretrained(ranker_folder)
    theirs = peft.PeftModel.from_pretrained(whole, tmp_path / "b").eval()

    with torch.inference_mode():
        expected = theirs(**model.tokenize(PAIRS)).logits[:, 0].sigmoid()
    np.testing.assert_allclose(model.predict(PAIRS), expected, atol=1e-6)
    again = CrossEncoder(tmp_path / "b", **base_is(ranker_folder))
    np.testing.assert_allclose(again.predict(PAIRS), expected, atol=1e-6)


def test_the_documented_methods(adapted, ranker_folder, tmp_path):
    before = CrossEncoder(ranker_folder, device="cpu").predict(PAIRS)
    first = adapted.predict(PAIRS)

    assert not adapted.describe().bodies[0].packed
    adapted.disable_adapters()
    np.testing.assert_allclose(adapted.predict(PAIRS), before, atol=1e-6)
    adapted.enable_adapters()
    np.testing.assert_allclose(adapted.predict(PAIRS), first, atol=1e-6)
    adapted.add_adapter(lora(target_modules=["key"]), "second")
    second = adapted.predict(PAIRS)
    assert np.abs(second - first).max() > 1e-4
    assert adapted.active_adapters() == [adapted.active_adapter()] == ["second"]
    assert all("key" in name for name in adapted.get_adapter_state_dict())
    adapted.set_adapter("default")
    np.testing.assert_allclose(adapted.predict(PAIRS), first, atol=1e-6)
    adapted.save(tmp_path / "b")
    other = CrossEncoder(ranker_folder, device="cpu")
    other.load_adapter(tmp_path / "b", "mine")
    np.testing.assert_allclose(other.predict(PAIRS), first, atol=1e-6)
    adapted.delete_adapter(["default", "second"])
    np.testing.assert_allclose(adapted.predict(PAIRS), before, atol=1e-6)
    with pytest.raises(ConfigError, match="no adapter 'second'"):
        adapted.set_adapter("second")


def test_training_changes_the_adapter_alone(adapted, ranker_folder, tmp_path):
    from datasets import Dataset

    from likewise.cross_encoder import CrossEncoderTrainer, CrossEncoderTrainingArguments

    before = {name: value.clone() for name, value in adapted.model.named_parameters()}
    data = Dataset.from_dict({"a": ["cat", "dog"] * 4, "b": ["mat", "fox"] * 4, "label": [1.0, 0.0] * 4})
    args = CrossEncoderTrainingArguments(
        tmp_path / "out", use_cpu=True, report_to="none", max_steps=2, save_strategy="no", learning_rate=1e-2
    )

    CrossEncoderTrainer(adapted, args, data).train()

    changed = {name for name, value in adapted.model.named_parameters() if not torch.equal(value, before[name])}
    assert changed
    assert all("lora_" in name for name in changed)


def test_an_adapter_without_a_head_says_that_the_head_is_new(saved, toy_bert_folder, tmp_path, caplog):
    base = toy_bert_folder(tmp_path / "base", plain=True)

    assert CrossEncoder(saved, num_labels=2, **base_is(base)).predict(PAIRS).shape == (3, 2)
    assert "new and random" in caplog.text


def test_a_local_base_that_the_file_names_is_not_followed(saved):
    with pytest.raises(UnsafePathError, match="base_model_name_or_path"):
        CrossEncoder(saved, device="cpu")


def test_an_adapter_of_another_model_is_refused(saved, toy_classifier_folder, tmp_path):
    other = toy_classifier_folder(tmp_path / "other", "distilbert")

    with pytest.raises(CheckpointError):
        CrossEncoder(saved, **base_is(other))


def test_adapters_of_generative_re_rankers(toy_causal_folder, tmp_path):
    base = toy_causal_folder(tmp_path / "base")
    model = CrossEncoder(base, device="cpu")
    model.add_adapter(lora(target_modules=["q_proj"], task_type="CAUSAL_LM"))
    expected = model.predict(PAIRS)

    model.save(tmp_path / "b")
    again = CrossEncoder(tmp_path / "b", **base_is(base))

    assert json.loads((tmp_path / "b/adapter_config.json").read_text())["task_type"] == "CAUSAL_LM"
    np.testing.assert_allclose(again.predict(PAIRS), expected, atol=1e-6)
    (tmp_path / "b/modules.json").unlink()
    np.testing.assert_allclose(CrossEncoder(tmp_path / "b", **base_is(base)).predict(PAIRS), expected, atol=1e-6)
