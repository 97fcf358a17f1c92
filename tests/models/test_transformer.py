"""The Transformer module: what it loads, what it refuses, and what it computes."""

import json
import shutil
import threading

import pytest
import torch
from safetensors.torch import load_file, save_file

from likewise.errors import (
    CheckpointError,
    InputError,
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


# --- what it computes -------------------------------------------------------------------------------------------------


def test_token_embeddings_equal_the_plain_transformers_model(original):
    from transformers import AutoModel, AutoTokenizer

    module = load(original)
    texts = ["hello world", "the cat sat on the mat"]
    inputs = AutoTokenizer.from_pretrained(original)(texts, padding=True, return_tensors="pt")

    expected = AutoModel.from_pretrained(original)(**inputs).last_hidden_state
    got = module(module.tokenize(texts))["token_embeddings"]

    # What stands where there is only padding means nothing: 0 here, something else there.
    present = inputs["attention_mask"].bool()
    torch.testing.assert_close(got[present], expected[present], atol=2e-6, rtol=2e-6)
    assert not got[~present].any()


def test_forward_leaves_the_features_it_was_given_alone(original):
    module = load(original)
    features = module.tokenize(["hello"])
    names = set(features)

    result = module(features)

    assert set(features) == names
    assert set(result) == names | {"token_embeddings"}


def test_all_layers_come_with_output_hidden_states(original):
    module = Transformer(original, config_args={"output_hidden_states": True})

    features = module(module.tokenize(["hello world"]))

    assert [layer.shape for layer in features["all_layer_embeddings"]] == [(1, 4, 16)] * 3
    assert torch.equal(features["all_layer_embeddings"][-1], features["token_embeddings"])


def test_state_dict_has_the_documented_keys(original):
    keys = list(load(original).state_dict())

    assert all(key.startswith("auto_model.") for key in keys)
    assert "auto_model.encoder.layer.0.attention.self.query.weight" in keys


def test_padding_does_not_change_the_embeddings(original):
    module = load(original).eval()
    alone = module(module.tokenize(["the cat"]))["token_embeddings"][0]

    together = module(module.tokenize(["the cat", "the dog ran over the red mat"]))["token_embeddings"][0, :4]

    torch.testing.assert_close(together, alone, atol=1e-6, rtol=1e-5)


def test_texts_are_stripped_and_lowered_on_request(original):
    module = Transformer(original, do_lower_case=True, tokenizer_args={"do_lower_case": False})

    assert module.tokenize(["  The CAT \n"])["input_ids"].tolist() == module.tokenize(["the cat"])["input_ids"].tolist()


def test_prepare_counts_sizes_and_truncated_texts(original):
    prepared = load(original).prepare(["the cat", "the " * 200, ""])

    assert prepared.sizes.tolist() == [4, 32, 2]
    assert prepared.truncated.tolist() == [False, True, False]


def test_a_prompt_stands_before_the_text_and_its_tokens_are_counted(original):
    module = load(original)

    features = module.tokenize(["hello world"], prompt="query: ")

    assert features["input_ids"].tolist() == module.tokenize(["query: hello world"])["input_ids"].tolist()
    assert features["prompt_length"] == 3
    assert "prompt_length" not in module.tokenize(["hello world"])


def test_dictionaries_name_their_keys(original):
    features = load(original).tokenize([{"query": "the cat"}, {"doc": "a dog"}])

    assert features["text_keys"] == ["query", "doc"]
    assert features["input_ids"].shape == (2, 4)


def test_padding_to_the_maximum_length(original):
    module = load(original)

    assert module.tokenize(["the cat"], padding="max_length")["input_ids"].shape == (1, 32)
    with pytest.raises(InputError, match="padding='never'"):
        module.tokenize(["the cat"], padding="never")


def test_threads_that_tokenise_with_different_prompts_get_what_one_gets(original):
    module = load(original)
    prompts = ["", "query: ", "document: ", "represent this sentence: "] * 4
    expected = [module.tokenize(["the cat"] * 50, prompt=prompt)["input_ids"].tolist() for prompt in prompts]
    got = [None] * len(prompts)

    def work(at):
        got[at] = module.tokenize(["the cat"] * 50, prompt=prompts[at])["input_ids"].tolist()

    threads = [threading.Thread(target=work, args=(at,)) for at in range(len(prompts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == expected


# --- lengths ----------------------------------------------------------------------------------------------------------


def test_the_settings_file_wins_over_the_tokenizer(folder):
    edit(folder, "tokenizer_config.json", model_max_length=16)

    assert load(folder).max_seq_length == 32
    assert Transformer(folder).max_seq_length == 16


def test_a_plain_folder_reads_what_model_and_tokenizer_allow(folder):
    (folder / "sentence_bert_config.json").unlink()
    edit(folder, "tokenizer_config.json", model_max_length=10**30)

    assert load(folder).max_seq_length == 64


@pytest.mark.parametrize("name", ["sentence_roberta_config.json", "sentence_xlm-roberta_config.json"])
def test_older_names_of_the_settings_file_are_read(folder, name):
    (folder / "sentence_bert_config.json").rename(folder / name)

    assert load(folder).max_seq_length == 32


def test_a_null_length_takes_the_models_own(folder):
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": null}')

    assert load(folder).max_seq_length == 64


def test_positions_of_roberta_are_counted_without_the_reserved_ones(toy_encoder_folder, tmp_path):
    folder = toy_encoder_folder(tmp_path / "roberta", "roberta")
    edit(folder, "tokenizer_config.json", model_max_length=10**30)
    module = Transformer(folder)

    result = module(module.tokenize(["the cat " * 200]))

    assert module.max_seq_length == 64
    assert result["token_embeddings"].shape == (1, 64, 16)
    module.max_seq_length = 66
    assert module.max_seq_length == 64


def test_a_length_beyond_the_positions_is_refused_naming_file_and_key(folder):
    edit(folder, "sentence_bert_config.json", max_seq_length=65)

    with pytest.raises(CheckpointError, match=r"sentence_bert_config.json: 'max_seq_length' is 65.*from 1 to 64"):
        load(folder)


@pytest.mark.parametrize("value", [65, 0, -1, True, 3.5])
def test_a_bad_length_is_refused(original, value):
    module = load(original)

    with pytest.raises(InputError, match="max_seq_length="):
        module.max_seq_length = value


def test_length_none_still_reads_no_more_than_the_model_can(original):
    module = load(original)
    module.max_seq_length = None

    assert module.tokenize(["the " * 500])["input_ids"].shape == (1, 64)


def test_queries_and_documents_may_have_their_own_length(folder):
    edit(folder, "sentence_bert_config.json", query_length=8)
    module = load(folder)

    assert module.tokenize(["the " * 99], task="query")["input_ids"].shape == (1, 8)
    assert module.tokenize(["the " * 99], task="document")["input_ids"].shape == (1, 32)


# --- saving -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("safe", [True, False])
def test_saved_and_loaded_it_gives_the_same(original, tmp_path, safe):
    module = Transformer(original, max_seq_length=20, do_lower_case=True)
    module.save(tmp_path, safe_serialization=safe)

    again = load(tmp_path)

    assert (tmp_path / "model.safetensors").exists() == safe
    assert json.loads((tmp_path / "sentence_bert_config.json").read_text()) == {
        "max_seq_length": 20,
        "do_lower_case": True,
    }
    assert again.do_lower_case
    features = module.tokenize(["The cat sat"])
    assert torch.equal(again(again.tokenize(["The cat sat"]))["token_embeddings"], module(features)["token_embeddings"])


def test_saving_prints_nothing_and_leaves_no_local_path(original, tmp_path, capfd):
    load(original).save(tmp_path)

    assert capfd.readouterr() == ("", "")
    assert str(original) not in "".join(path.read_text() for path in tmp_path.glob("*config.json"))


def test_loading_prints_nothing_and_restores_the_settings_of_transformers(original, capfd, caplog):
    from transformers.utils import logging as transformers_logging

    before = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()

    load(original)

    assert capfd.readouterr() == ("", "")
    assert not caplog.records
    assert (transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()) == before


def test_half_precision_is_the_callers_choice(original):
    assert load(original).auto_model.dtype == torch.float32
    assert load(original, model_kwargs={"torch_dtype": "bfloat16"}).auto_model.dtype == torch.bfloat16
    assert Transformer(original, model_kwargs={"dtype": torch.float16}).auto_model.dtype == torch.float16
