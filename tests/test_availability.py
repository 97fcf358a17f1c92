import importlib.util
from email.message import Message
from importlib import metadata

import pytest

from likewise import availability


@pytest.mark.parametrize(
    ("installed", "training"),
    [((), False), (("accelerate",), False), (("datasets",), False), (("accelerate", "datasets"), True)],
    ids=str,
)
def test_training_needs_accelerate_and_datasets(monkeypatch, installed, training):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object() if name in installed else None)

    assert availability.is_accelerate_available() is ("accelerate" in installed)
    assert availability.is_datasets_available() is ("datasets" in installed)
    assert availability.is_training_available() is training


@pytest.mark.parametrize(
    ("address", "owner", "expected"),
    [
        ("Homepage, https://github.com/huggingface/datasets", "huggingface", True),
        ("Homepage, https://github.com/huggingface", "HuggingFace", True),
        ("Homepage, https://github.com/huggingface-imitator/datasets", "huggingface", False),
        ("Homepage, https://example.org/huggingface/datasets", "huggingface", False),
    ],
)
def test_the_owner_is_looked_for_in_the_addresses(monkeypatch, address, owner, expected):
    described = Message()
    described["Project-URL"] = address
    monkeypatch.setattr(metadata, "metadata", lambda name: described)

    assert availability.check_package_availability("datasets", owner) is expected
