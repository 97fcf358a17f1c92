"""Rows to batches: texts as they are, pairs of the loss tokenised, and draws that follow from rows, seed and epoch."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch

from likewise.cross_encoder.data_collator import COUNTS, PAIRS, CrossEncoderDataCollator
from likewise.cross_encoder.losses import LambdaLoss, MultipleNegativesRankingLoss
from likewise.errors import InputError

ROWS = [{"anchor": f"q{at}", "positive": f"p{at}"} for at in range(8)]


def tokenize(pairs, **options):
    return {"input_ids": torch.tensor([[int(first[1:]), int(second[1:])] for first, second in pairs])}


@pytest.fixture
def drawing():
    loss = MultipleNegativesRankingLoss(torch.nn.Identity(), num_negatives=2)
    return CrossEncoderDataCollator(tokenize, candidates={"": loss.candidates})


def drawn(collator, rows=ROWS):
    return collator(rows)[PAIRS]["input_ids"].tolist()


def test_what_is_drawn_follows_from_rows_seed_and_epoch(drawing):
    first = drawn(drawing)
    torch.manual_seed(5)

    assert drawn(drawing) == first
    assert drawn(drawing, ROWS[::-1]) != first
    other = copy.copy(drawing)
    other.seed = 1
    assert drawn(other) != first
    drawing.set_epoch(1)
    assert drawn(drawing) != first


def test_the_random_numbers_of_the_program_are_left_alone(drawing):
    state = torch.get_rng_state()
    drawing(ROWS)
    assert torch.equal(torch.get_rng_state(), state)


def test_each_row_has_its_positive_first_and_no_negative_of_its_own(drawing):
    batch = drawing(ROWS)
    assert batch[COUNTS] == [3] * 8
    pairs = torch.tensor(drawn(drawing)).reshape(8, 3, 2)
    assert pairs[:, 0].tolist() == [[at, at] for at in range(8)]
    assert (pairs[:, 1:, 0] != pairs[:, 1:, 1]).all()
    assert (pairs[:, 1, 1] != pairs[:, 2, 1]).all()


def test_lists_of_different_lengths_keep_their_labels():
    loss = LambdaLoss(torch.nn.Identity())
    collator = CrossEncoderDataCollator(tokenize, candidates={"": loss.candidates})
    rows = [{"query": "q1", "documents": ["p1"], "labels": [2]}]
    rows += [{"query": "q2", "documents": ["p3", "p4"], "labels": [0, 1]}]
    batch = collator(rows)
    assert batch["documents"] == [["p1"], ["p3", "p4"]]
    assert [each.tolist() for each in batch["label"]] == [[2], [0, 1]]
    assert batch[PAIRS]["input_ids"].tolist() == [[1, 1], [2, 3], [2, 4]]
    assert batch[COUNTS] == [1, 2]


def test_it_goes_to_other_processes_and_says_what_is_missing(drawing):
    assert drawn(pickle.loads(pickle.dumps(drawing))) == drawn(drawing)
    with pytest.raises(InputError, match="without a value for 'positive'"):
        drawing([{"anchor": "q0", "positive": "p0"}, {"anchor": "q1", "positive": None}])
