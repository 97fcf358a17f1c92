"""Tiny re-rankers and data to train them on."""

from __future__ import annotations

import pytest
from datasets import Dataset

from likewise import CrossEncoder
from likewise.cross_encoder.training_args import CrossEncoderTrainingArguments

WORDS = ["a", "the", "cat", "dog", "sat", "on", "mat", "ran", "over", "red"]


@pytest.fixture
def ranker(ranker_folder):
    return CrossEncoder(ranker_folder, device="cpu")


@pytest.fixture
def sorter(sorter_folder):
    return CrossEncoder(sorter_folder, device="cpu")


@pytest.fixture
def texts():
    """Two columns of 24 texts."""
    first = [f"{WORDS[n % 10]} {WORDS[3 * n % 10]}" for n in range(24)]
    return {"query": first, "passage": [f"{WORDS[n % 10]} {WORDS[(7 * n + 1) % 10]} {WORDS[n % 7]}" for n in range(24)]}


@pytest.fixture
def labelled(texts):
    return Dataset.from_dict({**texts, "label": [n % 2 for n in range(24)]})


@pytest.fixture
def lists(texts):
    """Queries with 1 to 4 documents."""
    documents = [[texts["passage"][(n + at) % 24] for at in range(1 + n % 4)] for n in range(24)]
    labels = [[(n + at) % 3 for at in range(1 + n % 4)] for n in range(24)]
    return Dataset.from_dict({"query": texts["query"], "documents": documents, "labels": labels})


@pytest.fixture
def arguments(tmp_path):
    def make(**changed):
        usual = {
            "output_dir": str(tmp_path / "out"),
            "use_cpu": True,
            "report_to": "none",
            "per_device_train_batch_size": 4,
            "max_steps": 4,
            "logging_steps": 1,
            "save_strategy": "no",
            "disable_tqdm": True,
            "learning_rate": 1e-3,
        }
        return CrossEncoderTrainingArguments(**{**usual, **changed})

    return make
