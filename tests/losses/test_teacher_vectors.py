"""Distillation from vectors: MSELoss and EmbedDistillLoss against loops."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from likewise.errors import ConfigError, ShapeError
from likewise.losses import EmbedDistillLoss, MSELoss

DISTANCES = {
    "mse": lambda x, y: ((x - y) ** 2).sum() / len(x),
    "l2": lambda x, y: (x - y).norm(),
    "cosine": lambda x, y: 1 - x @ y / (x.norm() * y.norm()),
}


class Wide(nn.Module):
    def get_sentence_embedding_dimension(self):
        return 6


def naive(distance, project=None):
    def value(*given):
        *columns, teacher = given
        teacher = teacher.double()
        costs = []
        for place, column in enumerate(columns):
            for row, student in enumerate(column):
                wanted = teacher[row, place] if teacher.dim() == 3 else teacher[row]
                if project is not None:
                    student = project.weight.detach().double() @ student + project.bias.detach().double()
                costs.append(distance(student, wanted))
        return sum(costs) / len(costs)

    return value


def teacher(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(9))


@pytest.mark.parametrize("columns", [1, 3])
@pytest.mark.parametrize("own", [False, True], ids=["one vector for a row", "one for each column"])
@pytest.mark.parametrize("kind", ["MSELoss", *DISTANCES])
def test_it_is_the_mean_distance_to_the_teacher(kind, columns, own, embeddings, agrees):
    loss = MSELoss(nn.Identity()) if kind == "MSELoss" else EmbedDistillLoss(nn.Identity(), kind)
    targets = teacher(7, columns, 6) if own else teacher(7, 6)
    agrees(loss, naive(DISTANCES["mse" if kind == "MSELoss" else kind]), embeddings(columns), targets)


@pytest.mark.parametrize("kind", ["MSELoss", *DISTANCES])
def test_a_narrower_teacher_is_reached_through_a_learnt_map(kind, embeddings, agrees):
    loss = MSELoss(Wide(), projection_dim=4) if kind == "MSELoss" else EmbedDistillLoss(Wide(), kind, projection_dim=4)
    plain = naive(DISTANCES["mse" if kind == "MSELoss" else kind], loss.projection)
    agrees(loss, plain, embeddings(2), teacher(7, 4))
    loss.compute(embeddings(2), teacher(7, 4)).backward()
    assert loss.projection.weight.grad.abs().sum() > 0
    assert loss.get_config_dict()["projection_dim"] == 4


def test_mixed_precision_does_not_lower_the_precision_of_the_map(embeddings):
    loss = MSELoss(Wide(), projection_dim=4)
    with torch.autocast("cpu", torch.bfloat16):
        inside = loss.compute(embeddings(1), teacher(7, 4))
    assert torch.equal(inside, loss.compute(embeddings(1), teacher(7, 4)))


def test_a_teacher_in_half_precision_is_widened(embeddings):
    half = teacher(7, 6).half()
    loss = MSELoss(nn.Identity())
    assert torch.equal(loss.compute(embeddings(1), half), loss.compute(embeddings(1), half.float()))


def test_wrong_widths_and_distances_are_refused(embeddings):
    with pytest.raises(ShapeError, match=r"\(7, 4\) for 1 columns of shape \(7, 6\).*projection_dim"):
        MSELoss(nn.Identity()).compute(embeddings(1), teacher(7, 4))
    with pytest.raises(ShapeError, match="2 columns"):
        EmbedDistillLoss(nn.Identity()).compute(embeddings(2), teacher(7, 3, 6))
    with pytest.raises(ConfigError, match="distance_metric='l1'"):
        EmbedDistillLoss(nn.Identity(), "l1")
    with pytest.raises(ConfigError, match="does not know its width"):
        MSELoss(nn.Identity(), projection_dim=4)
