"""Re-rankers on generative models: plain folders, modular ones, what is scored, saved, trained and refused."""

import json

import numpy as np
import pytest
import torch
from datasets import Dataset
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer

from likewise import CrossEncoder
from likewise.cross_encoder import CrossEncoderTrainer, CrossEncoderTrainingArguments
from likewise.errors import CheckpointError, ConfigError
from likewise.models import CausalTransformer, LogitScore

PAIRS = [("a cat", "the dog sat on a mat"), ("hello", "world"), ("red fox", ""), ("a cat", "the dog sat on a mat")]


@pytest.fixture(scope="module")
def folder(toy_causal_folder, tmp_path_factory):
    return toy_causal_folder(tmp_path_factory.mktemp("generative") / "model")


@pytest.fixture
def model(folder):
    return CrossEncoder(folder, device="cpu")


def chances(folder, texts):
    """The chance of "yes" against "no" after each text, with transformers alone."""
    body, tokenizer = AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    answers = tokenizer.convert_tokens_to_ids(["yes", "no"])
    with torch.inference_mode():
        rows = [tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"] for text in texts]
        return [float(body(row).logits[0, -1, answers].softmax(0)[0]) for row in rows]


def test_a_plain_folder_is_asked_for_yes_or_no(folder, model):
    expected = chances(folder, [f"<query>{a}\n<document>{b}\n" for a, b in PAIRS])

    np.testing.assert_allclose(model.predict(PAIRS), expected, atol=1e-6)
    assert [type(each) for each in model] == [CausalTransformer, LogitScore]
    assert model.num_labels == 1
    assert isinstance(model.activation_fn, nn.Sigmoid)


def test_a_prompt_is_the_instruction(folder):
    model = CrossEncoder(folder, device="cpu", prompts={"web": "Judge."}, default_prompt_name="web")
    expected = chances(folder, [f"<system>Judge.\n<query>{a}\n<document>{b}\n" for a, b in PAIRS])

    np.testing.assert_allclose(model.predict(PAIRS), expected, atol=1e-6)
    np.testing.assert_allclose(model.predict(PAIRS, prompt="Judge."), expected, atol=1e-6)


def test_ranking(model):
    documents = [b for _, b in PAIRS[:3]]

    ranked = model.rank("a cat", documents, return_documents=True)

    scores = model.predict([("a cat", each) for each in documents])
    assert [each["corpus_id"] for each in ranked] == np.argsort(-scores).tolist()
    assert ranked[0]["text"] == documents[ranked[0]["corpus_id"]]


@pytest.mark.parametrize("false_token", [7, None])
def test_saved_it_is_the_same(folder, tmp_path, false_token):
    body = CausalTransformer(folder, 60, chat_variables={"add_generation_prompt": True})
    model = CrossEncoder(modules=[body, LogitScore(5, false_token)], device="cpu", prompts={"web": "Judge."})

    model.save(tmp_path / "b")
    again = CrossEncoder(tmp_path / "b", device="cpu")

    np.testing.assert_array_equal(again.predict(PAIRS), model.predict(PAIRS))
    assert again.prompts == {"web": "Judge."}
    assert again.max_length == 60
    assert (again[1].true_token_id, again[1].false_token_id) == (5, false_token)
    entries = json.loads((tmp_path / "b/modules.json").read_text())
    assert [entry["type"].rpartition(".")[2] for entry in entries] == ["Transformer", "LogitScore"]


def test_it_says_how_it_runs(model):
    text = str(model.describe())

    assert "padded" in text
    assert "'qwen3' has no packed form" in text
    assert "LogitScore" in text


def test_it_is_trained(folder, tmp_path):
    model = CrossEncoder(folder, device="cpu")
    data = Dataset.from_dict({"query": ["a cat", "dog"] * 8, "text": ["a mat", "red"] * 8, "label": [1.0, 0.0] * 8})
    args = CrossEncoderTrainingArguments(
        tmp_path / "out", use_cpu=True, report_to="none", max_steps=12, save_strategy="no", learning_rate=1e-2
    )

    CrossEncoderTrainer(model, args, data).train()

    good, bad = model.predict([("a cat", "a mat"), ("dog", "red")])
    assert good > 0.8
    assert bad < 0.2


def test_a_long_document_is_cut_and_that_is_said(folder, caplog):
    model = CrossEncoder(folder, max_length=40, device="cpu")

    model.predict([("a cat", "dog " * 60)])

    assert "longer than" in caplog.text or "cut" in caplog.text


def test_a_number_of_labels_asks_for_a_classification_head(folder, caplog):
    model = CrossEncoder(folder, num_labels=3, device="cpu")

    assert model.predict(PAIRS).shape == (4, 3)
    assert "new and random" in caplog.text


def test_a_model_without_the_words_is_refused_with_a_way_out(toy_causal_folder, tmp_path):
    folder = toy_causal_folder(tmp_path, answers=())

    with pytest.raises(CheckpointError, match=r"no token 'yes'.*LogitScore"):
        CrossEncoder(folder, device="cpu")


def test_a_chain_without_a_score_is_refused(folder):
    with pytest.raises(ConfigError, match="gives no 'scores'"):
        CrossEncoder(modules=[CausalTransformer(folder)], device="cpu").predict(PAIRS)
