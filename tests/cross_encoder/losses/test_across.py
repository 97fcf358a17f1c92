"""In one process; with two, tests/cross_encoder/training/test_distributed_losses.py holds every loss."""

import pytest
import torch

from likewise.cross_encoder.losses import LambdaLoss, MultipleNegativesRankingLoss
from likewise.cross_encoder.losses.across import columns_everywhere, mean_of_terms


@pytest.mark.parametrize("across", [True, False])
def test_alone_the_mean_is_that_of_the_own_terms(across):
    total = torch.tensor(6.0, requires_grad=True)

    mean = mean_of_terms(total, torch.tensor(4), across_devices=across)
    mean.backward()

    assert mean.item() == 1.5
    assert total.grad.item() == 0.25
    assert mean_of_terms(torch.tensor(0.0), torch.tensor(0), across_devices=across).item() == 0.0


def test_alone_the_columns_are_the_own_ones():
    assert columns_everywhere([("a", "b"), ("c", "d")], across_devices=True) == ([["a", "b"], ["c", "d"]], 0)


def test_what_is_gathered_makes_its_pairs_itself(table):
    usual, gathering = (MultipleNegativesRankingLoss(table(), gather_across_devices=across) for across in (False, True))

    assert usual.takes_pairs
    assert not gathering.takes_pairs
    assert usual.candidates([["q", "r"], ["a", "b"]]) == gathering.candidates([["q", "r"], ["a", "b"]])
    assert gathering.get_config_dict()["gather_across_devices"] is True
    assert LambdaLoss(table(), gather_across_devices=True).takes_pairs
