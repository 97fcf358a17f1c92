"""Models whose embeddings a test chooses."""

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest


class TableModel:
    """Encodes texts by looking them up; notes what it was asked."""

    similarity_fn_name = "cosine"

    def __init__(self, table):
        self.table = {text: np.asarray(row, np.float32) for text, row in table.items()}
        self.calls = []
        self.noted = []
        self.model_card_data = SimpleNamespace(set_evaluation_metrics=lambda *call: self.noted.append(call))

    def _encode(self, task, sentences, kwargs):
        self.calls.append((task, list(sentences), kwargs))
        return np.stack([self.table[text] for text in sentences])[:, : kwargs.get("truncate_dim")]

    def encode(self, sentences, **kwargs):
        return self._encode(None, sentences, kwargs)

    def encode_query(self, sentences, **kwargs):
        return self._encode("query", sentences, kwargs)

    def encode_document(self, sentences, **kwargs):
        return self._encode("document", sentences, kwargs)


@pytest.fixture(scope="session")
def table_model():
    """A function from {text: embedding} to a model."""
    return TableModel


@pytest.fixture(scope="session")
def degrees():
    """A function from angles to unit vectors: the cosine falls as the angles grow apart."""

    def vectors(*angles):
        return [[np.cos(np.radians(angle)), np.sin(np.radians(angle))] for angle in angles]

    return vectors


@pytest.fixture(scope="session")
def evaluator_cases():
    """`support/evaluator_cases.py`: one small case for each registered evaluator, and a model for them."""
    file = Path(__file__).parent / "support" / "evaluator_cases.py"
    spec = importlib.util.spec_from_file_location("evaluator_cases", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules["evaluator_cases"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["evaluator_cases"]


@pytest.fixture
def nano_folder(tmp_path, monkeypatch):
    """A function that writes sets in the form of NanoBEIR (6 queries, 9 documents each) and returns the folder."""
    datasets = pytest.importorskip("datasets", reason="extra train")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")

    def write(names, *, own=False, corpus_lines=None):
        root = tmp_path / "nano"
        for name in names:
            rows = {
                "corpus": corpus_lines or [f'{{"_id": "d{n}", "text": "{name} document {n}"}}' for n in range(9)],
                "queries": [f'{{"_id": "q{n}", "text": "{name} query {n}"}}' for n in range(6)],
                "qrels": [f'{{"query-id": "q{n}", "corpus-id": "d{n + m}"}}' for n in range(6) for m in (0, 2)],
            }
            for part, lines in rows.items():
                file = root / (name if own else "") / part / ("train.jsonl" if own else f"{name}.jsonl")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text("\n".join(lines) + "\n", encoding="utf-8")
            if own:
                (root / name / "README.md").write_text(nano_card(["train"]), encoding="utf-8")
        if not own:
            (root / "README.md").write_text(nano_card(names), encoding="utf-8")
        return root

    return write


def nano_card(splits):
    """The front matter by which `datasets` finds configurations and splits."""
    lines = ["---", "configs:"]
    for part in ("corpus", "queries", "qrels"):
        lines += [f"- config_name: {part}", "  data_files:"]
        for split in splits:
            lines += [f"  - split: {split}", f"    path: {part}/{split}.jsonl"]
    return "\n".join([*lines, "---", ""])
