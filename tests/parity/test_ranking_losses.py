"""In-batch ranking losses: the peer's value and gradient on the same embeddings, for every documented setting."""

from __future__ import annotations

import warnings

import pytest
import torch
from torch import nn

from likewise import losses
from likewise.ops.similarity import dot_score, euclidean_sim

pytestmark = pytest.mark.parity
peer = pytest.importorskip("sentence_transformers.losses", reason="extra parity")
peer_util = pytest.importorskip("sentence_transformers.util", reason="extra parity")

B, D = 9, 6
BOTH = ("query_to_doc", "doc_to_query")
ALL = ("query_to_doc", "query_to_query", "doc_to_query", "doc_to_doc")
CASES = [
    ("MultipleNegativesRankingLoss", 2, {}),
    ("MultipleNegativesRankingLoss", 4, {"scale": 7.0}),
    ("MultipleNegativesRankingLoss", 3, {"similarity_fct": "dot", "scale": 1.0}),
    ("MultipleNegativesRankingLoss", 3, {"similarity_fct": "euclidean", "scale": 1.0}),
    ("MultipleNegativesRankingLoss", 2, {"directions": BOTH}),
    ("MultipleNegativesRankingLoss", 2, {"directions": BOTH, "partition_mode": "per_direction"}),
    ("MultipleNegativesRankingLoss", 3, {"directions": ALL, "scale": 5.0}),
    ("MultipleNegativesRankingLoss", 4, {"hardness_mode": "in_batch_negatives", "hardness_strength": 2.0}),
    ("MultipleNegativesRankingLoss", 4, {"hardness_mode": "hard_negatives", "hardness_strength": 2.0}),
    ("MultipleNegativesRankingLoss", 4, {"hardness_mode": "all_negatives", "hardness_strength": 2.0}),
    ("MultipleNegativesSymmetricRankingLoss", 2, {}),
    ("MultipleNegativesSymmetricRankingLoss", 3, {"scale": 5.0}),
]


class Given(nn.Module):
    device = torch.device("cpu")

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, features):
        return dict(features)


def run(package, functions, name, columns, kwargs):
    kwargs = dict(kwargs)
    if "similarity_fct" in kwargs:
        kwargs["similarity_fct"] = functions[kwargs["similarity_fct"]]
    generator = torch.Generator().manual_seed(3)
    leaves = [torch.randn(B, D, generator=generator).requires_grad_() for _ in range(columns)]
    value = getattr(package, name)(Given(), **kwargs)([{"sentence_embedding": each} for each in leaves], None)
    return value.detach(), torch.autograd.grad(value, leaves)


@pytest.mark.parametrize(("name", "columns", "kwargs"), CASES)
def test_value_and_gradient_are_the_peers(name, columns, kwargs):
    theirs = {"dot": peer_util.dot_score, "euclidean": peer_util.euclidean_sim}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted, wanted_grads = run(peer, theirs, name, columns, kwargs)
    value, grads = run(losses, {"dot": dot_score, "euclidean": euclidean_sim}, name, columns, kwargs)
    torch.testing.assert_close(value, wanted, rtol=1e-5, atol=1e-5)
    for got, expected in zip(grads, wanted_grads, strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)
