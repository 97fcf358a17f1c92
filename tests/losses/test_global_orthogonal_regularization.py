"""The two moments of similarities of different rows, by loops."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from likewise.errors import ConfigError
from likewise.losses import GlobalOrthogonalRegularizationLoss
from likewise.losses.global_orthogonal_regularization import moments_of_products, moments_of_scores
from likewise.ops.similarity import cos_sim, dot_score, manhattan_sim


def moments(rows, similarity):
    scores = [similarity(x, y) for i, x in enumerate(rows) for j, y in enumerate(rows) if i != j]
    first = sum(scores) / len(scores)
    second = sum(score**2 for score in scores) / len(scores)
    return first**2, torch.relu(second - 1 / rows.shape[1])


def cosine(x, y):
    return x @ y / (x.norm() * y.norm())


@pytest.mark.parametrize("columns", [1, 3])
@pytest.mark.parametrize("aggregation", ["mean", "sum"])
@pytest.mark.parametrize(("function", "similarity"), [(None, cosine), (dot_score, torch.dot)])
def test_parts_are_the_papers(columns, aggregation, function, similarity, embeddings, agrees):
    given = {} if function is None else {"similarity_fct": function}
    loss = GlobalOrthogonalRegularizationLoss(
        nn.Identity(), mean_weight=2.0, second_moment_weight=3.0, aggregation=aggregation, **given
    )
    values = loss.compute(embeddings(columns), None)
    parts = [moments(each.double(), similarity) for each in embeddings(columns)]
    number = columns if aggregation == "mean" else 1
    assert values["gor_mean"].item() == pytest.approx(2 * float(sum(first for first, _ in parts)) / number, rel=1e-5)
    wanted = 3 * float(sum(second for _, second in parts)) / number
    assert values["gor_second_moment"].item() == pytest.approx(wanted, rel=1e-5, abs=1e-6)


def test_the_gradient_is_that_of_the_loops(embeddings):
    ours, plain = embeddings(1)[0].requires_grad_(), embeddings(1)[0].double().requires_grad_()
    parts = GlobalOrthogonalRegularizationLoss(nn.Identity(), similarity_fct=dot_score).compute([ours], None)
    sum(parts.values()).backward()
    sum(moments(plain, torch.dot)).backward()
    torch.testing.assert_close(ours.grad.double(), plain.grad, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("rows", [2, 6, 7, 40])
@pytest.mark.parametrize("width", [3, 6])
def test_products_slices_and_the_whole_matrix_agree(rows, width, embeddings):
    given = embeddings(1, rows=rows, width=width)[0].double()
    found = []
    for find in (whole_matrix, moments_of_products, lambda each: moments_of_scores(each, lambda x, y: x @ y.T, step=3)):
        leaf = given.clone().requires_grad_()
        first, second = find(leaf)
        found.append([first, second, *torch.autograd.grad(first + second, leaf)])
    for got in found[1:]:
        for value, wanted in zip(got, found[0], strict=True):
            torch.testing.assert_close(value, wanted, rtol=1e-9, atol=1e-12)


def whole_matrix(rows):
    scores = (rows @ rows.T)[~torch.eye(len(rows), dtype=torch.bool)]
    return scores.mean(), scores.square().mean()


@pytest.mark.parametrize("function", [cos_sim, manhattan_sim])
def test_nothing_of_the_size_of_all_pairs_is_kept(function, embeddings):
    kept = []

    def note(tensor):
        kept.append(tensor.numel())
        return tensor

    (rows,) = embeddings(1, rows=1500)
    loss = GlobalOrthogonalRegularizationLoss(nn.Identity(), similarity_fct=function)
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        loss.compute([rows.requires_grad_()], None)
    assert max(kept) <= 1500 * 6


def test_a_part_without_weight_is_left_out(embeddings):
    for name in ("mean", "second_moment"):
        loss = GlobalOrthogonalRegularizationLoss(nn.Identity(), **{f"{name}_weight": None})
        assert f"gor_{name}" not in loss.compute(embeddings(1), None)
        assert len(loss.compute(embeddings(1), None)) == 1


def test_a_batch_of_one_row_costs_nothing(embeddings):
    values = GlobalOrthogonalRegularizationLoss(nn.Identity()).compute(embeddings(2, rows=1), None)
    assert [value.item() for value in values.values()] == [0.0, 0.0]


def test_settings_that_say_nothing_are_refused():
    with pytest.raises(ConfigError, match="both weights are None"):
        GlobalOrthogonalRegularizationLoss(nn.Identity(), mean_weight=None, second_moment_weight=None)
    with pytest.raises(ConfigError, match="aggregation='max'"):
        GlobalOrthogonalRegularizationLoss(nn.Identity(), aggregation="max")
