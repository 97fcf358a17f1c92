"""Classes that a folder names: refused and not run without trust, found inside the folder with it."""

import logging
import sys

import pytest

from likewise.errors import CheckpointError, ConfigError, UnsafePathError, UntrustedCodeError
from likewise.hub.folder import ModelFolder
from likewise.models.module import LoadContext
from likewise.models.remote_code import is_reserved, load_class, save_code, type_string_of

TRUST = LoadContext(trust_remote_code=True)


@pytest.fixture
def folder(tmp_path):
    """A folder whose code writes a marker when it runs."""
    root = tmp_path / "model"
    root.mkdir()
    marker = f"open({str(tmp_path / 'marker')!r}, 'w').close()\n"
    (root / "custom.py").write_text(
        marker + "from .helper import VALUE\nclass Custom:\n    value = VALUE\nNUMBER = 3\n"
    )
    (root / "helper.py").write_text("VALUE = 5\n")
    return ModelFolder(root)


@pytest.mark.parametrize(
    "name",
    ["custom.Custom", "author/code--custom.Custom", "os.system", "json.JSONDecoder", "x", "a b.C", "../custom.Custom"],
)
def test_without_trust_nothing_runs(folder, tmp_path, name):
    before = set(sys.modules)

    with pytest.raises(UntrustedCodeError, match="trust_remote_code=True"):
        load_class(name, folder, LoadContext())

    assert not (tmp_path / "marker").exists()
    assert set(sys.modules) == before


def test_with_trust_the_file_of_the_folder_runs(folder, tmp_path):
    assert load_class("custom.Custom", folder, TRUST).value == 5
    assert (tmp_path / "marker").exists()


def test_the_modules_own_folder_comes_before_those_around_it(folder):
    inner = folder.path / "1_Custom"
    inner.mkdir()
    (inner / "custom.py").write_text("class Custom:\n    value = 'inner'\n")
    (folder.path / "2_Custom").mkdir()

    assert load_class("custom.Custom", folder.sub("1_Custom"), TRUST).value == "inner"
    assert load_class("custom.Custom", folder.sub("2_Custom"), TRUST).value == 5


def test_an_installed_package(folder):
    import json

    assert load_class("json.decoder.JSONDecoder", folder, TRUST) is json.decoder.JSONDecoder


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("custom.Missing", "there is no class 'Missing'"),
        ("custom.NUMBER", "there is no class 'NUMBER'"),
        ("os.path.join", "there is no class 'join'"),
        ("no_such_package.module.Class", "cannot be imported: ModuleNotFoundError"),
        ("no_such_file.Class", "cannot be imported"),
        ("Custom", "the type 'Custom'"),
        ("../custom.Custom", "the type"),
        ("/tmp/custom.Custom", "the type"),
        ("a/b.C", "the type"),
        ("sentence_transformers.models.Unknown", "the type"),
        ("likewise.cli.main.Unknown", "the type"),
        ("author/code--likewise.Unknown", "the type"),
        ("", "the type ''"),
    ],
)
def test_names_that_cannot_be_with_trust(folder, name, message):
    with pytest.raises(CheckpointError, match=message):
        load_class(name, folder, TRUST)


def test_a_file_outside_the_folder_is_refused_even_with_trust(folder, tmp_path):
    (tmp_path / "outside.py").write_text(f"open({str(tmp_path / 'marker')!r}, 'w')\nclass C: pass\n")
    (folder.path / "linked.py").symlink_to(tmp_path / "outside.py")

    with pytest.raises(UnsafePathError):
        load_class("linked.C", folder, TRUST)

    assert not (tmp_path / "marker").exists()


def test_code_of_another_repository_is_looked_up_there(folder, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    (other / "custom.py").write_text("class Custom:\n    value = 'other'\n")
    monkeypatch.chdir(tmp_path)

    assert load_class("./other--custom.Custom", folder, TRUST).value == "other"


def test_another_repository_without_the_file(folder, tmp_path, monkeypatch):
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)

    with pytest.raises(CheckpointError, match="no such file"):
        load_class("./other--custom.Custom", folder, TRUST)


def test_saved_code_has_a_type_of_file_and_class(folder, tmp_path):
    kind = load_class("custom.Custom", folder, TRUST)
    target = tmp_path / "saved"
    target.mkdir()

    save_code(kind, target)

    assert type_string_of(kind) == "custom.Custom"
    assert {path.name: path.read_text() for path in target.iterdir()} == {
        name: (folder.path / name).read_text() for name in ("custom.py", "helper.py")
    }
    assert load_class("custom.Custom", ModelFolder(target), TRUST) is kind


def test_saving_over_a_different_file_is_refused(folder, tmp_path):
    kind = load_class("custom.Custom", folder, TRUST)
    (tmp_path / "helper.py").write_text("VALUE = 6\n")

    with pytest.raises(ConfigError, match=r"different files 'helper\.py'"):
        save_code(kind, tmp_path)


def test_an_ordinary_class_keeps_its_name_and_brings_no_file(tmp_path):
    import json

    save_code(json.JSONDecoder, tmp_path)

    assert type_string_of(json.JSONDecoder) == "json.decoder.JSONDecoder"
    assert list(tmp_path.iterdir()) == []


def test_a_class_without_an_importable_name_is_reported(caplog):
    class Local:
        pass

    with caplog.at_level(logging.WARNING):
        type_string_of(Local)

    assert "the saved model will not load" in caplog.text


def test_reserved_names():
    assert is_reserved("sentence_transformers.models.X")
    assert is_reserved("likewise.models.X")
    assert not is_reserved("sentence_transformers_more.X")
