"""Supported encoders are read from their files without transformers, and are the ordinary model when asked for it."""

import copy
import json
import pickle
import shutil
import subprocess
import sys
import threading
from itertools import pairwise

import pytest
import torch
from safetensors.torch import load_file, save_file

from likewise.hub.folder import ModelFolder
from likewise.models import Transformer
from likewise.models.direct_body import DirectBody
from likewise.models.module import LoadContext
from likewise.models.transformer_config import load_config
from likewise.models.transformer_loading import load_model

KINDS = ["bert", "roberta", "xlm-roberta", "camembert", "mpnet", "distilbert", "electra", "albert"]
KINDS += ["modernbert", "nomic_bert", "gte"]
TEXTS = ["the cat sat on the mat", "hello world", ""]


@pytest.fixture(scope="module")
def folders(tmp_path_factory, toy_bert_folder, toy_encoder_folder):
    """A function `(kind)` to a plain folder of a toy encoder; do not change it."""
    root, made = tmp_path_factory.mktemp("encoders"), {}

    def folder_of(kind):
        if kind not in made:
            folder = root / kind
            made[kind] = toy_bert_folder(folder, plain=True) if kind == "bert" else toy_encoder_folder(folder, kind)
        return made[kind]

    return folder_of


@pytest.fixture
def folder(folders, tmp_path):
    """A copy of the toy BERT that a test may change."""
    return shutil.copytree(folders("bert"), tmp_path / "model")


def ordinary(folder):
    """The model as transformers loads it."""
    opened = ModelFolder(folder)
    return load_model(opened, load_config(opened, {}, trust_remote_code=False), {}, trust_remote_code=False)


def body_of(module):
    return module._modules["auto_model"]


def is_direct(module):
    return isinstance(body_of(module), DirectBody)


def embed(module, texts=TEXTS):
    return module(module.tokenize(texts))["token_embeddings"]


def edit(folder, name, **changes):
    path = folder / name
    data = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in data.items() if value is not None}))


def edit_weights(folder, change):
    tensors = load_file(folder / "model.safetensors")
    save_file(change(tensors), folder / "model.safetensors", metadata={"format": "pt"})


# --- without transformers ---------------------------------------------------------------------------------------------


PROGRAM = """
import pickle, sys
from likewise import SentenceTransformer
for at, folder in enumerate(sys.argv[2:]):
    model = SentenceTransformer(folder, device="cpu")
    before = model.encode(["the cat", "hello world"])
    model.save_pretrained(f"{sys.argv[1]}/{at}")
    again = SentenceTransformer(f"{sys.argv[1]}/{at}", device="cpu")
    assert abs(before - again.encode(["the cat", "hello world"])).max() < 1e-6
    assert abs(before - pickle.loads(pickle.dumps(model)).encode(["the cat", "hello world"])).max() < 1e-6
    model.get_sentence_embedding_dimension(), model.max_seq_length, repr(model), list(model.state_dict())
    print(folder, "transformers" in sys.modules, "torch._dynamo" in sys.modules)
"""


def run(target, *folders):
    arguments = [sys.executable, "-c", PROGRAM, str(target), *map(str, folders)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_loading_encoding_and_saving_do_not_import_transformers(folders, tmp_path):
    chosen = [folders(kind) for kind in KINDS]

    assert run(tmp_path, *chosen) == [f"{folder} False False" for folder in chosen]


def test_the_real_minilm_does_not_need_transformers(minilm_folder, tmp_path):
    assert run(tmp_path, minilm_folder) == [f"{minilm_folder} False False"]


# --- the same model ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_results_and_names_are_those_of_the_ordinary_model(folders, kind):
    module, expected = Transformer(folders(kind)), ordinary(folders(kind))
    assert is_direct(module)

    names = [name.removeprefix("auto_model.") for name in module.state_dict()]
    features = module.tokenize(TEXTS)
    got = module(features)["token_embeddings"]
    inputs = {key: value for key, value in features.items() if kind != "distilbert" or key != "token_type_ids"}
    wanted = expected(**inputs).last_hidden_state

    assert names == list(expected.state_dict())
    assert all(
        torch.equal(module.state_dict()[f"auto_model.{name}"], value) for name, value in expected.state_dict().items()
    )
    present = features["attention_mask"].bool()
    torch.testing.assert_close(got[present], wanted[present], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_the_ordinary_model_has_the_same_parameters(folders, kind):
    module, expected = Transformer(folders(kind)), ordinary(folders(kind))
    before, embeddings = dict(module.named_parameters()), embed(module)

    model = module.auto_model

    assert type(model) is type(expected)
    assert module.auto_model is model
    assert model.config.to_diff_dict() == expected.config.to_diff_dict()
    after = dict(module.named_parameters())
    assert list(after) == list(before)
    assert all(after[name] is before[name] for name in before)
    assert {name: value.tolist() for name, value in model.named_buffers()} == {
        name: value.tolist() for name, value in expected.named_buffers()
    }
    assert not model.training
    assert torch.equal(embed(module), embeddings)
    assert module.how_it_runs().encoder is not None


def test_the_ordinary_model_keeps_mode_dtype_and_frozen_weights(folders):
    module = Transformer(folders("bert")).half()
    module.train()
    next(module.parameters()).requires_grad_(False)

    model = module.auto_model

    assert model.training
    assert model.encoder.layer[0].training
    assert model.dtype == torch.float16
    assert not next(model.parameters()).requires_grad


def test_optimizer_steps_show_before_and_after_the_ordinary_model_is_made(folders):
    module = Transformer(folders("bert"))
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    seen = [embed(module).detach()]
    for step in range(4):
        if step == 2:
            assert module.auto_model.config is not None
        embed(module).square().sum().backward()
        optimizer.step()
        optimizer.zero_grad()
        with torch.inference_mode():
            seen.append(embed(module).clone())
            rows = module.auto_model(**module.tokenize(TEXTS)).last_hidden_state if step >= 2 else seen[-1]
        present = module.tokenize(TEXTS)["attention_mask"].bool()
        torch.testing.assert_close(seen[-1][present], rows[present], atol=2e-5, rtol=1e-4)

    assert all((one - two).abs().max() > 1e-4 for one, two in pairwise(seen))


def test_training_does_not_write_to_the_file(folder):
    before = (folder / "model.safetensors").read_bytes()
    module = Transformer(folder)

    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(1.0)

    assert (folder / "model.safetensors").read_bytes() == before


def test_threads_that_ask_together_get_one_model(folders):
    module, got = Transformer(folders("bert")), []
    threads = [threading.Thread(target=lambda: got.append((module.auto_model, module.tokenizer))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({id(model) for model, _ in got}) == len({id(tokenizer) for _, tokenizer in got}) == 1


def test_copies_are_independent(folders):
    module = Transformer(folders("bert"))
    for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert is_direct(other)
        with torch.no_grad():
            next(other.parameters()).add_(1.0)
        assert not torch.equal(embed(other), embed(module))


def test_asked_for_in_inference_mode_it_can_be_trained(folders):
    module = Transformer(folders("bert"))
    with torch.inference_mode():
        assert not module.auto_model.training
    model = module.auto_model

    model(**module.tokenize(TEXTS)).last_hidden_state.sum().backward()

    assert all(not tensor.is_inference() for tensor in (*model.parameters(), *model.buffers()))


def test_another_default_device_does_not_matter(folders):
    torch.set_default_device("meta")
    try:
        module = Transformer(folders("bert"))
    finally:
        torch.set_default_device(None)

    assert is_direct(module)
    assert module.device == torch.device("cpu")


def test_gradient_checkpointing_and_all_layers(folders):
    module = Transformer(folders("bert"), config_args={"output_hidden_states": True})
    assert is_direct(module)

    assert len(module(module.tokenize(TEXTS))["all_layer_embeddings"]) == 3

    assert module.config.output_hidden_states
    module.auto_model.gradient_checkpointing_enable()
    module.train()
    embed(module).sum().backward()
    assert next(module.parameters()).grad is not None


def test_the_tokenizer_is_the_ordinary_one_and_changes_to_it_count(folder):
    from transformers import AutoTokenizer

    module = Transformer(folder)
    ids = module.tokenize(TEXTS)["input_ids"]
    expected = AutoTokenizer.from_pretrained(folder)
    shutil.rmtree(folder)

    assert type(module.tokenizer) is type(expected)
    assert module.tokenizer.backend_tokenizer.to_str() == expected.backend_tokenizer.to_str()
    assert module.tokenizer.name_or_path == str(folder)
    assert torch.equal(module.tokenize(TEXTS)["input_ids"], ids)
    module.tokenizer.add_tokens(["xyzzy"])
    module.auto_model.resize_token_embeddings(len(module.tokenizer))
    assert module.tokenize(["xyzzy"])["input_ids"].shape == (1, 3)


def test_another_model_can_be_put_in(folders):
    module = Transformer(folders("bert"))
    other = ordinary(folders("bert"))

    module.auto_model = other

    assert module.auto_model is other


# --- what is read, and what is left to transformers -------------------------------------------------------------------


def test_files_of_a_model_with_a_head_are_read(folder, caplog):
    expected = embed(Transformer(folder))
    renames = {".LayerNorm.weight": ".LayerNorm.gamma", ".LayerNorm.bias": ".LayerNorm.beta"}

    def change(tensors):
        changed = {"cls.predictions.bias": torch.zeros(3), "bert.embeddings.position_ids": torch.zeros(1, 64)}
        for name, tensor in tensors.items():
            for new, old in renames.items():
                name = name.replace(new, old)
            if "pooler" not in name:
                changed[f"bert.{name}"] = tensor
        return changed

    edit_weights(folder, change)
    with caplog.at_level("INFO", logger="likewise"):
        module = Transformer(folder)

    assert is_direct(module)
    assert torch.equal(embed(module), expected)
    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == [
        "1 weights are not used by the encoder: cls.predictions.bias"
    ]
    assert module.auto_model.pooler is None


def test_shards_are_read(folder, tmp_path):
    expected = embed(Transformer(folder))
    ordinary(folder).save_pretrained(tmp_path / "sharded", max_shard_size="8KB")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(folder / name, tmp_path / "sharded")

    module = Transformer(tmp_path / "sharded")

    assert len(list((tmp_path / "sharded").glob("*.safetensors"))) > 1
    assert is_direct(module)
    assert torch.equal(embed(module), expected)


@pytest.mark.parametrize("stored", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("said", ["float32", "bfloat16", None])
@pytest.mark.parametrize("asked", [None, "auto", "float16", torch.bfloat16])
def test_the_data_type_is_the_one_that_transformers_takes(folder, stored, said, asked):
    edit_weights(folder, lambda tensors: {name: tensor.to(stored) for name, tensor in tensors.items()})
    edit(folder, "config.json", dtype=said)
    options = {} if asked is None else {"torch_dtype": asked}
    opened = ModelFolder(folder)
    expected = load_model(opened, load_config(opened, {}, trust_remote_code=False), options, trust_remote_code=False)

    module = Transformer(folder, model_args=options)

    assert is_direct(module)
    assert next(module.parameters()).dtype == expected.dtype
    assert module.auto_model.dtype == expected.dtype
    assert module.config.dtype == expected.config.dtype


@pytest.mark.parametrize(
    "options",
    [
        {"model_args": {"attn_implementation": "eager"}},
        {"model_args": {"add_pooling_layer": False}},
        {"config_args": {"hidden_dropout_prob": 0.3}},
    ],
)
def test_other_options_are_left_to_transformers(folders, options):
    assert not is_direct(Transformer(folders("bert"), **options))


@pytest.mark.parametrize("changes", [{"position_embedding_type": "relative_key"}, {"is_decoder": True}])
def test_other_computations_are_left_to_transformers(folder, changes):
    edit(folder, "config.json", **changes)

    assert not isinstance(body_of_plain(folder), DirectBody)


def body_of_plain(folder):
    from likewise.models.body_access import load_body
    from likewise.models.transformer_settings import TransformerSettings

    return load_body(ModelFolder(folder), TransformerSettings(), LoadContext())


def test_weights_that_float16_cannot_hold_are_refused(folder):
    from likewise.errors import CheckpointError

    def change(tensors):
        tensors["embeddings.word_embeddings.weight"][0, 0] = 1e6
        return tensors

    edit_weights(folder, change)

    with pytest.raises(CheckpointError, match="NaN or infinity"):
        Transformer(folder, model_args={"torch_dtype": "float16"})
