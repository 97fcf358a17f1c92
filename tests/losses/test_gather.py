"""Two processes that gather give what one process gives for the joint batch, however the rows are divided."""

from __future__ import annotations

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn

from likewise.errors import ShapeError
from likewise.losses import GISTEmbedLoss, MultipleNegativesRankingLoss, MultipleNegativesSymmetricRankingLoss
from likewise.losses.gather import gather_columns
from likewise.ops.similarity import dot_score, euclidean_sim

WIDTH = 5
SPLITS = [(3, 3), (4, 2), (6, 0)]
ALL = ("query_to_doc", "query_to_query", "doc_to_query", "doc_to_doc")


def objectives():
    """Name to a function of embeddings and what a guide says."""

    def ranking(kind, **settings):
        loss = kind(nn.Identity(), scale=3.0, gather_across_devices=True, **settings)
        return lambda columns, guides: loss.compute(columns, None)

    guided = GISTEmbedLoss(nn.Identity(), guide=None, temperature=0.3, margin=0.1, gather_across_devices=True)
    return {
        "cosine": ranking(MultipleNegativesRankingLoss),
        "dot": ranking(MultipleNegativesRankingLoss, similarity_fct=dot_score),
        "any function": ranking(MultipleNegativesRankingLoss, similarity_fct=euclidean_sim),
        "all directions": ranking(MultipleNegativesRankingLoss, directions=ALL),
        "hardness": ranking(MultipleNegativesRankingLoss, hardness_mode="hard_negatives", hardness_strength=2.0),
        "symmetric": ranking(MultipleNegativesSymmetricRankingLoss),
        "guided": guided.compute,
    }


def batch(split):
    """Columns and the guide's columns of the joint batch."""
    generator = torch.Generator().manual_seed(sum(split) + split[0])
    drawn = torch.randn(6, sum(split), WIDTH, generator=generator)
    return list(drawn[:3]), list(drawn[3:])


def value_and_gradients(objective, columns, guides):
    leaves = [column.clone().requires_grad_() for column in columns]
    value = objective(leaves, guides)
    value.backward()
    return value.detach(), torch.stack([leaf.grad for leaf in leaves])


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
    wanted, wanted_gradients = value_and_gradients(objectives()[name], *batch(split))
    values, gradients = zip(*(each[name, split] for each in found), strict=True)

    torch.testing.assert_close(sum(values) / 2, wanted, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(torch.cat(gradients, dim=1) / 2, wanted_gradients, rtol=1e-5, atol=1e-7)


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
