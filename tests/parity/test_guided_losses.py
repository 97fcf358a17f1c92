"""Guided and mega-batch losses: the peer's value and gradient on the same embeddings."""

from __future__ import annotations

import warnings

import pytest
import torch

from likewise import losses
from likewise.sentence_transformer.model import SentenceTransformer

pytestmark = pytest.mark.parity
peer = pytest.importorskip("sentence_transformers", reason="extra parity")
peer_losses = pytest.importorskip("sentence_transformers.losses", reason="extra parity")

TEXTS = [["a cat", "the dog runs", "food today", "it rains"], ["the cat", "a dog", "a man eats food", "rains today"]]
MORE = ["a man", "dogs", "the food", "a"]


@pytest.fixture
def folders(toy_bert_folder, tmp_path):
    return str(toy_bert_folder(tmp_path / "model")), str(toy_bert_folder(tmp_path / "guide"))


def run(package, module, folders, name, kwargs, columns):
    model, guide = (package(folder, device="cpu") for folder in folders)
    with torch.no_grad():
        for parameter in guide.parameters():
            parameter.add_(0.05 * torch.sin(torch.arange(parameter.numel()).float()).view_as(parameter))
    loss = getattr(module, name)(model, **({"guide": guide} if "GIST" in name else {}), **kwargs)
    value = loss([model.tokenize(list(column)) for column in columns], torch.zeros(4))
    value.backward()
    grads = {key: p.grad for key, p in model.named_parameters() if p.grad is not None}
    return value.detach(), grads


@pytest.mark.parametrize(
    ("name", "kwargs", "negatives"),
    [
        ("GISTEmbedLoss", {}, False),
        ("GISTEmbedLoss", {"temperature": 0.1}, True),
        ("GISTEmbedLoss", {"margin": 0.05, "temperature": 0.1}, True),
        ("GISTEmbedLoss", {"margin_strategy": "relative", "margin": 0.05, "temperature": 0.1}, True),
        ("GISTEmbedLoss", {"contrast_anchors": False, "contrast_positives": False, "temperature": 0.1}, True),
        ("CachedGISTEmbedLoss", {"mini_batch_size": 2, "temperature": 0.1}, True),
        ("MegaBatchMarginLoss", {"use_mini_batched_version": False, "positive_margin": 1.0}, False),
        ("MegaBatchMarginLoss", {"mini_batch_size": 2, "positive_margin": 1.0}, False),
    ],
)
def test_value_and_gradient_are_the_peers(folders, name, kwargs, negatives):
    columns = [*TEXTS, MORE] if negatives else TEXTS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted, wanted_grads = run(peer.SentenceTransformer, peer_losses, folders, name, kwargs, columns)
    value, grads = run(SentenceTransformer, losses, folders, name, kwargs, columns)
    torch.testing.assert_close(value, wanted, rtol=1e-5, atol=1e-5)
    wanted_grads = {key.replace("0.model.", "0.auto_model."): grad for key, grad in wanted_grads.items()}
    assert set(grads) == set(wanted_grads)
    for key, grad in grads.items():
        torch.testing.assert_close(grad, wanted_grads[key], rtol=1e-3, atol=2e-5)


def test_contrastive_tension_in_batch_is_the_peers(folders):
    found = []
    for package, module in ((peer.SentenceTransformer, peer_losses), (SentenceTransformer, losses)):
        model = package(folders[0], device="cpu")
        loss = module.ContrastiveTensionLossInBatchNegatives(model, scale=5.0)
        features = [model.tokenize(list(TEXTS[0])), model.tokenize(list(TEXTS[0]))]
        found.append(loss(features, None).detach())
    torch.testing.assert_close(found[1], found[0], rtol=1e-5, atol=1e-5)


def test_a_guide_with_another_tokenizer_reads_the_texts(folders, toy_encoder_folder, tmp_path):
    model = SentenceTransformer(folders[0], device="cpu")
    guide = SentenceTransformer("likewise-mini", device="cpu")
    loss = losses.GISTEmbedLoss(model, guide)
    columns = [model.tokenize(list(column)) for column in TEXTS]
    said = loss.targets(columns, None)
    wanted = torch.tensor(guide.encode(TEXTS[0]))
    torch.testing.assert_close(said[0], wanted, rtol=0, atol=1e-5)
    assert loss(columns).requires_grad
    assert not any("guide" in name for name, _ in loss.named_parameters())
