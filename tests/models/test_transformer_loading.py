"""What a Transformer's folder may hold: heads and encoder-decoders; and what is refused: damage, code, bad values."""

import json
import logging
import pickle
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from likewise.errors import (
    CheckpointError,
    ConfigError,
    MissingWeightsError,
    ModelNotFoundError,
    UnsafePathError,
    UntrustedCodeError,
)
from likewise.hub.folder import ModelFolder
from likewise.models import Transformer
from likewise.models.module import LoadContext


@pytest.fixture(scope="module")
def original(tmp_path_factory, toy_bert_folder):
    return toy_bert_folder(tmp_path_factory.mktemp("models") / "bert")


@pytest.fixture
def folder(original, tmp_path):
    """A copy of the toy model that a test may damage."""
    return shutil.copytree(original, tmp_path / "model")


def load(folder, **context):
    return Transformer.from_folder(ModelFolder(folder), LoadContext(**context))


def edit(folder, name, **changes):
    """Change keys of a JSON file of the folder; None removes a key."""
    path = folder / name
    data = {**(json.loads(path.read_text()) if path.exists() else {}), **changes}
    path.write_text(json.dumps({key: value for key, value in data.items() if value is not None}))


def edit_weights(folder, change):
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


# --- encoder-decoders and heads ---------------------------------------------------------------------------------------


def test_of_t5_only_the_encoder_is_loaded(toy_encoder_folder, tmp_path):
    module = Transformer(toy_encoder_folder(tmp_path / "t5", "t5"))

    assert type(module.auto_model).__name__ == "T5EncoderModel"
    assert module.get_word_embedding_dimension() == 16


def test_weights_of_a_head_are_left_out_and_named_once(folder, caplog):
    def change(tensors):
        for name in list(tensors):
            tensors[f"bert.{name}"] = tensors.pop(name)
        tensors["cls.predictions.bias"] = torch.zeros(3)

    expected = load(folder)(load(folder).tokenize(["the cat"]))["token_embeddings"]
    edit_weights(folder, change)

    with caplog.at_level(logging.INFO, logger="likewise"):
        module = load(folder)

    assert torch.equal(module(module.tokenize(["the cat"]))["token_embeddings"], expected)
    assert [record.getMessage() for record in caplog.records if "cls.predictions.bias" in record.getMessage()]


def test_a_model_without_pooler_weights_has_no_pooler(folder):
    edit_weights(folder, lambda tensors: [tensors.pop(name) for name in list(tensors) if name.startswith("pooler")])

    assert load(folder).auto_model.pooler is None


# --- damaged and hostile folders --------------------------------------------------------------------------------------


def test_an_unknown_name_is_an_error(tmp_path):
    with pytest.raises(ModelNotFoundError, match="nowhere"):
        Transformer(str(tmp_path / "nowhere"))


def test_a_folder_without_weights_is_an_error(folder):
    (folder / "model.safetensors").unlink()

    with pytest.raises(MissingWeightsError, match=r"no weights.*model.safetensors"):
        load(folder)


def test_cut_weights_are_an_error(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(CheckpointError, match=r"model.safetensors.*damaged or cut short"):
        load(folder)


def test_a_missing_layer_is_never_filled_with_random_numbers(folder):
    edit_weights(folder, lambda tensors: tensors.pop("encoder.layer.1.output.dense.weight"))

    with pytest.raises(MissingWeightsError, match="weights"):
        load(folder)


def test_more_layers_in_the_configuration_than_in_the_file_are_an_error(folder):
    edit(folder, "config.json", num_hidden_layers=3)

    with pytest.raises(MissingWeightsError, match=r"the model of config.json has"):
        load(folder)


def test_another_shape_than_the_configuration_says_is_an_error(folder):
    edit(folder, "config.json", intermediate_size=48)

    with pytest.raises(CheckpointError, match=r"'encoder.layer.0.\S+' has shape \(32,.*\(48,.*config.json says"):
        load(folder)


def test_a_huge_configuration_takes_no_memory(folder):
    edit(folder, "config.json", vocab_size=30_000_000, hidden_size=65536, intermediate_size=2**20)

    with pytest.raises(CheckpointError):
        load(folder)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_an_error(folder, bad):
    def change(tensors):
        tensors["encoder.layer.0.output.dense.bias"][3] = bad

    edit_weights(folder, change)

    with pytest.raises(CheckpointError, match=r"'encoder.layer.0.output.dense.bias' holds NaN or infinity"):
        load(folder)


@pytest.mark.parametrize("key", ["num_hidden_layers", "num_attention_heads", "hidden_size", "vocab_size", "model_type"])
def test_a_missing_essential_key_is_an_error(folder, key):
    edit(folder, "config.json", **{key: None})

    with pytest.raises(CheckpointError, match=rf"config.json: the key '{key}' is missing"):
        load(folder)


def test_a_null_is_no_number_of_layers(folder):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "num_hidden_layers": None}))

    with pytest.raises(CheckpointError, match=r"config.json: 'num_hidden_layers' is None"):
        load(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("layer_norm_eps", -1.0),
        ("layer_norm_eps", 0.5),
        ("layer_norm_eps", "small"),
        ("num_hidden_layers", 10**9),
        ("num_hidden_layers", "two"),
        ("hidden_size", 0),
        ("num_hidden_layers", []),
        ("vocab_size", 10**12),
        ("hidden_act", "os.system"),
        ("model_type", "no-such-architecture"),
        ("torch_dtype", "load"),
    ],
)
def test_a_bad_value_in_the_configuration_names_file_and_key(folder, key, value):
    edit(folder, "config.json", **{key: value})

    with pytest.raises(CheckpointError, match=rf"config.json: '{key}'"):
        load(folder)


@pytest.mark.parametrize(
    ("key", "value"), [("num_attention_heads", 3), ("pad_token_id", 10_000), ("hidden_dropout_prob", 7)]
)
def test_a_configuration_that_makes_no_model_is_an_error_with_its_cause(folder, key, value):
    edit(folder, "config.json", **{key: value})

    with pytest.raises(CheckpointError, match=r"config.json: the (model|configuration) cannot be loaded") as caught:
        load(folder)
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("files", [["tokenizer.json", "vocab.txt"]])
def test_a_folder_without_tokenizer_files_is_an_error(folder, files):
    for name in files:
        (folder / name).unlink()

    with pytest.raises(CheckpointError, match="no tokenizer files"):
        load(folder)


def test_a_damaged_tokenizer_is_an_error_with_its_cause(folder):
    (folder / "tokenizer.json").write_text('{"version": "1.0", "model": 3}')

    with pytest.raises(CheckpointError, match="the tokenizer cannot be loaded") as caught:
        load(folder)
    assert caught.value.__cause__ is not None


def test_ids_beyond_the_embeddings_are_an_error_that_names_the_token(original):
    module = load(original)
    module.tokenizer.add_tokens(["xyzzy"])

    with pytest.raises(CheckpointError, match=r"token 'xyzzy' has the id 118.*embeddings for 118"):
        module.tokenize(["xyzzy"])


def test_a_pickle_with_code_is_not_executed(folder, tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "executed"), "w"))

    (folder / "model.safetensors").unlink()
    with open(folder / "pytorch_model.bin", "wb") as file:
        pickle.dump({"embeddings.word_embeddings.weight": Evil()}, file)

    with pytest.raises(CheckpointError, match=r"pytorch_model.bin"):
        load(folder)
    assert not (tmp_path / "executed").exists()


def test_code_of_the_folder_is_not_run_without_trust(folder):
    edit(folder, "config.json", model_type="mine", auto_map={"AutoModel": "evil.Model", "AutoConfig": "evil.Config"})
    (folder / "evil.py").write_text("raise SystemExit('executed')")

    with pytest.raises(UntrustedCodeError, match=r"'auto_map'.*trust_remote_code=True"):
        load(folder)


def test_trust_written_into_the_folder_does_not_count(folder, caplog):
    edit(folder, "config.json", model_type="mine", auto_map={"AutoModel": "evil.Model", "AutoConfig": "evil.Config"})
    (folder / "evil.py").write_text("raise SystemExit('executed')")
    options = {"trust_remote_code": True}
    edit(folder, "sentence_bert_config.json", model_args=options, config_args=options, tokenizer_args=options)

    with pytest.raises(UntrustedCodeError):
        load(folder)
    assert "['trust_remote_code'] are not taken from a file" in caplog.text


def test_an_attention_kernel_named_by_the_folder_is_dropped(folder, monkeypatch):
    edit(folder, "config.json", _attn_implementation="stranger/kernel", attn_implementation="stranger/kernel")

    assert load(folder).config._attn_implementation == "sdpa"


@pytest.mark.parametrize("options", [{"attn_implementation": "stranger/kernel"}, {"torch_dtype": "load"}])
def test_stored_options_must_be_known_values(folder, options):
    edit(folder, "sentence_bert_config.json", model_args=options)

    with pytest.raises(CheckpointError, match=r"sentence_bert_config.json: 'model_args\."):
        load(folder)


def test_stored_options_of_the_harmless_kind_count_and_the_caller_wins(folder):
    edit(folder, "sentence_bert_config.json", model_kwargs={"torch_dtype": "float16"})

    assert load(folder).auto_model.dtype == torch.float16
    assert load(folder, model_kwargs={"torch_dtype": "float32"}).auto_model.dtype == torch.float32


def test_other_tasks_are_refused(folder):
    edit(folder, "sentence_bert_config.json", transformer_task="translation")

    with pytest.raises(ConfigError, match=r"transformer_task='translation'.*'feature-extraction'"):
        load(folder)


def test_settings_of_later_versions_are_read(folder):
    text = {"text": {"method": "forward", "method_output_name": "last_hidden_state"}}
    edit(
        folder,
        "sentence_bert_config.json",
        transformer_task="feature-extraction",
        modality_config=text,
        module_output_name="token_embeddings",
        unpad_inputs=True,
        processing_kwargs={"text": {"padding": True}},
    )

    assert load(folder).max_seq_length == 32


def test_a_link_out_of_the_folder_is_refused(folder, tmp_path):
    (folder / "tokenizer.json").rename(tmp_path / "tokenizer.json")
    (folder / "tokenizer.json").symlink_to(tmp_path / "tokenizer.json")

    with pytest.raises(UnsafePathError, match="outside the model folder"):
        load(folder)


def test_quantised_checkpoints_are_refused(folder):
    edit(folder, "config.json", quantization_config={"quant_method": "gptq", "bits": 4})

    with pytest.raises(ConfigError, match="quantised"):
        load(folder)


def test_another_backend_is_refused(original):
    with pytest.raises(ConfigError, match="backend='onnx'"):
        Transformer(original, backend="onnx")
