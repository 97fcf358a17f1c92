"""Losses on pairs, triplets and teachers: the peer's value and gradient on the same embeddings."""

from __future__ import annotations

import warnings

import pytest
import torch
from torch import nn

from likewise import losses

pytestmark = pytest.mark.parity
peer = pytest.importorskip("sentence_transformers.losses", reason="extra parity")

B, D = 12, 8
LABELS = {
    "score": torch.linspace(0, 1, B)[torch.randperm(B, generator=torch.Generator().manual_seed(0))],
    "binary": torch.arange(B) % 2,
    "class": torch.arange(B) % 3,
    "vector": torch.randn(B, D, generator=torch.Generator().manual_seed(1)),
    "vectors": torch.randn(B, 2, D, generator=torch.Generator().manual_seed(2)),
    "margins": torch.randn(B, 2, generator=torch.Generator().manual_seed(3)),
    "scores": torch.randn(B, 3, generator=torch.Generator().manual_seed(4)),
    "none": None,
}
CASES = [
    ("CoSENTLoss", 2, "score", {}),
    ("CoSENTLoss", 2, "score", {"scale": 5.0}),
    ("AnglELoss", 2, "score", {}),
    ("CosineSimilarityLoss", 2, "score", {}),
    ("CosineSimilarityLoss", 2, "score", {"loss_fct": nn.L1Loss(), "cos_score_transformation": nn.Sigmoid()}),
    ("ContrastiveLoss", 2, "binary", {}),
    ("ContrastiveLoss", 2, "binary", {"size_average": False, "margin": 1.0}),
    ("OnlineContrastiveLoss", 2, "binary", {}),
    ("TripletLoss", 3, "none", {}),
    ("BatchAllTripletLoss", 1, "class", {}),
    ("BatchHardTripletLoss", 1, "class", {"margin": 1.0}),
    ("BatchHardSoftMarginTripletLoss", 1, "class", {}),
    ("BatchSemiHardTripletLoss", 1, "class", {"margin": 2.0}),
    ("SoftmaxLoss", 2, "class", {"num_labels": 3}),
    ("SoftmaxLoss", 2, "class", {"num_labels": 3, "concatenation_sent_multiplication": True}),
    ("MSELoss", 1, "vector", {}),
    ("MSELoss", 2, "vector", {}),
    ("MSELoss", 2, "vectors", {}),
    ("MarginMSELoss", 4, "margins", {}),
    ("MarginMSELoss", 4, "scores", {}),
    ("DistillKLDivLoss", 4, "scores", {"temperature": 2.0}),
    ("DistillKLDivLoss", 4, "scores", {"student_temperature": 2.0, "teacher_temperature": 3.0}),
    ("GlobalOrthogonalRegularizationLoss", 2, "none", {}),
    ("GlobalOrthogonalRegularizationLoss", 3, "none", {"aggregation": "sum", "mean_weight": 0.5}),
    ("EmbedDistillLoss", 2, "vectors", {"distance_metric": "cosine"}),
    ("EmbedDistillLoss", 1, "vector", {"distance_metric": "mse"}),
    ("EmbedDistillLoss", 2, "vector", {"distance_metric": "l2"}),
]


class Given(nn.Module):
    device = torch.device("cpu")

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, features):
        return dict(features)

    def get_sentence_embedding_dimension(self):
        return D

    get_embedding_dimension = get_sentence_embedding_dimension


KINDS = {
    "random": lambda rows: rows,
    "identical": lambda rows: rows[:1].expand_as(rows).clone(),
    "zero": torch.zeros_like,
    "one zero row": lambda rows: torch.cat([torch.zeros_like(rows[:1]), rows[1:]]),
    "half": lambda rows: rows.bfloat16(),
}


def run(package, name, columns, label, kwargs, kind="random", dtype=None):
    model = Given()
    torch.manual_seed(0)
    extra = {} if name != "SoftmaxLoss" else {"embedding_dimension": D}
    loss = getattr(package, name)(model, **extra, **kwargs)
    generator = torch.Generator().manual_seed(9)
    rows = [KINDS[kind](torch.randn(B, D, generator=generator)) for _ in range(columns)]
    leaves = [each.to(dtype or each.dtype).requires_grad_() for each in rows]
    labels = LABELS[label]
    value = loss([{"sentence_embedding": each} for each in leaves], labels)
    if isinstance(value, dict):
        value = torch.stack(list(value.values())).sum()
    return value.detach(), torch.autograd.grad(value, leaves)


@pytest.mark.parametrize(("name", "columns", "label", "kwargs"), CASES)
@pytest.mark.parametrize("kind", KINDS)
def test_value_and_gradient_are_the_peers(name, columns, label, kwargs, kind):
    """The peer is given half precision widened: it would compute in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted, wanted_grads = run(peer, name, columns, label, kwargs, kind, torch.float32)
    value, grads = run(losses, name, columns, label, kwargs, kind)
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, wanted, rtol=1e-5, atol=1e-5)
    for got, expected in zip(grads, wanted_grads, strict=True):
        if expected.abs().max() > 1e3:  # what the peer gives zero rows under some cosines
            assert got.abs().max() < 1.0
        else:
            tolerance = {"rtol": 1e-2, "atol": 1e-3} if kind == "half" else {"rtol": 1e-4, "atol": 1e-5}
            torch.testing.assert_close(got.float(), expected, **tolerance)


def test_without_a_valid_triplet_we_give_0_where_the_peer_gives_a_constant():
    texts = torch.randn(4, D, generator=torch.Generator().manual_seed(0))
    for name in ("BatchAllTripletLoss", "BatchHardTripletLoss", "BatchSemiHardTripletLoss"):
        for labels in (torch.zeros(4, dtype=torch.long), torch.arange(4)):
            leaf = texts.clone().requires_grad_()
            value = getattr(losses, name)(Given())([{"sentence_embedding": leaf}], labels)
            value.backward()
            assert value.item() == 0.0
            assert leaf.grad.abs().max() == 0.0
