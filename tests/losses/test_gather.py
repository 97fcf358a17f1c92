"""Two processes that gather give what one process gives for the joint batch, however the rows are divided."""

from __future__ import annotations

import inspect

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn

from likewise import losses
from likewise.errors import ShapeError
from likewise.losses import (
    BatchAllTripletLoss,
    BatchHardSoftMarginTripletLoss,
    BatchHardTripletLoss,
    BatchSemiHardTripletLoss,
    CachedGISTEmbedLoss,
    CachedMultipleNegativesRankingLoss,
    CachedMultipleNegativesSymmetricRankingLoss,
    ContrastiveTensionLossInBatchNegatives,
    GISTEmbedLoss,
    GlobalOrthogonalRegularizationLoss,
    MegaBatchMarginLoss,
    MultipleNegativesRankingLoss,
    MultipleNegativesSymmetricRankingLoss,
)
from likewise.losses.gather import gather_columns
from likewise.losses.loss import Loss
from likewise.ops.similarity import dot_score, euclidean_sim

WIDTH = 5
SPLITS = [(3, 3), (4, 2), (6, 0)]
ALL = ("query_to_doc", "query_to_query", "doc_to_query", "doc_to_doc")


def objectives():
    """Name to a loss, and how many of three columns it takes."""

    def made(kind, columns=3, **settings):
        return kind(nn.Identity(), gather_across_devices=True, **settings), columns

    ranking, tension = MultipleNegativesRankingLoss, ContrastiveTensionLossInBatchNegatives
    guided = {"guide": None, "temperature": 0.3, "margin": 0.1}
    return {
        "cosine": made(ranking, scale=3.0),
        "dot": made(ranking, scale=3.0, similarity_fct=dot_score),
        "any function": made(ranking, scale=3.0, similarity_fct=euclidean_sim),
        "all directions": made(ranking, scale=3.0, directions=ALL),
        "hardness": made(ranking, scale=3.0, hardness_mode="hard_negatives", hardness_strength=2.0),
        "cached": made(CachedMultipleNegativesRankingLoss, scale=3.0),
        "symmetric": made(MultipleNegativesSymmetricRankingLoss, scale=3.0),
        "cached symmetric": made(CachedMultipleNegativesSymmetricRankingLoss, scale=3.0),
        "guided": made(GISTEmbedLoss, **guided),
        "cached guided": made(CachedGISTEmbedLoss, **guided),
        "mega batch": made(MegaBatchMarginLoss, 2, positive_margin=1.0, negative_margin=-0.5),
        "tension": made(tension, 2, scale=3.0),
        "tension, any function": made(tension, 2, scale=3.0, similarity_fct=skewed),
        "orthogonal": made(GlobalOrthogonalRegularizationLoss, similarity_fct=dot_score),
        "orthogonal, any function": made(GlobalOrthogonalRegularizationLoss, similarity_fct=skewed),
        "all triplets": made(BatchAllTripletLoss, 1),
        "hard triplets": made(BatchHardTripletLoss, 1),
        "soft triplets": made(BatchHardSoftMarginTripletLoss, 1),
        "semi-hard triplets": made(BatchSemiHardTripletLoss, 1),
    }


def skewed(x, y):
    """A similarity that is not symmetric."""
    return euclidean_sim(2.0 * x, y)


def batch(split):
    """Columns and the guide's columns of the joint batch."""
    generator = torch.Generator().manual_seed(sum(split) + split[0])
    drawn = torch.randn(6, sum(split), WIDTH, generator=generator)
    return list(drawn[:3]), list(drawn[3:])


def value_and_gradients(objective, columns, guides):
    """Of the columns, and of what the loss learns."""
    loss, count = objective
    leaves = [column.clone().requires_grad_() for column in columns[:count]]
    classes = guides[0][:, 0] > 0
    value = loss.compute(leaves, classes.long() if "Triplet" in type(loss).__name__ else guides)
    value = sum(value.values()) if isinstance(value, dict) else value
    learnt = [*loss.parameters()]
    gradients = torch.autograd.grad(value, [*leaves, *learnt])
    return value.detach(), torch.stack(gradients[:count]), [*gradients[count:]]


def work(rank, folder):
    """Compute all objectives on this process's rows."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    found = {}
    for split in SPLITS:
        start = rank * split[0]
        mine = [[column[start : start + split[rank]] for column in part] for part in batch(split)]
        for name, objective in objectives().items():
            found[name, split] = value_and_gradients(objective, *mine)
    torch.save(found, f"{folder}/{rank}.pt")
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranks")
    mp.start_processes(work, args=(str(folder),), nprocs=2, start_method="fork")
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(2)]


@pytest.mark.parametrize("name", list(objectives()))
@pytest.mark.parametrize("split", SPLITS)
def test_the_mean_of_two_processes_is_one_process_with_the_joint_batch(found, name, split):
    """The mean over the processes is what DistributedDataParallel takes."""
    wanted, wanted_gradients, wanted_learnt = value_and_gradients(objectives()[name], *batch(split))
    values, gradients, learnt = zip(*(each[name, split] for each in found), strict=True)

    torch.testing.assert_close(sum(values) / 2, wanted, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(torch.cat(gradients, dim=1) / 2, wanted_gradients, rtol=1e-5, atol=1e-7)
    for parts, whole in zip(zip(*learnt, strict=True), wanted_learnt, strict=True):
        torch.testing.assert_close(sum(parts) / 2, whole, rtol=1e-5, atol=1e-6)


def test_every_loss_that_can_gather_is_tried():
    kinds = [getattr(losses, name) for name in losses.__all__]
    takes = {
        kind.__name__
        for kind in kinds
        if isinstance(kind, type)
        and issubclass(kind, Loss)
        and "gather_across_devices" in inspect.signature(kind).parameters
    }
    assert takes == {type(loss).__name__ for loss, _ in objectives().values()}


def test_a_single_process_keeps_its_columns():
    columns = [torch.zeros(2, 3), torch.ones(2, 3)]
    alone = gather_columns(columns)

    assert alone.columns == tuple(columns)
    assert (alone.first, alone.share) == (0, 1.0)


def test_columns_of_different_length_are_refused():
    with pytest.raises(ShapeError, match="one shape"):
        MultipleNegativesRankingLoss(nn.Identity()).compute([torch.zeros(2, 3), torch.zeros(1, 3)], None)
    with pytest.raises(ShapeError, match="one shape"):
        GISTEmbedLoss(nn.Identity(), guide=None).compute(
            [torch.zeros(2, 3), torch.zeros(1, 3)], [torch.zeros(2, 3)] * 2
        )
