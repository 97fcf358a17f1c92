"""Texts with their embeddings: in order, without blank ones, whatever the chunks."""

import io

import numpy as np
import pytest

from likewise.cli import embedding
from likewise.cli.collection import Texts
from likewise.cli.console import Console
from likewise.cli.embedding import Embedder
from likewise.cli.model_access import ModelOptions
from likewise.errors import InputError
from likewise.texts.reading import TextInput

from .conftest import WordModel


@pytest.fixture
def console():
    return Console(io.StringIO(), io.StringIO())


def test_rows_stand_beside_their_texts(write, console, monkeypatch):
    monkeypatch.setattr(embedding, "CHUNK_TEXTS", 2)
    model = WordModel(ModelOptions(), 128)
    path = write("notes.txt", "a\n\nb b\nc\n \na\n")

    collection = Texts(TextInput(str(path))).embed(Embedder(model), console, role="document")

    assert list(collection.texts) == ["a", "b b", "c", "a"]
    assert [record.line for record in collection.records] == [1, 3, 4, 6]
    assert isinstance(collection.embeddings, np.memmap)
    assert np.array_equal(collection.embeddings, model.encode(list(collection.texts)))
    assert [call.role for call in model.calls[:2]] == ["document", "document"]
    assert "2 blank texts were left out" in console.err.getvalue()


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_an_input_without_texts_is_refused_at_once(write, content):
    with pytest.raises(InputError, match="no texts"):
        Texts(TextInput(str(write("empty.txt", content))))


def test_progress_is_shown_where_it_is_asked_for(write, monkeypatch):
    from likewise.cli import progress

    ticks = iter(range(0, 10_000, 10))
    monkeypatch.setattr(progress.Progress.__init__, "__defaults__", ("texts", lambda: next(ticks)))
    console = Console(io.StringIO(), io.StringIO(), progress=True)

    Texts(TextInput(str(write("notes.txt", "a\nb\n")))).embed(Embedder(WordModel(ModelOptions(), 128)), console)

    assert "2 texts, 100 %" in console.err.getvalue()
