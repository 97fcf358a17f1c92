"""Losses through a whole cross-encoder: gradients of weights, packed, in mini-batches, with dropout, step by step."""

from __future__ import annotations

import pytest
import torch

from likewise.cross_encoder import CrossEncoder, losses
from likewise.ops.column_batch import MiniBatches

INPUTS = [
    ["a cat", "the dog", "hello"],
    [
        ["the cat sat", "a dog", "a movie with a plot"],
        ["the dog ran over the mat"],
        ["hello world", "not a good movie"],
    ],
]
LABELS = [[2.0, 1.0, 0.0], [1.0], [1.0, 0.0]]


@pytest.fixture
def model(ranker_folder):
    return CrossEncoder(str(ranker_folder), device="cpu")


def gradients(model, loss, seed=0):
    model.zero_grad()
    torch.manual_seed(seed)
    value = loss(INPUTS, LABELS)
    value.backward()
    found = [weight.grad.reshape(-1) for weight in model.parameters() if weight.grad is not None]
    return value.item(), torch.cat(found)


@pytest.mark.parametrize("name", ["LambdaLoss", "ListNetLoss", "PListMLELoss", "ADRMSELoss"])
def test_mini_batches_do_not_change_the_gradients(name, model):
    model.eval().double()
    value, whole = gradients(model, getattr(losses, name)(model))
    again, pieces = gradients(model, getattr(losses, name)(model, mini_batch_size=2))
    assert whole.norm() > 0
    assert again == pytest.approx(value)
    assert (pieces - whole).norm() <= 1e-6 * whole.norm()


def test_activations_computed_again_have_the_same_dropout(model):
    model.train()
    loss = losses.RankNetLoss(model)
    loss.mini_batches = MiniBatches(rows=2, recompute=False)
    kept_value, kept = gradients(model, loss)
    loss.mini_batches = MiniBatches(rows=2)
    value, again = gradients(model, loss)
    assert value == pytest.approx(kept_value)
    assert (again - kept).norm() <= 1e-4 * kept.norm()
    assert gradients(model, loss, seed=1)[0] != value


def test_pairs_are_scored_as_predict_does(model):
    model.eval()
    pairs = [(query, text) for query, texts in zip(*INPUTS, strict=True) for text in texts]
    flat = [label for row in LABELS for label in row]
    value = losses.MSELoss(model)([[query for query, _ in pairs], [text for _, text in pairs]], flat)
    scores = torch.tensor(model.predict(pairs, activation_fn=torch.nn.Identity()))
    torch.testing.assert_close(value, (scores - torch.tensor(flat)).square().mean(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["LambdaLoss", "ListMLELoss", "ListNetLoss", "RankNetLoss"])
def test_a_few_steps_put_documents_into_the_order_of_their_labels(name, model):
    torch.manual_seed(0)
    model.eval()
    loss = getattr(losses, name)(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    for _ in range(30):
        optimizer.zero_grad()
        loss(INPUTS, LABELS).backward()
        optimizer.step()
    assert [hit["corpus_id"] for hit in model.rank("a cat", INPUTS[1][0])] == [0, 1, 2]
    assert [hit["corpus_id"] for hit in model.rank("hello", INPUTS[1][2])] == [0, 1]


def test_autocast_leaves_the_objective_in_float32(model):
    model.train()
    loss = losses.LambdaLoss(model)
    with torch.autocast("cpu", torch.bfloat16):
        value = loss(INPUTS, LABELS)
    value.backward()
    assert value.dtype == torch.float32
    assert all(torch.isfinite(weight.grad).all() for weight in model.parameters() if weight.grad is not None)


def test_another_number_of_outputs_is_refused_at_once(sorter_folder):
    sorter = CrossEncoder(str(sorter_folder), device="cpu")
    with pytest.raises(ValueError, match="3 outputs"):
        losses.LambdaLoss(sorter)
    assert losses.CrossEntropyLoss(sorter)([["a"], ["b"]], [2]).item() > 0
