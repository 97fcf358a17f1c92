"""Losses that somebody wrote as plain modules work inside ours."""

import pytest
import torch
from torch import nn

from likewise import SentenceTransformer
from likewise.errors import ConfigError, InputTypeError
from likewise.losses import AdaptiveLayerLoss, MatryoshkaLoss, MultipleNegativesRankingLoss
from likewise.losses.foreign_loss import ForeignLoss, as_loss


class Spread(nn.Module):
    """As the documentation writes a loss: the model is called for each column."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sentence_features, labels):
        columns = [self.model(dict(features))["sentence_embedding"] for features in sentence_features]
        return (columns[0] - columns[1]).square().sum() + labels.sum()


@pytest.fixture(scope="module")
def model(tmp_path_factory, toy_bert_folder):
    folder = toy_bert_folder(tmp_path_factory.mktemp("toy") / "model")
    return SentenceTransformer(str(folder), device="cpu").eval()


def features_of(model):
    return [model.tokenize(["the cat sat", "good movie"]), model.tokenize(["a dog", "bad plot"])]


def test_inside_a_matryoshka_loss_it_sees_cut_embeddings(model):
    features, labels = features_of(model), torch.tensor([1.0, 2.0])
    first, second = (model(dict(each))["sentence_embedding"] for each in features)
    expected = 0
    for width in (16, 4):
        cut = [column[:, :width] / column[:, :width].norm(dim=1, keepdim=True) for column in (first, second)]
        expected = expected + (cut[0] - cut[1]).square().sum() + labels.sum()
    value = MatryoshkaLoss(model, Spread(model), [16, 4])(features, labels)
    assert torch.allclose(value, expected, atol=1e-5)
    value.backward()


def test_inside_an_adaptive_layer_loss_it_sees_layers(model):
    features, labels = features_of(model), torch.tensor([1.0, 2.0])
    value = AdaptiveLayerLoss(model, Spread(model), -1, kl_div_weight=0)(features, labels)
    columns = [model._embed_layers(dict(each))["layer_embeddings"] for each in features]
    each = [(a - b).square().sum() + labels.sum() for a, b in zip(*columns, strict=True)]
    assert torch.allclose(value, each[-1] + sum(each[:-1]) / 2, rtol=1e-5)


def test_the_loss_keeps_its_model(model):
    loss = Spread(model)
    MatryoshkaLoss(model, loss, [16])(features_of(model), torch.zeros(1))
    assert loss.model is model


def test_it_may_ask_the_model_for_other_things(model):
    class Asks(Spread):
        def forward(self, sentence_features, labels):
            return self.model(sentence_features[0])["sentence_embedding"].sum() * self.model.max_seq_length

    assert torch.isfinite(MatryoshkaLoss(model, Asks(model), [16])(features_of(model)))


def test_the_same_column_twice_gives_both_embeddings():
    """As in SimCSE: two passes over the same texts with different dropout."""
    features = {"input_ids": torch.ones(1, 1)}
    value = ForeignLoss(Spread(nn.Identity())).compute(
        [torch.zeros(1, 2), torch.ones(1, 2)], ([features, features], torch.zeros(1))
    )
    assert value.item() == 2.0


def test_embedding_something_else_is_an_error(model):
    class Other(Spread):
        def forward(self, sentence_features, labels):
            return self.model(model.tokenize(["something else"]))["sentence_embedding"].sum()

    with pytest.raises(ConfigError, match="embeds something else than the columns"):
        MatryoshkaLoss(model, Other(model), [16])(features_of(model))


@pytest.mark.parametrize("given", [nn.MSELoss(), "MSELoss", None])
def test_what_is_no_loss_is_refused(given):
    with pytest.raises(InputTypeError, match="a loss of type"):
        as_loss(given)


def test_a_loss_class_instead_of_a_loss_is_refused():
    with pytest.raises(InputTypeError, match="a loss of type"):
        MatryoshkaLoss(nn.Identity(), MultipleNegativesRankingLoss, [2])
