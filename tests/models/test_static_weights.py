"""The table as files spell it: own key, model2vec's keys, and damaged tensors."""

from pathlib import Path

import pytest
import torch

from likewise.errors import CheckpointError, MissingWeightsError
from likewise.models.static_weights import read_table

TABLE = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
WHERE = Path("model")


@pytest.mark.parametrize("name", ["embedding.weight", "embeddings"])
def test_both_names(name):
    assert torch.equal(read_table({name: TABLE}, WHERE), TABLE)


def test_model2vec_with_shared_rows_and_factors():
    tensors = {"embeddings": TABLE, "mapping": torch.tensor([1, 0, 1]), "weights": torch.tensor([1.0, 2.0, 0.5])}

    assert read_table(tensors, WHERE).tolist() == [[3.0, 4.0], [2.0, 4.0], [1.5, 2.0]]


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"embedding.weight": torch.ones(3)}, r"'embedding.weight' is float32 of shape \(3,\)"),
        ({"embedding.weight": torch.ones(2, 2, dtype=torch.int64)}, "is int64"),
        ({"embedding.weight": torch.ones(0, 2)}, r"shape \(0, 2\)"),
        ({"embedding.weight": torch.tensor([[float("nan")]])}, "NaN or infinity"),
        ({"embeddings": TABLE, "mapping": torch.tensor([0, 2])}, "'mapping' names the rows 0 to 2"),
        ({"embeddings": TABLE, "mapping": torch.tensor([-1])}, "'mapping' names the rows -1"),
        ({"embeddings": TABLE, "mapping": torch.tensor([0.0])}, "'mapping' is float32"),
        ({"embeddings": TABLE, "weights": torch.ones(3)}, r"'weights' is float32 of shape \(3,\)"),
    ],
)
def test_damaged_tensors(tensors, message):
    with pytest.raises(CheckpointError, match=message):
        read_table(tensors, WHERE)


def test_no_table():
    with pytest.raises(MissingWeightsError, match="no token table among"):
        read_table({"other": TABLE}, WHERE)
