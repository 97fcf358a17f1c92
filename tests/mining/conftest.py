"""A model whose embeddings a test chooses: "name 30" is the direction of 30 degrees. And small data sets."""

import numpy as np
import pytest


class DirectionModel:
    similarity_fn_name = "cosine"

    def __init__(self, table=None):
        self.table = table or {}
        self.calls = []

    def encode(self, role, texts, arguments):
        self.calls.append((role, list(texts), arguments))
        angles = np.deg2rad([float(text.split()[-1]) if text not in self.table else 0.0 for text in texts])
        rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
        for row, text in enumerate(texts):
            if text in self.table:
                rows[row] = self.table[text]
        return rows

    def encode_query(self, texts, **arguments):
        return self.encode("query", texts, arguments)

    def encode_document(self, texts, **arguments):
        return self.encode("document", texts, arguments)

    def start_multi_process_pool(self, target_devices=None):
        self.calls.append(("start", target_devices))
        return "pool"

    def stop_multi_process_pool(self, pool):
        self.calls.append(("stop", pool))


class FarIsGood:
    """Scores a pair by the difference of its angles, in half circles: the opposite of similar."""

    def __init__(self):
        self.calls = []

    def predict(self, pairs, **arguments):
        self.calls.append((list(pairs), arguments))
        return np.array([abs(float(a.split()[-1]) - float(b.split()[-1])) / 180 for a, b in pairs], np.float32)


@pytest.fixture
def model():
    return DirectionModel()


@pytest.fixture
def model_class():
    return DirectionModel


@pytest.fixture
def far_is_good():
    return FarIsGood()


@pytest.fixture
def data():
    """A function from pairs of texts to a data set."""
    datasets = pytest.importorskip("datasets")

    def build(*rows, names=("anchor", "positive")):
        return datasets.Dataset.from_dict({name: [row[at] for row in rows] for at, name in enumerate(names)})

    return build
