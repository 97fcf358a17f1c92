"""A stand-in model and a way to run commands in this process."""

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from likewise.cli.main import main
from likewise.cli.model_access import ModelOptions

WIDTH = 64


class WordModel:
    """Embeds a text as the counts of its words, so that scores can be told by reading."""

    def __init__(self, options: ModelOptions, max_seq_length: float | None) -> None:
        self.max_seq_length = max_seq_length
        self.options = options
        self.similarity_fn_name = options.similarity or "cosine"
        self.calls: list[SimpleNamespace] = []
        self.words: dict[str, int] = {}

    def _embed(self, texts: list[str], role: str | None, options: dict) -> np.ndarray:
        self.calls.append(SimpleNamespace(texts=list(texts), role=role, options=options))
        rows = np.zeros((len(texts), WIDTH), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in f"{options.get('prompt') or ''}{text}".lower().split():
                row[self.words.setdefault(word, len(self.words) % WIDTH)] += 1
        rows = rows[:, : self.options.truncate_dim]
        if options.get("precision") == "ubinary":
            return np.packbits(rows > 0, axis=1)
        return rows

    def encode(self, sentences, **options):
        return self._embed(sentences, None, options)

    def encode_query(self, sentences, **options):
        return self._embed(sentences, "query", options)

    def encode_document(self, sentences, **options):
        return self._embed(sentences, "document", options)

    def similarity(self, one, other):
        norms = np.linalg.norm(one, axis=1)[:, None] * np.linalg.norm(other, axis=1)[None]
        return one @ other.T / np.maximum(norms, 1e-9)

    def similarity_pairwise(self, one, other):
        return np.diagonal(self.similarity(one, other))


@dataclass
class Outcome:
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass
class Runner:
    """Runs commands with the stand-in model, and keeps the last one that was loaded."""

    capsys: pytest.CaptureFixture
    models: list[WordModel] = field(default_factory=list)
    max_seq_length: float | None = 128

    def __call__(self, *arguments: object) -> Outcome:
        self.capsys.readouterr()
        code = main([str(argument) for argument in arguments], loader=self._load)
        return Outcome(code, *self.capsys.readouterr())

    def _load(self, options: ModelOptions) -> WordModel:
        self.models.append(WordModel(options, self.max_seq_length))
        return self.models[-1]

    @property
    def model(self) -> WordModel:
        return self.models[-1]


@pytest.fixture
def likewise(capsys: pytest.CaptureFixture) -> Runner:
    return Runner(capsys)


@pytest.fixture
def write(tmp_path: Path):
    """Write a file below the temporary folder, text or bytes; returns its path."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file
