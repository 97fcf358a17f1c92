"""MLMTransformer: packed beside the model of transformers, padded; loading, and what goes wrong."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from likewise.errors import CheckpointError, ConfigError, LikewiseError, MissingWeightsError
from likewise.hub.folder import ModelFolder
from likewise.models import Dense, MLMTransformer, Pooling, SpladePooling, Transformer, mlm_transformer
from likewise.models.adapters import add_adapter
from likewise.models.module import LoadContext
from likewise.models.sequence import ModuleSequence
from likewise.ops.packing import packed_features
from likewise.ops.token_logits import TokenLogits

TEXTS = ["a cat", "the dog sat on a mat", "", "hello world " * 20]
PACKED = [
    *("bert", "roberta", "xlm-roberta", "camembert", "mpnet", "distilbert"),
    *("electra", "albert", "modernbert", "nomic_bert", "gte"),
]


@pytest.fixture(scope="module")
def folder(toy_masked_lm_folder, tmp_path_factory):
    return toy_masked_lm_folder(tmp_path_factory.mktemp("mlm") / "model")


@pytest.fixture
def module(folder):
    return MLMTransformer(folder)


def logits_of_transformers(module, features):
    names = ("input_ids", "attention_mask", "token_type_ids")
    return module.auto_model(**{name: features[name] for name in names if name in features}).logits


@torch.no_grad()
@pytest.mark.parametrize("kind", PACKED)
def test_packed_gives_the_logits_of_transformers(toy_masked_lm_folder, tmp_path, kind):
    module = MLMTransformer(toy_masked_lm_folder(tmp_path / "model", kind))
    features = module.tokenize(TEXTS)
    mask = features["attention_mask"].bool()
    expected = logits_of_transformers(module, features)

    padded = module(features)["token_embeddings"]
    packed = module(packed_features(features))

    assert module.how_it_runs().reason == ""
    torch.testing.assert_close(padded[mask], expected[mask], atol=1e-5, rtol=1e-5)
    assert isinstance(packed["token_logits"], TokenLogits)
    assert "token_embeddings" not in packed
    torch.testing.assert_close(packed["token_logits"].whole(), expected[mask], atol=1e-5, rtol=1e-5)
    assert module.embedding_dimension() == expected.shape[-1]


@torch.no_grad()
def test_a_model_without_packed_form_runs_through_transformers(toy_masked_lm_folder, tmp_path):
    module = MLMTransformer(toy_masked_lm_folder(tmp_path / "model", "deberta-v2"))
    features = module.tokenize(TEXTS)

    assert "deberta-v2" in module.how_it_runs().reason
    torch.testing.assert_close(
        module(features)["token_embeddings"], logits_of_transformers(module, features), atol=1e-6, rtol=1e-5
    )
    assert module.embedding_dimension() == module.config.vocab_size


def test_batches_are_smaller_where_all_logits_are_held(toy_masked_lm_folder, tmp_path, monkeypatch):
    module = MLMTransformer(toy_masked_lm_folder(tmp_path / "model", "deberta-v2"))
    monkeypatch.setattr(mlm_transformer, "_ENTRIES", module.embedding_dimension() // 3)
    tokens = module.tokenize(TEXTS)["attention_mask"].sum(1)

    assert module.prepare(TEXTS).sizes.tolist() == (4 * tokens).tolist()


@torch.no_grad()
def test_a_changed_head_or_weight_shows_in_the_next_call(module):
    features = packed_features(module.tokenize(TEXTS))
    before = module(features)["token_logits"].whole()

    module.auto_model.cls.predictions.decoder.bias.data += 1
    torch.testing.assert_close(module(features)["token_logits"].whole(), before + 1)
    module.auto_model.cls.predictions.transform.LayerNorm = nn.Identity()

    assert "cls.predictions" in module.how_it_runs().reason
    padded = module.tokenize(TEXTS)
    torch.testing.assert_close(module(padded)["token_embeddings"], logits_of_transformers(module, padded))


@torch.no_grad()
def test_a_module_that_wants_all_logits_gets_them(module):
    width = module.embedding_dimension()
    features = packed_features(module.tokenize(TEXTS))
    expected = module(features)["token_logits"].whole()

    pooled = ModuleSequence([module, Pooling(width, "lasttoken")])(dict(features))["sentence_embedding"]
    projected = ModuleSequence([module, SpladePooling(), Dense(width, 3)])(dict(features))["sentence_embedding"]

    torch.testing.assert_close(pooled[0], expected[features["cu_seqlens"][1] - 1])
    assert projected.shape == (len(TEXTS), 3)


def test_gradients_reach_every_weight_that_counts(module):
    module.train()
    features = packed_features(module.tokenize(TEXTS))

    SpladePooling("sum")(module(features))["sentence_embedding"].square().sum().backward()

    without = [name for name, weight in module.named_parameters() if weight.grad is None]
    assert without == []


def test_saved_and_loaded_by_either_class(module, tmp_path):
    (tmp_path / "saved").mkdir()
    module.save(tmp_path / "saved")
    settings = json.loads((tmp_path / "saved" / "sentence_bert_config.json").read_text())
    saved = ModelFolder(tmp_path / "saved")

    assert settings == {"max_seq_length": 64, "do_lower_case": False}
    assert isinstance(MLMTransformer.from_folder(saved, LoadContext()), MLMTransformer)
    # As versions from 5.4 on store it: a Transformer with this task.
    (tmp_path / "saved" / "sentence_bert_config.json").write_text('{"transformer_task": "fill-mask"}')
    assert isinstance(Transformer.from_folder(saved, LoadContext()), MLMTransformer)


def test_bad_folders_and_arguments(folder, toy_bert_folder, tmp_path):
    bare = toy_bert_folder(tmp_path / "bare", plain=True)
    with pytest.raises(MissingWeightsError, match="masked-language-model head of BertForMaskedLM"):
        MLMTransformer(bare)
    with pytest.raises(ConfigError, match="backend"):
        MLMTransformer(folder, backend="onnx")
    with pytest.raises(ConfigError, match="fill-mask"):
        MLMTransformer(folder, transformer_task="feature-extraction")
    with pytest.raises(LikewiseError, match="max_seq_length"):
        MLMTransformer(folder, max_seq_length=1000)
    config = json.loads((bare / "config.json").read_text())
    (bare / "config.json").write_text(json.dumps({**config, "model_type": "clip"}))
    with pytest.raises(CheckpointError, match=r"masked language model|config"):
        MLMTransformer(bare)


def test_damaged_weights_are_named(folder, tmp_path):
    import shutil

    copy = shutil.copytree(folder, tmp_path / "copy")
    tensors = load_file(copy / "model.safetensors")
    tensors["cls.predictions.transform.dense.weight"][0, 0] = float("nan")
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(CheckpointError, match=r"cls\.predictions\.transform\.dense\.weight"):
        MLMTransformer(copy)


@torch.no_grad()
def test_an_adapter_is_saved_and_loaded_alone(module, folder, tmp_path):
    peft = pytest.importorskip("peft", reason="extra peft")
    features = module.tokenize(TEXTS)
    before = module(features)["token_embeddings"]
    torch.manual_seed(1)
    settings = peft.LoraConfig(r=2, target_modules=["query", "value"], init_lora_weights=False)
    add_adapter(module.auto_model, settings)
    (tmp_path / "saved").mkdir()

    module.save(tmp_path / "saved")
    loaded = MLMTransformer(tmp_path / "saved", model_args={"base_model_name_or_path": str(folder)})

    assert not (tmp_path / "saved" / "model.safetensors").exists()
    assert "lora" in module.how_it_runs().reason or "peft" in module.how_it_runs().reason
    assert not torch.allclose(module(features)["token_embeddings"], before)
    torch.testing.assert_close(loaded(features)["token_embeddings"], module(features)["token_embeddings"])
