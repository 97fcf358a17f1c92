"""Which files of a folder stay when a model is saved into it again."""

import json
import os
import sys

import pytest
from small_saves import entries, generations, save, write_model

from likewise.hub import atomic
from likewise.hub.atomic import replace_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX renames and locks")


@pytest.mark.usefixtures("any_way")
def test_files_that_are_not_of_the_model_stay(tmp_path):
    target = tmp_path / "model"
    save(target, 1)
    for name in ("checkpoint-5/optimizer.pt", ".git/HEAD", "notes.txt", "train_config.json", "eval/scores.csv"):
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text(name)
    (target / "link").symlink_to("notes.txt")
    inode = (target / "notes.txt").stat().st_ino

    save(target, 2)

    kept = ["checkpoint-5/optimizer.pt", ".git/HEAD", "notes.txt", "train_config.json", "eval/scores.csv"]
    assert [(target / name).read_text() for name in kept] == kept
    assert os.readlink(target / "link") == "notes.txt"
    assert (target / "notes.txt").stat().st_ino == inode
    assert generations(target) == {2}


def test_files_of_the_model_that_was_there_go(tmp_path):
    target = tmp_path / "model"
    with replace_folder(target) as folder:
        write_model(folder, 1)
        (folder / "modules.json").write_text(json.dumps([{"path": "1_Pooling"}, {"path": "2_Dense"}, {"path": ".git"}]))
        for name in ("pytorch_model.bin", "vocab.txt", "sentence_bert_config.json", "model-00001-of-00002.safetensors"):
            (folder / name).write_text("old")
        for name in ("2_Dense", ".git", "2024_Results"):
            (folder / name).mkdir()

    save(target, 2)

    assert entries(target) == [
        ".git",
        "1_Pooling",
        "2024_Results",
        "config.json",
        "model.safetensors",
        "modules.json",
    ]


def test_a_readme_that_was_there_before_any_model_stays(tmp_path):
    target = tmp_path / "project"
    target.mkdir()
    (target / "README.md").write_text("mine")

    with replace_folder(target) as folder:
        write_model(folder, 1)
        (folder / "README.md").write_text("generated")
    first = (target / "README.md").read_text()
    with replace_folder(target) as folder:
        write_model(folder, 2)
        (folder / "README.md").write_text("generated")

    assert first == "mine"
    assert (target / "README.md").read_text() == "generated"


def test_exports_stay_with_their_weights_and_go_with_them(tmp_path, caplog):
    target = tmp_path / "model"
    save(target, 1)
    (target / "onnx").mkdir()
    (target / "onnx" / "model.onnx").write_text("export")

    save(target, 1)
    kept = (target / "onnx" / "model.onnx").is_file()
    save(target, 2)

    assert kept
    assert not (target / "onnx").exists()
    assert "onnx was exported from other weights" in caplog.text


def test_a_file_that_appears_during_the_exchange_is_not_lost(tmp_path, monkeypatch):
    target = tmp_path / "model"
    save(target, 1)
    put_in_place = atomic.put_in_place

    def late(new, old, aside):
        (target / "checkpoint-9").mkdir()
        return put_in_place(new, old, aside)

    monkeypatch.setattr(atomic, "put_in_place", late)
    save(target, 2)

    assert (target / "checkpoint-9").is_dir()
    assert generations(target) == {2}
