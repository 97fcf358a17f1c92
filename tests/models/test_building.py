"""Building a module from its folder: no memory before the weights agree."""

import pytest
import torch
from torch import nn

from likewise.errors import CheckpointError, MissingWeightsError
from likewise.hub.folder import ModelFolder
from likewise.hub.weights import save_weights
from likewise.models.building import build_and_fill


def test_weights_come_from_the_file(tmp_path):
    source = nn.LSTM(3, 2, bidirectional=True)
    save_weights(source, tmp_path)

    built = build_and_fill(lambda: nn.LSTM(3, 2, bidirectional=True), ModelFolder(tmp_path))

    torch.testing.assert_close(built.state_dict(), source.state_dict(), rtol=0, atol=0)
    value = torch.randn(4, 3)
    torch.testing.assert_close(built(value)[0], source(value)[0])


def test_sizes_that_the_file_does_not_hold_take_no_memory(tmp_path):
    save_weights(nn.Linear(2, 2), tmp_path)

    with pytest.raises(CheckpointError, match=r"shape \(2, 2\)"):
        build_and_fill(lambda: nn.Linear(2**20, 2**20), ModelFolder(tmp_path))


def test_sizes_that_cannot_be_addressed_are_refused(tmp_path):
    save_weights(nn.Linear(2, 2), tmp_path)

    with pytest.raises(CheckpointError, match="cannot be built"):
        build_and_fill(lambda: nn.Linear(2**31, 2**33), ModelFolder(tmp_path))


def test_a_folder_without_weights_is_refused(tmp_path):
    with pytest.raises(MissingWeightsError, match="no weights"):
        build_and_fill(lambda: nn.Linear(2, 2), ModelFolder(tmp_path))


def test_frozen_weights_stay_frozen(tmp_path):
    save_weights(nn.Linear(2, 2), tmp_path)

    built = build_and_fill(lambda: nn.Linear(2, 2).requires_grad_(False), ModelFolder(tmp_path))

    assert not any(weight.requires_grad for weight in built.parameters())
