"""A cross-encoder whose scores are a table of parameters, one row for each text: losses are functions of it."""

from __future__ import annotations

import pytest
import torch
from torch import nn


class Table(nn.Module):
    """Scores the pair (query, text) with a row of its table that it fills as texts come."""

    def __init__(self, outputs=1, dtype=torch.float64, seed=0, size=64, logits=None):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        table = torch.randn(size, outputs, generator=generator, dtype=torch.float64) if logits is None else logits
        self.table = nn.Parameter(table.to(dtype))
        self.num_labels = outputs
        self.device = torch.device("cpu")
        self.places = {}
        self.calls = []

    def preprocess(self, pairs, **options):
        self.options = options
        ids = [self.places.setdefault(pair, len(self.places)) for pair in pairs]
        return {"input_ids": torch.tensor(ids)[:, None], "attention_mask": torch.ones(len(ids), 1, dtype=torch.long)}

    def forward(self, features):
        self.calls.append(len(features["input_ids"]))
        return {"scores": self.table[features["input_ids"][:, 0]]}


@pytest.fixture
def table():
    """The class `Table`."""
    return Table


@pytest.fixture
def on_scores():
    """A function `(loss, rows, labels)`: value and gradients of a list loss on given scores, one list each row."""

    def run(name, rows, labels, **settings):
        from likewise.cross_encoder import losses

        logits = torch.tensor([score for row in rows for score in row] or [0.0], dtype=torch.float64)[:, None]
        model = Table(logits=logits)
        queries = [f"q{row}" for row in range(len(rows))]
        documents = [[f"d{at}" for at in range(len(row))] for row in rows]
        value = getattr(losses, name)(model, **settings)([queries, documents], labels)
        (gradient,) = torch.autograd.grad(value, model.table)
        return value, gradient[:, 0]

    return run
