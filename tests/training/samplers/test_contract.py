"""What every sampler promises, run over all of them."""

from __future__ import annotations

import pytest
import torch
from datasets import Dataset
from torch.utils.data import ConcatDataset

from likewise.errors import InputError
from likewise.training.samplers import (
    BatchSamplers,
    DefaultBatchSampler,
    GroupByLabelBatchSampler,
    NoDuplicatesBatchSampler,
    ProportionalBatchSampler,
    RoundRobinBatchSampler,
)

ONE = [DefaultBatchSampler, NoDuplicatesBatchSampler, GroupByLabelBatchSampler]


def rows(count, texts=1000):
    return Dataset.from_dict(
        {
            "anchor": [f"a{(7 * n) % texts}" for n in range(count)],
            "positive": [f"p{n}" for n in range(count)],
            "label": [n % 4 for n in range(count)],
        }
    )


def build(kind, seed=0, drop_last=False, generator=None):
    if isinstance(kind, type) and kind in ONE:
        return kind(rows(50), batch_size=8, drop_last=drop_last, generator=generator, seed=seed)
    sets = [rows(20), rows(45)]
    samplers = [DefaultBatchSampler(each, batch_size=8, drop_last=drop_last, seed=seed) for each in sets]
    return kind(ConcatDataset(sets), samplers, generator, seed)


EVERY = [*ONE, RoundRobinBatchSampler, ProportionalBatchSampler]


@pytest.mark.parametrize("kind", EVERY)
class TestEverySampler:
    def test_an_epoch_is_the_same_whenever_it_is_drawn(self, kind):
        torch.manual_seed(1)
        first = list(build(kind))
        torch.manual_seed(2)
        assert list(build(kind)) == first

    def test_epochs_seeds_and_generators_differ(self, kind):
        sampler = build(kind)
        first = list(sampler)
        sampler.set_epoch(1)
        assert list(sampler) != first
        assert list(build(kind, seed=5)) != first
        if kind in ONE:
            assert list(build(kind, generator=torch.Generator().manual_seed(9))) != first

    def test_its_length_is_the_number_of_batches(self, kind):
        for drop_last in (False, True):
            sampler = build(kind, drop_last=drop_last)
            for epoch in range(3):
                sampler.set_epoch(epoch)
                assert len(list(sampler)) == len(sampler)

    def test_no_row_stands_twice_and_batches_are_no_larger_than_asked(self, kind):
        seen = [row for batch in build(kind) for row in batch]
        assert len(seen) == len(set(seen))
        assert all(1 <= len(batch) <= 8 for batch in build(kind))
        assert all(isinstance(row, int) for row in seen)

    def test_drop_last_leaves_out_smaller_batches(self, kind):
        assert {len(batch) for batch in build(kind, drop_last=True)} == {8}

    def test_it_leaves_the_random_numbers_of_the_program_alone(self, kind):
        torch.manual_seed(3)
        before = torch.get_rng_state()
        list(build(kind))
        assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("kind", [DefaultBatchSampler, NoDuplicatesBatchSampler])
def test_every_row_comes_once_an_epoch(kind):
    assert sorted(row for batch in build(kind) for row in batch) == list(range(50))


@pytest.mark.parametrize("kind", ONE)
def test_a_batch_size_below_one_is_refused(kind):
    with pytest.raises(InputError, match="batch_size=0"):
        kind(rows(8), batch_size=0, drop_last=False)


@pytest.mark.parametrize("texts", [3, 20, 1000])
def test_no_text_stands_in_two_rows_of_a_batch(texts):
    data = rows(200, texts)
    sampler = NoDuplicatesBatchSampler(data, batch_size=16, drop_last=False)
    batches = list(sampler)
    assert sorted(row for batch in batches for row in batch) == list(range(200))
    for batch in batches:
        anchors = [data[row]["anchor"] for row in batch]
        assert len(set(anchors)) == len(anchors)


def test_a_text_that_is_anchor_here_and_positive_there_counts_as_twice():
    data = Dataset.from_dict({"anchor": ["a", "b", "c"], "positive": ["b", "x", "y"]})
    for epoch in range(4):
        sampler = NoDuplicatesBatchSampler(data, batch_size=2, drop_last=False)
        sampler.set_epoch(epoch)
        assert all(set(batch) != {0, 1} for batch in sampler)


def test_a_text_twice_in_one_row_is_no_duplicate():
    data = Dataset.from_dict({"anchor": ["a", "b"], "positive": ["a", "b"]})
    assert [len(batch) for batch in NoDuplicatesBatchSampler(data, batch_size=2, drop_last=True)] == [2]


def test_labels_and_other_excluded_columns_are_not_compared():
    data = Dataset.from_dict({"anchor": ["a", "b"], "positive": ["c", "d"], "label": [1, 1]})
    assert len(NoDuplicatesBatchSampler(data, batch_size=2, drop_last=True)) == 1
    same = Dataset.from_dict({"anchor": ["a", "b"], "group": ["g", "g"]})
    assert len(NoDuplicatesBatchSampler(same, 2, True, valid_label_columns=["group"])) == 1
    assert len(NoDuplicatesBatchSampler(same, 2, True, valid_label_columns=["label"])) == 0


def test_many_equal_rows_end_in_time_and_none_is_lost():
    data = Dataset.from_dict({"anchor": ["same"] * 3000 + [f"other {n}" for n in range(100)]})
    sampler = NoDuplicatesBatchSampler(data, batch_size=8, drop_last=False)
    assert sorted(row for batch in sampler for row in batch) == list(range(3100))


def test_grouped_batches_hold_every_label_an_even_number_of_times():
    data = rows(50)
    for batch in GroupByLabelBatchSampler(data, batch_size=9, drop_last=False):
        labels = [data[row]["label"] for row in batch]
        assert all(labels.count(label) % 2 == 0 for label in labels)


def test_grouping_needs_a_label_that_stands_twice():
    with pytest.raises(InputError, match="no label stands twice"):
        GroupByLabelBatchSampler(Dataset.from_dict({"t": ["a", "b"], "label": [0, 1]}), 2, False)
    with pytest.raises(InputError, match="a label column"):
        GroupByLabelBatchSampler(Dataset.from_dict({"t": ["a", "b"]}), 2, False)
    with pytest.raises(InputError, match="at least 2"):
        GroupByLabelBatchSampler(rows(8), 1, False)


def test_round_robin_gives_each_set_the_same_number_of_batches():
    places = [0 if batch[0] < 20 else 1 for batch in build(RoundRobinBatchSampler)]
    assert places == [0, 1] * 3


def test_proportional_visits_every_batch_of_every_set():
    batches = list(build(ProportionalBatchSampler))
    assert sorted(row for batch in batches for row in batch) == list(range(65))
    assert all(max(batch) < 20 or min(batch) >= 20 for batch in batches)


def test_there_must_be_a_sampler_for_each_set():
    with pytest.raises(InputError, match="1 batch samplers for 2 data sets"):
        RoundRobinBatchSampler(ConcatDataset([rows(3), rows(3)]), [DefaultBatchSampler(rows(3), 1, False)])


def test_names_are_documented_values():
    assert [each.value for each in BatchSamplers] == [
        "batch_sampler",
        "no_duplicates",
        "no_duplicates_hashed",
        "group_by_label",
    ]
