"""Streams: every row once, whoever reads it; and resuming exactly, however often a stream has begun again."""

from __future__ import annotations

import pytest
import torch

from likewise.errors import InputError
from likewise.losses import MultipleNegativesRankingLoss
from likewise.sentence_transformer.model import SentenceTransformer
from likewise.training.dataloading import make_loader
from likewise.training.streams import StreamBatches
from likewise.training.trainer import SentenceTransformerTrainer


def rows(number, start=0):
    return [{"x": start + at} for at in range(number)]


def as_is(batch):
    return batch


@pytest.mark.parametrize("workers", [0, 2])
def test_every_row_is_read_once_also_with_workers(pairs, arguments, workers):
    args = arguments(dataloader_num_workers=workers)
    streams = {"a": rows(10), "b": pairs.to_iterable_dataset(num_shards=2)}
    batches = StreamBatches(streams, 4, False, in_turn=False)
    read = [row for batch in make_loader(args, batches, as_is, None) for row in batch]
    assert sorted(row["x"] for row in read if "x" in row) == list(range(10))
    assert len(read) == 10 + len(pairs)


def test_processes_are_given_as_many_batches_each_and_no_batch_twice():
    parts = [list(StreamBatches({"": rows(14)}, 2, False, in_turn=False, process=at, processes=3)) for at in range(3)]
    assert [len(part) for part in parts] == [2, 2, 2]
    read = [row["x"] for part in parts for batch in part for row in batch]
    assert sorted(read) == list(range(12))


def test_a_stream_that_repeats_begins_again_as_another_epoch(pairs):
    shuffled = pairs.to_iterable_dataset().shuffle(seed=1, buffer_size=24)
    batches = iter(StreamBatches({"": shuffled}, 12, False, in_turn=False, repeats=True))
    first, second = ([row["anchor"] for _ in range(2) for row in next(batches)] for _ in range(2))
    assert sorted(first) == sorted(second)
    assert first != second


def test_a_stream_that_is_empty_ends_and_does_not_repeat_for_ever():
    assert list(StreamBatches({"": []}, 2, False, in_turn=False, repeats=True)) == []


def test_a_run_on_a_stream_is_resumed_exactly_after_the_stream_has_begun_again(
    toy_bert_folder, tmp_path, pairs, arguments
):
    folder = str(toy_bert_folder(tmp_path / "start"))
    args = arguments(max_steps=8, save_strategy="steps", save_steps=5, per_device_train_batch_size=8)

    def run(resume):
        model = SentenceTransformer(folder, device="cpu")
        stream = {"a": pairs.to_iterable_dataset(), "b": pairs.select(range(8)).to_iterable_dataset()}
        loss = MultipleNegativesRankingLoss(model)
        SentenceTransformerTrainer(model, args, stream, loss=loss).train(resume_from_checkpoint=resume)
        return model.state_dict()

    whole, resumed = run(None), run(f"{args.output_dir}/checkpoint-5")
    assert all(torch.equal(resumed[name], value) for name, value in whole.items())


def test_what_can_be_read_once_only_is_refused(model, arguments):
    once = iter([{"anchor": "a", "positive": "b"}])
    with pytest.raises(InputError, match="can be read once only"):
        SentenceTransformerTrainer(model, arguments(), once, loss=MultipleNegativesRankingLoss(model))
