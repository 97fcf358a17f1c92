"""AdaptiveLayerLoss and Matryoshka2dLoss: the inner loss on what earlier layers give."""

import math

import pytest
import torch
from torch import nn

from likewise import SentenceTransformer
from likewise.errors import ConfigError, InputError
from likewise.losses import (
    AdaptiveLayerLoss,
    CachedMultipleNegativesRankingLoss,
    ContrastiveTensionLoss,
    MatryoshkaLoss,
    MultipleNegativesRankingLoss,
)
from likewise.losses.adaptive_layer import layer_divergence
from likewise.losses.loss import Loss
from likewise.losses.roles import Roles
from likewise.ops.column_batch import MiniBatches

ANCHORS = ["the cat sat", "a dog ran over the mat", "good movie", "hello"]
POSITIVES = ["cat on a mat", "dog", "bad plot", "hello world"]


class Sum(Loss):
    """The plainest loss."""

    roles = Roles(("text",), more="text")

    def compute(self, embeddings, targets):
        return sum(column.sum() for column in embeddings)


@pytest.fixture(scope="module")
def model(tmp_path_factory, toy_bert_folder):
    folder = toy_bert_folder(tmp_path_factory.mktemp("toy") / "model", layers=3)
    return SentenceTransformer(str(folder), device="cpu").eval()


def naive_divergence(layer, last, temperature):
    """KL(softmax(last) || softmax(layer)), a row at a time, in float64."""
    total = 0.0
    for x, t in zip(layer.double().tolist(), last.double().tolist(), strict=True):
        ex, et = [math.exp(v / temperature) for v in x], [math.exp(v / temperature) for v in t]
        for a, b in zip(ex, et, strict=True):
            p, q = b / sum(et), a / sum(ex)
            total += p * math.log(p / q)
    return temperature * total / len(layer)


def test_divergence_is_that_of_the_formula():
    layer, last = torch.randn(4, 5), torch.randn(4, 5)
    expected = naive_divergence(layer, last, 0.3)
    assert layer_divergence(layer, last, 0.3).item() == pytest.approx(expected, rel=1e-5)


def test_the_teaching_layer_gets_no_gradient_from_the_divergence():
    layer, last = torch.randn(4, 5, requires_grad=True), torch.randn(4, 5, requires_grad=True)
    layer_divergence(layer, last, 0.3).backward()
    assert last.grad is None
    assert layer.grad.abs().sum() > 0


def test_divergence_of_far_embeddings_is_finite():
    """Probabilities that vanish must not make a logarithm of zero."""
    layer = torch.tensor([[1e4, -1e4]], requires_grad=True)
    value = layer_divergence(layer, torch.tensor([[-1e4, 1e4]]), 0.3)
    value.backward()
    assert torch.isfinite(value)
    assert torch.isfinite(layer.grad).all()


@pytest.mark.parametrize(
    ("weighting", "expected"),
    [
        ("uniform", [1, 1, 1]),
        ("log", [1, 1 / (1 + math.log(2)), 1 / (1 + math.log(3))]),
        ("linear", [1, 1 / 2, 1 / 3]),
        (lambda layer: 10.0**layer, [1, 10, 100]),
    ],
)
def test_value_is_that_of_the_formula(weighting, expected):
    columns = [torch.randn(4, 4, 6), torch.randn(4, 4, 6)]
    loss = AdaptiveLayerLoss(nn.Identity(), Sum(nn.Identity()), -1, 2.0, 3.0, 0.5, 0.3, weighting)
    layers = [[column[:, at] for column in columns] for at in range(4)]
    by_hand = 2.0 * sum(column.sum() for column in layers[3])
    for at, weight in enumerate(expected):
        by_hand = by_hand + 3.0 * weight / 3 * sum(column.sum() for column in layers[at])
        by_hand = by_hand + 0.5 * naive_divergence(torch.cat(layers[at]), torch.cat(layers[3]), 0.3)
    assert loss.compute(columns, None).item() == pytest.approx(float(by_hand), rel=1e-4)


@pytest.mark.parametrize("off", [{"kl_div_weight": 0}, {"kl_temperature": 0}])
def test_divergence_can_be_left_out(off):
    columns = [torch.randn(4, 3, 6)]
    loss = AdaptiveLayerLoss(nn.Identity(), Sum(nn.Identity()), -1, **off)
    expected = columns[0][:, 2].sum() + columns[0][:, :2].sum() / 2
    assert torch.allclose(loss.compute(columns, None), expected, atol=1e-5)


def test_layers_are_those_that_a_shortened_model_gives(model, tmp_path, toy_bert_folder):
    """What is trained is what one gets after taking layers off."""
    features = model.tokenize(ANCHORS)
    (layers,) = AdaptiveLayerLoss(model, Sum(model)).embed([features])
    assert layers.shape == (4, 4, 16)
    short = SentenceTransformer(str(toy_bert_folder(tmp_path / "short", layers=3)), device="cpu").eval()
    short[0].auto_model.encoder.layer = short[0].auto_model.encoder.layer[:2]
    assert torch.allclose(layers[:, 2], short(dict(features))["sentence_embedding"], atol=1e-5)
    assert torch.allclose(layers[:, 3], model(dict(features))["sentence_embedding"], atol=1e-5)


def test_gradient_is_that_of_a_sum_by_hand(model):
    features = [model.tokenize(ANCHORS), model.tokenize(POSITIVES)]
    inner = MultipleNegativesRankingLoss(model)
    model.zero_grad()
    value = AdaptiveLayerLoss(model, inner, -1)(features)
    value.backward()
    gradient = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])
    model.zero_grad()
    columns = [model._embed_layers(dict(each))["layer_embeddings"] for each in features]
    layers = [list(each) for each in zip(*columns, strict=True)]
    by_hand = inner.compute(layers[-1], None)
    for layer in layers[:-1]:
        by_hand = by_hand + inner.compute(layer, None) / 3
        by_hand = by_hand + layer_divergence(torch.cat(layer), torch.cat(layers[-1]), 0.3)
    by_hand.backward()
    expected = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])
    assert value.item() == pytest.approx(by_hand.item(), rel=1e-5)
    assert (gradient - expected).norm() <= 1e-5 * expected.norm()


def test_the_model_runs_once_and_is_left_as_it_was(model):
    calls, forward, attributes = [], model.forward, set(vars(model[0]))
    hook = model.register_forward_pre_hook(lambda module, inputs: calls.append(1))
    try:
        AdaptiveLayerLoss(model, MultipleNegativesRankingLoss(model), -1)(
            [model.tokenize(ANCHORS), model.tokenize(POSITIVES)]
        )
    finally:
        hook.remove()
    assert len(calls) == 1
    assert model.forward == forward
    assert set(vars(model[0])) == attributes


def test_mini_batches_of_its_own_change_nothing_but_memory(model):
    """Layers of all pieces are put together again, and their activations computed again."""
    features = [model.tokenize(ANCHORS), model.tokenize(POSITIVES)]
    results = []
    for mini_batches in (None, MiniBatches(rows=3)):
        model.zero_grad()
        loss = AdaptiveLayerLoss(model, MultipleNegativesRankingLoss(model), -1)
        loss.mini_batches = mini_batches
        value = loss(features)
        value.backward()
        gradient = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])
        results.append((value.item(), gradient))
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-5)
    assert (results[0][1] - results[1][1]).norm() <= 1e-5 * results[0][1].norm()


def test_random_layers_repeat_with_the_generator():
    loss = AdaptiveLayerLoss(nn.Identity(), Sum(nn.Identity()), n_layers_per_step=2)
    columns = [torch.randn(3, 7, 4)]
    torch.manual_seed(1)
    first = [loss.compute(columns, None).item() for _ in range(6)]
    torch.manual_seed(1)
    assert [loss.compute(columns, None).item() for _ in range(6)] == first
    assert len(set(first)) > 1


def test_named_parts_keep_their_names():
    class Parts(Sum):
        def compute(self, embeddings, targets):
            return {"sum": super().compute(embeddings, targets)}

    value = AdaptiveLayerLoss(nn.Identity(), Parts(nn.Identity()), -1).compute([torch.randn(3, 3, 4)], None)
    assert sorted(value) == ["layer_divergence", "sum"]


def test_works_inside_a_matryoshka_loss(model):
    """Layers stand in an axis of their own, so that either loss may be the outer one."""
    features = [model.tokenize(ANCHORS), model.tokenize(POSITIVES)]
    inner = AdaptiveLayerLoss(model, MultipleNegativesRankingLoss(model), -1)
    assert torch.isfinite(MatryoshkaLoss(model, inner, [16, 8])(features))


@pytest.mark.parametrize("between", [lambda model, loss: loss, lambda model, loss: MatryoshkaLoss(model, loss, [16])])
def test_a_cached_inner_loss_is_refused(model, between):
    inner = between(model, CachedMultipleNegativesRankingLoss(model))
    with pytest.raises(ConfigError, match="CachedMultipleNegativesRankingLoss, which embeds in mini-batches"):
        AdaptiveLayerLoss(model, inner)


def test_an_inner_loss_that_embeds_by_itself_is_refused(model):
    with pytest.raises(ConfigError, match="ContrastiveTensionLoss, which embeds its columns in a way of its own"):
        AdaptiveLayerLoss(model, ContrastiveTensionLoss(model))


def test_a_model_without_layers_is_refused():
    class Flat(nn.Module):
        def forward(self, features):
            return {"sentence_embedding": torch.zeros(2, 3)}

    model = Flat()
    ids = torch.ones(2, 3, dtype=torch.long)
    with pytest.raises(ConfigError, match="Flat, which shows no layers"):
        AdaptiveLayerLoss(model, Sum(model))([{"input_ids": ids, "attention_mask": ids}])


@pytest.mark.parametrize(
    ("name", "value"), [("n_layers_per_step", 0), ("kl_temperature", -1.0), ("layer_weighting", "steep")]
)
def test_settings_are_checked(name, value):
    with pytest.raises(InputError, match=name):
        AdaptiveLayerLoss(nn.Identity(), Sum(nn.Identity()), **{name: value})


def test_settings_and_roles_are_those_of_both():
    loss = AdaptiveLayerLoss(nn.Identity(), Sum(nn.Identity()))
    assert loss.get_config_dict() == {
        "loss": "Sum",
        "n_layers_per_step": 1,
        "last_layer_weight": 1.0,
        "prior_layers_weight": 1.0,
        "kl_div_weight": 1.0,
        "kl_temperature": 0.3,
        "layer_weighting": "uniform",
    }
    assert loss.roles == Sum.roles
    assert "2402.14776" in loss.citation
