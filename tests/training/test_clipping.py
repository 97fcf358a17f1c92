"""`max_grad_norm` is the norm of the gradients of all that is trained: of the model, and of what the loss learns."""

from __future__ import annotations

import pytest
import torch

from likewise.losses import MultipleNegativesRankingLoss, SoftmaxLoss
from likewise.losses.own_parameters import own_parameters
from likewise.training.trainer import SentenceTransformerTrainer


def step_of(model, loss, data, args):
    """How far each parameter moves in a run, and what the run logged."""
    parameters = [*model.parameters(), *own_parameters(loss, model).values()]
    before = [each.detach().clone() for each in parameters]
    trainer = SentenceTransformerTrainer(model, args, data, loss=loss)
    trainer.train()
    moved = [(each.detach() - start).norm() for each, start in zip(parameters, before, strict=True)]
    return moved, trainer.state.log_history


@pytest.mark.parametrize("steps", [1, 3])
def test_what_a_loss_learns_is_clipped_with_the_model(model, pairs, arguments, steps):
    data = pairs.add_column("label", [n % 3 for n in range(24)])
    loss = SoftmaxLoss(model, model.get_sentence_embedding_dimension(), 3)
    with torch.no_grad():
        loss.classifier.weight.mul_(30.0)  # long gradients on both sides
    args = arguments(
        optim="sgd", learning_rate=1.0, lr_scheduler_type="constant", max_steps=1, max_grad_norm=0.01,
        gradient_accumulation_steps=steps,
    )  # fmt: skip
    moved, log = step_of(model, loss, data, args)
    assert torch.stack(moved).norm().item() == pytest.approx(0.01, rel=1e-3)
    assert moved[-1] > 0
    assert moved[0] > 0
    assert log[0]["grad_norm"] > 0.01


def test_the_logged_norm_is_that_of_all(model, pairs, arguments):
    data = pairs.add_column("label", [n % 3 for n in range(24)])
    loss = SoftmaxLoss(model, model.get_sentence_embedding_dimension(), 3)
    args = arguments(optim="sgd", learning_rate=1e-3, lr_scheduler_type="constant", max_steps=1, max_grad_norm=1e6)
    moved, log = step_of(model, loss, data, args)
    assert log[0]["grad_norm"] == pytest.approx(torch.stack(moved).norm().item() / 1e-3, rel=1e-3)


def test_a_loss_that_learns_nothing_is_clipped_as_before(model, pairs, arguments):
    args = arguments(optim="sgd", learning_rate=1.0, lr_scheduler_type="constant", max_steps=1, max_grad_norm=0.01)
    moved, _ = step_of(model, MultipleNegativesRankingLoss(model), pairs, args)
    assert torch.stack(moved).norm().item() == pytest.approx(0.01, rel=1e-3)
