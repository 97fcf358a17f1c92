"""Shares of an evaluation: all processes have as many batches, and every row counts once."""

from __future__ import annotations

import pytest
import torch
from torch.utils.data import BatchSampler, DataLoader

from likewise.training.loop_evaluation import mean_loss
from likewise.training.shares import Marked, Share, Uncounted
from likewise.training.streams import StreamBatches


@pytest.mark.parametrize("rows", [1, 7, 8, 9, 24])
@pytest.mark.parametrize("processes", [1, 2, 3])
def test_what_counts_is_every_batch_once(rows, processes):
    batches = list(BatchSampler(range(rows), 4, False))
    shares = [Share(BatchSampler(range(rows), 4, False), at, processes) for at in range(processes)]
    assert {len(share) for share in shares} == {len(list(share)) for share in shares}
    counted = [batch for share in shares for batch in list(share)[: share.counted]]
    assert sorted(counted) == batches


def collate(rows):
    return {"a_input_ids": torch.tensor(rows)}


def test_the_mean_of_a_share_leaves_out_what_does_not_count():
    share = Share(BatchSampler(range(5), 2, False), 1, 2)
    loader = DataLoader(range(5), collate_fn=collate, batch_sampler=share)
    asked = []
    mean, rows = mean_loss(loader, lambda batch: asked.append(len(batch)) or batch["a_input_ids"].float().mean())
    assert len(asked) == 2
    assert (mean, rows) == (2.5, 2)


def test_the_last_round_of_a_stream_is_filled_up_with_what_does_not_count():
    rows = [{"x": at} for at in range(5)]
    shares = [
        list(StreamBatches({"": rows}, 2, False, in_turn=False, process=at, processes=2, even=True)) for at in (0, 1)
    ]
    assert [len(share) for share in shares] == [2, 2]
    counted = [row["x"] for share in shares for batch in share if not isinstance(batch, Uncounted) for row in batch]
    assert sorted(counted) == list(range(5))
    marked = Marked(lambda batch: {"a_input_ids": torch.tensor([row["x"] for row in batch])})
    seen = []
    mean, number = mean_loss(map(marked, shares[1]), lambda batch: seen.append(set(batch)) or batch["a_input_ids"][0])
    assert (mean, number) == (2.0, 2)
    assert seen == [{"a_input_ids"}] * 2
