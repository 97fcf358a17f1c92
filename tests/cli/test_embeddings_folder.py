"""`--embeddings DIR`: embeddings that stay, are taken again, and are refused for other texts."""

import json

import pytest

from likewise.cli.main import main
from likewise.embedding_store import EmbeddingStore

TEXTS = ["A dog barks.", "It rains.", "The dog barks.", "", "A cat purrs.", "Rain falls."]


@pytest.fixture
def path(tmp_path):
    (tmp_path / "notes.txt").write_text("\n".join(TEXTS) + "\n")
    return tmp_path / "notes.txt"


def run(capsys, *arguments):
    capsys.readouterr()
    code = main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


def test_embeddings_stay_and_give_the_same_result(path, tmp_path, capsys):
    folder = tmp_path / "embeddings"
    command = ("mine", "duplicates", path, "--threshold", "-1", "--json")

    found = [run(capsys, *command, *more) for more in ([], ["--embeddings", folder], ["--embeddings", folder])]

    assert found[0][0] == 0
    pairs = [[json.loads(line) for line in out.splitlines()] for _, out, _ in found]
    assert pairs[1] == pairs[2]
    assert [(row["first_line"], row["second_line"]) for row in pairs[0]] == [
        (row["first_line"], row["second_line"]) for row in pairs[1]
    ]
    assert EmbeddingStore(folder).shape == (5, 168)


def test_two_inputs_have_a_folder_each(path, tmp_path, capsys):
    folder = tmp_path / "embeddings"

    assert run(capsys, "mine", "bitext", path, path, "--embeddings", folder)[0] == 0
    assert run(capsys, "mine", "duplicates", path, "--against", path, "--embeddings", folder)[0] == 0

    assert sorted(each.name for each in folder.iterdir()) == ["against", "input", "source", "target"]


def test_embeddings_of_encode_are_taken(path, tmp_path, capsys):
    path.write_text("\n".join(text for text in TEXTS if text))
    folder = tmp_path / "embeddings"
    assert run(capsys, "encode", path, "--out", folder)[0] == 0
    before = {each: each.stat().st_mtime_ns for each in folder.glob("shard-*")}

    assert run(capsys, "cluster", path, "--min-size", 2, "--threshold", 0.5, "--embeddings", folder)[0] == 0

    assert before == {each: each.stat().st_mtime_ns for each in folder.glob("shard-*")}


def test_embeddings_of_other_texts_and_files_are_refused(path, tmp_path, capsys):
    folder = tmp_path / "embeddings"
    assert run(capsys, "cluster", path, "--embeddings", folder)[0] == 0

    path.write_text("Another text.\n")
    code, _, err = run(capsys, "cluster", path, "--embeddings", folder)
    assert code == 1
    assert "embedded before" in err

    code, _, err = run(capsys, "cluster", path, "--embeddings", path)
    assert code == 1
    assert "notes.txt is a file" in err
