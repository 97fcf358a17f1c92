"""Safe access to the files of a model folder: attacks on paths."""

import os

import pytest

from likewise.errors import CheckpointError, UnsafePathError
from likewise.hub.folder import ModelFolder


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "model"
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "1_Pooling" / "config.json").write_text("{}")
    (tmp_path / "secret.json").write_text('{"secret": 1}')
    return folder


ATTACKS = ["/etc/passwd", "../secret.json", "1_Pooling/../../secret.json", "a\\..\\b", "C:/x", "a\0b", "a\nb", "\ud800"]


@pytest.mark.parametrize("path", ATTACKS, ids=ascii)
@pytest.mark.parametrize("method", ["find", "sub", "require", "config"])
def test_a_path_that_leads_out_is_refused(root, method, path):
    with pytest.raises(UnsafePathError, match="leads out of the model folder"):
        getattr(ModelFolder(root), method)(path)


def test_a_path_is_confined_to_the_model_also_from_a_folder_within(root):
    folder = ModelFolder(root).sub("1_Pooling")

    assert folder.find("config.json") == root / "1_Pooling" / "config.json"
    with pytest.raises(UnsafePathError):
        folder.find("../../secret.json")


@pytest.mark.parametrize("stay", ["", ".", "./"])
def test_empty_and_dot_stay_in_the_folder(root, stay):
    assert ModelFolder(root).sub(stay) == ModelFolder(root)


def test_a_link_out_of_the_folder_is_refused(root):
    (root / "config.json").symlink_to(root.parent / "secret.json")
    (root / "2_Dense").symlink_to(root.parent)

    with pytest.raises(UnsafePathError, match="outside the model folder"):
        ModelFolder(root).find("config.json")
    with pytest.raises(UnsafePathError, match="outside the model folder"):
        ModelFolder(root).sub("2_Dense")
    with pytest.raises(UnsafePathError, match="outside the model folder"):
        ModelFolder(root).find("2_Dense/secret.json")


def test_a_link_within_the_folder_is_followed(root):
    (root / "config.json").symlink_to("1_Pooling/config.json")

    assert ModelFolder(root).config("config.json").data == {}


def test_a_loop_of_links_is_an_error_of_ours(root):
    (root / "config.json").symlink_to("other.json")
    (root / "other.json").symlink_to("config.json")

    with pytest.raises(CheckpointError, match=r"config\.json"):
        ModelFolder(root).find("config.json")


def test_a_dangling_link_within_is_an_error_of_ours(root):
    (root / "config.json").symlink_to("nothing.json")

    with pytest.raises(CheckpointError, match="cannot be read"):
        ModelFolder(root).find("config.json")


def test_a_pipe_is_refused_without_being_opened(root):
    os.mkfifo(root / "config.json")

    with pytest.raises(UnsafePathError, match="not a regular file"):
        ModelFolder(root).find("config.json")


def test_a_device_is_refused(root):
    (root / "config.json").symlink_to("/dev/zero")

    with pytest.raises(UnsafePathError, match="outside the model folder"):
        ModelFolder(root).find("config.json")


def test_the_links_of_the_hub_cache_are_allowed_and_no_others(tmp_path):
    repository = tmp_path / "models--me--model"
    snapshot = repository / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (repository / "blobs").mkdir()
    (repository / "blobs" / "1234").write_text('{"a": 1}')
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("{}")
    (snapshot / "config.json").symlink_to("../../blobs/1234")
    (snapshot / "modules.json").symlink_to("../../refs/main")

    assert ModelFolder(snapshot).config("config.json").data == {"a": 1}
    with pytest.raises(UnsafePathError):
        ModelFolder(snapshot).find("modules.json")


def test_a_missing_file_is_none_or_an_error_that_names_it(root):
    folder = ModelFolder(root)

    assert folder.find("nothing.json") is None
    assert folder.first_of("nothing.json", "1_Pooling/config.json") == root / "1_Pooling" / "config.json"
    assert folder.config("nothing.json", optional=True).data == {}
    with pytest.raises(CheckpointError, match=r"nothing\.json: no such file"):
        folder.config("nothing.json")


def test_a_folder_is_no_file(root):
    assert ModelFolder(root).find("1_Pooling") is None


def test_a_name_beyond_the_limits_of_the_system_is_absent(root):
    folder = ModelFolder(root)

    assert folder.find("x" * 1000) is None
    assert folder.sub("x" * 5000).find("config.json") is None
