"""ContrastiveTensionLoss: the formula, and two copies that both learn."""

import math

import pytest
import torch
from torch import nn

from likewise import SentenceTransformer
from likewise.errors import InputError
from likewise.losses import ContrastiveTensionLoss
from likewise.losses.contrastive_tension import contrastive_tension
from likewise.losses.model_swap import with_model
from likewise.losses.own_parameters import load_own_state, own_parameters, own_state


@pytest.fixture
def model(tmp_path, toy_bert_folder):
    return SentenceTransformer(str(toy_bert_folder(tmp_path / "model")), device="cpu").eval()


def features_of(model):
    return [model.tokenize(["the cat sat", "good movie"]), model.tokenize(["the cat sat", "bad plot"])]


def naive(first, second, labels):
    total = 0.0
    for u, v, y in zip(first.double().tolist(), second.double().tolist(), labels.tolist(), strict=True):
        same = 1 / (1 + math.exp(-sum(a * b for a, b in zip(u, v, strict=True))))
        total -= math.log(same) if y else math.log(1 - same)
    return total


def test_value_is_that_of_the_formula():
    first, second, labels = torch.randn(6, 4), torch.randn(6, 4), torch.tensor([1, 0, 0, 1, 0, 0])
    value = contrastive_tension(first, second, labels)
    assert value.item() == pytest.approx(naive(first, second, labels), rel=1e-5)


@pytest.mark.parametrize("labels", [torch.tensor([1.0, 0.0]), torch.tensor([[1], [0]]), torch.tensor([True, False])])
def test_labels_of_any_shape_and_kind(labels):
    rows = torch.eye(2)
    assert contrastive_tension(rows, rows, labels).item() == pytest.approx(
        naive(rows, rows, torch.tensor([1, 0])), rel=1e-6
    )


def test_far_apart_is_finite():
    rows = torch.full((1, 4), 1e3, requires_grad=True)
    value = contrastive_tension(rows, rows, torch.tensor([0]))
    value.backward()
    assert value.item() == pytest.approx(4e6)
    assert torch.isfinite(rows.grad).all()


def test_half_precision_is_computed_in_single():
    rows = torch.full((1, 4), 200.0, dtype=torch.float16, requires_grad=True)
    assert contrastive_tension(rows, rows, torch.tensor([1])).item() == pytest.approx(0.0)


def test_both_copies_learn(model):
    loss = ContrastiveTensionLoss(model)
    loss(features_of(model), torch.tensor([1, 0])).backward()
    assert loss.twin is not model
    for copy in (model, loss.twin):
        assert sum(p.grad.abs().sum() for p in copy.parameters() if p.grad is not None) > 0
    assert {id(p) for p in own_parameters(loss, model).values()} == {id(p) for p in loss.twin.parameters()}


def test_the_copy_reads_the_first_column_and_the_model_the_second(model):
    loss = ContrastiveTensionLoss(model)
    with torch.no_grad():
        for parameter in loss.twin.parameters():
            parameter.mul_(1.1)
    features = features_of(model)
    first, second = loss.embed(features)
    assert torch.allclose(first, loss.twin(dict(features[0]))["sentence_embedding"], atol=1e-5)
    assert torch.allclose(second, model(dict(features[1]))["sentence_embedding"], atol=1e-5)


def test_the_copy_follows_the_mode_of_the_model(model):
    loss = ContrastiveTensionLoss(model)
    model.train()
    loss.embed(features_of(model))
    assert loss.twin.training
    assert loss.twin[0].auto_model.training


def test_the_copy_goes_into_a_checkpoint(model):
    old, new = ContrastiveTensionLoss(model), ContrastiveTensionLoss(model)
    with torch.no_grad():
        for parameter in old.twin.parameters():
            parameter.add_(0.1)
    load_own_state(new, model, own_state(old, model))
    assert all(torch.equal(a, b) for a, b in zip(old.twin.parameters(), new.twin.parameters(), strict=True))


def test_wrapping_the_model_leaves_the_copy(model):
    loss = ContrastiveTensionLoss(model)
    twin, wrapped = loss.twin, nn.DataParallel(model)
    with_model(loss, wrapped)
    assert loss.twin is twin
    assert loss.model is wrapped


def test_training_lowers_the_loss(model):
    loss = ContrastiveTensionLoss(model)
    labels, features = torch.tensor([1, 0]), features_of(model)
    optimizer = torch.optim.SGD([*model.parameters(), *own_parameters(loss, model).values()], lr=0.002)
    before = loss(features, labels).item()
    for _ in range(5):
        optimizer.zero_grad()
        loss(features, labels).backward()
        optimizer.step()
    assert loss(features, labels).item() < before


def test_labels_must_be_there():
    with pytest.raises(InputError, match="ContrastiveTensionDataLoader"):
        ContrastiveTensionLoss(nn.Identity()).compute([torch.eye(2), torch.eye(2)], None)


def test_cites_the_paper():
    assert "Contrastive Tension" in ContrastiveTensionLoss(nn.Identity()).citation
