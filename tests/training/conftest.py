"""A tiny model and data to train it on."""

from __future__ import annotations

import pytest
from datasets import Dataset

from likewise.sentence_transformer.model import SentenceTransformer
from likewise.training.arguments import SentenceTransformerTrainingArguments

WORDS = ["a", "the", "cat", "dog", "man", "eats", "runs", "rains", "food", "today"]


@pytest.fixture
def model(toy_bert_folder, tmp_path):
    return SentenceTransformer(str(toy_bert_folder(tmp_path / "start")), device="cpu")


@pytest.fixture
def pairs():
    return Dataset.from_dict(
        {
            "anchor": [f"{WORDS[n % 10]} {WORDS[(3 * n) % 10]}" for n in range(24)],
            "positive": [f"{WORDS[n % 10]} {WORDS[(7 * n + 1) % 10]} {WORDS[n % 7]}" for n in range(24)],
        }
    )


@pytest.fixture
def scored(pairs):
    return pairs.add_column("score", [n / 23 for n in range(24)])


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
        }
        return SentenceTransformerTrainingArguments(**{**usual, **changed})

    return make
