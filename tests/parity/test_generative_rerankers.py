"""Generative re-rankers of the installed peer package and ours: the same scores, and folders for each other."""

import numpy as np
import pytest
from torch import nn

from likewise import CrossEncoder
from likewise.models import CausalTransformer, LogitScore

peer = pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = pytest.mark.parity

PAIRS = [("a cat", "the dog sat on a mat"), ("hello", "world"), ("red fox", ""), (" good ", "  movie plot " * 9)]
PARTS = (
    "{% for message in messages %}<{{ message.role }}>{% for part in message.content %}{% if part.type == 'text' %}"
    "{{ part.text }}{% endif %}{% endfor %}{% endfor %}."
)


def scores(model, **options):
    quiet = {"truncation": "ignore"} if isinstance(model, CrossEncoder) else {}
    return model.predict(PAIRS, **options, **quiet)


def both(folder):
    return CrossEncoder(folder, device="cpu"), peer.CrossEncoder(str(folder), device="cpu")


def equal(ours, theirs):
    for options in ({}, {"prompt": "Judge it."}, {"activation_fn": nn.Identity()}):
        np.testing.assert_allclose(scores(ours, **options), scores(theirs, **options), atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", ["qwen3", "llama"])
@pytest.mark.parametrize("settings", [{}, {"template": None}, {"template": PARTS}], ids=["chat", "none", "parts"])
def test_plain_folders(toy_causal_folder, tmp_path, kind, settings):
    ours, theirs = both(toy_causal_folder(tmp_path, kind, **settings))

    equal(ours, theirs)
    assert (ours[1].true_token_id, ours[1].false_token_id) == (theirs[1].true_token_id, theirs[1].false_token_id)


@pytest.mark.parametrize("length", [12, 24, 40])
@pytest.mark.parametrize("settings", [{}, {"template": None}], ids=["chat", "none"])
def test_pairs_that_are_too_long(toy_causal_folder, tmp_path, settings, length):
    ours, theirs = both(toy_causal_folder(tmp_path, **settings))
    ours.max_seq_length = theirs.max_seq_length = length

    np.testing.assert_allclose(scores(ours), scores(theirs), atol=1e-5, rtol=0)


@pytest.mark.parametrize("tokens", [(5, 7), (5,)], ids=["two", "one"])
@pytest.mark.parametrize("variables", [{}, {"add_generation_prompt": True}], ids=["plain", "variables"])
def test_folders_for_each_other(toy_causal_folder, tmp_path, tokens, variables):
    from sentence_transformers.cross_encoder import modules

    folder = toy_causal_folder(tmp_path / "plain")
    stored = {"processing_kwargs": {"chat_template": variables}} if variables else {}
    theirs_body = modules.Transformer(str(folder), transformer_task="text-generation", **stored)
    arguments = {"device": "cpu", "prompts": {"web": "Judge."}, "default_prompt_name": "web"}
    theirs = peer.CrossEncoder(modules=[theirs_body, modules.LogitScore(*tokens)], **arguments)
    ours = CrossEncoder(modules=[CausalTransformer(folder, chat_variables=variables), LogitScore(*tokens)], **arguments)
    expected = scores(ours)
    np.testing.assert_allclose(scores(theirs), expected, atol=1e-5, rtol=0)

    ours.save(tmp_path / "ours")
    theirs.save_pretrained(str(tmp_path / "theirs"))

    for name in ("ours", "theirs"):
        for model in both(tmp_path / name):
            np.testing.assert_allclose(scores(model), expected, atol=1e-5, rtol=0)
            assert isinstance(model.activation_fn, nn.Sigmoid)
            assert model.default_prompt_name == "web"


def test_a_chain_of_encoder_pooling_and_dense_layer(toy_bert_folder, tmp_path):
    from sentence_transformers.cross_encoder import modules
    from sentence_transformers.sentence_transformer.modules import Pooling

    body = modules.Transformer(str(toy_bert_folder(tmp_path / "plain", plain=True)))
    dense = modules.Dense(16, 3, activation_function=nn.Identity(), module_output_name="scores")
    theirs = peer.CrossEncoder(modules=[body, Pooling(16, "cls"), dense], device="cpu")

    theirs.save_pretrained(str(tmp_path / "theirs"))
    ours = CrossEncoder(tmp_path / "theirs", device="cpu")
    ours.save(tmp_path / "ours")

    assert scores(ours).shape == (4, 3)
    assert ours.num_labels == theirs.num_labels == 3
    for model in both(tmp_path / "ours"):
        np.testing.assert_allclose(scores(model), scores(theirs), atol=1e-5, rtol=0)
