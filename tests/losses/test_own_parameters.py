"""What a loss learns besides its model."""

import pytest
import torch
from torch import nn

from likewise.errors import CheckpointError
from likewise.losses.own_parameters import load_own_state, own_parameters, own_state


class Head(nn.Module):
    """A loss with a classifier, a layer of the model, and a loss inside with the same classifier."""

    def __init__(self, model, classifier=None):
        super().__init__()
        self.model = model
        self.tied = model[0] if isinstance(model, nn.Sequential) else None
        self.classifier = classifier or nn.Linear(4, 3)
        self.norm = nn.BatchNorm1d(3)
        self.register_buffer("temporary", torch.zeros(1), persistent=False)
        if classifier is None:
            self.inner = Head(model, self.classifier)


@pytest.fixture
def model():
    return nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))


def test_the_models_are_left_out_and_shared_ones_stand_once(model):
    names = list(own_parameters(Head(model), model))
    assert names == [
        "classifier.weight",
        "classifier.bias",
        "norm.weight",
        "norm.bias",
        "inner.norm.weight",
        "inner.norm.bias",
    ]


def test_frozen_ones_are_left_out(model):
    loss = Head(model)
    loss.guide = nn.Linear(4, 4).requires_grad_(False)
    assert not [name for name in own_parameters(loss, model) if "guide" in name]
    assert not [name for name in own_state(loss, model) if "guide" in name]


def test_a_wrapped_model_is_known(model):
    assert own_parameters(Head(model), nn.DataParallel(model)).keys() == own_parameters(Head(model), model).keys()


def test_several_losses_are_looked_at_together(model):
    shared = nn.Linear(4, 3)
    losses = nn.ModuleDict({"one": Head(model, shared), "two": Head(model, shared)})
    names = [name for name in own_parameters(losses, model) if "classifier" in name]
    assert names == ["one.classifier.weight", "one.classifier.bias"]


def test_a_loss_without_any_has_an_empty_state(model):
    loss = nn.Module()
    loss.model = model
    assert own_state(loss, model) == {}


def test_state_goes_into_a_new_loss(model):
    """Buffers that are saved, such as running means, belong to the state; the model's do not."""
    old, new = Head(model), Head(model)
    old.norm.running_mean += 1.0
    state = own_state(old, model)
    assert "norm.running_mean" in state
    assert "temporary" not in state
    assert not [name for name in state if name.startswith(("model", "tied"))]
    load_own_state(new, model, state)
    assert torch.equal(new.classifier.weight, old.classifier.weight)
    assert torch.equal(new.norm.running_mean, old.norm.running_mean)
    assert new.inner.classifier.weight is new.classifier.weight


def test_state_shares_no_memory_with_the_loss(model):
    loss = Head(model)
    state = own_state(loss, model)
    before = state["classifier.weight"].clone()
    with torch.no_grad():
        loss.classifier.weight.add_(1.0)
    assert torch.equal(state["classifier.weight"], before)


def test_a_missing_name_is_an_error(model):
    loss = Head(model)
    state = own_state(loss, model)
    del state["norm.weight"]
    with pytest.raises(CheckpointError, match=r"norm\.weight: the checkpoint lacks it"):
        load_own_state(loss, model, state)


def test_a_surplus_name_is_an_error(model):
    loss = Head(model)
    state = {**own_state(loss, model), "other.weight": torch.zeros(1)}
    with pytest.raises(CheckpointError, match=r"other\.weight: the loss has none of that name"):
        load_own_state(loss, model, state)


def test_another_shape_is_an_error_and_changes_nothing(model):
    loss = Head(model)
    before = loss.classifier.weight.clone()
    state = {name: tensor + 1 for name, tensor in own_state(loss, model).items()}
    state["norm.weight"] = torch.zeros(7)
    with pytest.raises(CheckpointError, match=r"norm\.weight has the shape \(7,\)"):
        load_own_state(loss, model, state)
    assert torch.equal(loss.classifier.weight, before)
