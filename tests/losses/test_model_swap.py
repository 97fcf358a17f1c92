"""Giving losses another model."""

import pytest
import torch
from torch import nn

from likewise import SentenceTransformer
from likewise.losses import AdaptiveLayerLoss, Matryoshka2dLoss, MatryoshkaLoss, MultipleNegativesRankingLoss
from likewise.losses.model_swap import copy_with_model, with_model


@pytest.fixture
def model(tmp_path, toy_bert_folder):
    return SentenceTransformer(str(toy_bert_folder(tmp_path / "model")), device="cpu").eval()


class Wrapped(nn.Module):
    """What stands around a model for several devices."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, *args):
        return self.module(*args)


class Foreign(nn.Module):
    """A loss that somebody wrote."""

    def __init__(self, encoder, guide=None):
        super().__init__()
        self.encoder = encoder
        self.guide = guide
        self.head = nn.Linear(2, 2)


def test_all_losses_inside_get_the_model(model):
    loss = Matryoshka2dLoss(model, MultipleNegativesRankingLoss(model), [16, 8])
    wrapped = Wrapped(model)
    assert with_model(loss, wrapped) is loss
    assert loss.model is wrapped
    assert loss.loss.model is wrapped
    assert loss.loss.loss.model is wrapped


def test_wrapping_is_undone(model):
    wrapped = Wrapped(model)
    loss = MatryoshkaLoss(wrapped, MultipleNegativesRankingLoss(wrapped), [16, 8])
    with_model(loss, model)
    assert loss.model is model
    assert loss.loss.model is model


def test_a_wrapped_model_trains_through_the_wrapper(model):
    """The wrapper sees one call for all columns, and the value stays."""
    loss = AdaptiveLayerLoss(model, MultipleNegativesRankingLoss(model), -1)
    features = [model.tokenize(["a cat", "a dog"]), model.tokenize(["cat", "dog"])]
    before, calls = loss(features), []
    wrapped = Wrapped(model)
    wrapped.register_forward_pre_hook(lambda module, inputs: calls.append(1))
    assert torch.allclose(with_model(loss, wrapped)(features), before)
    assert len(calls) == 1


def test_a_new_model_replaces_the_old_one(model, tmp_path, toy_bert_folder):
    """A search for hyperparameters makes a model for each trial, and the loss may be there already."""
    new = SentenceTransformer(str(toy_bert_folder(tmp_path / "new", seed=1)), device="cpu")
    loss = with_model(MatryoshkaLoss(model, MultipleNegativesRankingLoss(model), [16]), new)
    assert loss.model is new
    assert loss.loss.model is new


def test_a_model_under_another_name_is_found(model):
    wrapped = Wrapped(model)
    assert with_model(Foreign(model), wrapped).encoder is wrapped


def test_a_guide_stays(model, tmp_path, toy_bert_folder):
    guide = SentenceTransformer(str(toy_bert_folder(tmp_path / "guide", seed=1)), device="cpu")
    loss = with_model(Foreign(model, guide), Wrapped(model))
    assert loss.guide is guide


def test_what_is_inside_a_model_stays(tmp_path, toy_bert_folder):
    """A module of a guide may well be called `model`."""
    guide = SentenceTransformer(str(toy_bert_folder(tmp_path / "guide", seed=1)), device="cpu")
    inner = nn.Linear(2, 2)
    guide[0].add_module("model", inner)
    loss = Foreign(nn.Identity(), guide)
    with_model(loss, nn.Identity())
    assert guide[0]._modules["model"] is inner


def test_a_loss_that_holds_itself_ends():
    loss = Foreign(nn.Identity())
    loss.head.add_module("up", loss)
    new = nn.Identity()
    loss.model = loss.encoder
    assert with_model(loss, new).encoder is new


def test_a_copy_leaves_the_loss_alone_and_shares_parameters(model):
    loss = Foreign(model)
    loss.model = model
    copied = copy_with_model(loss, nn.Identity())
    assert loss.model is model
    assert isinstance(copied.model, nn.Identity)
    assert copied.head.weight is loss.head.weight
