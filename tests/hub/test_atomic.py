"""Saves that are whole or not at all: kills, full disks, other people's files."""

import errno
import os
import sys
from pathlib import Path

import pytest
from small_saves import entries, generations, save, write_model

from likewise.errors import CheckpointError, InputError, OutputError
from likewise.hub import atomic, exchange
from likewise.hub.atomic import replace_folder, write_file_atomic

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX renames and locks")


# --- the ordinary way -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("any_way")
def test_a_save_makes_the_folder_and_those_above_and_leaves_nothing_else(tmp_path):
    target = tmp_path / "a" / "b" / "model"

    save(target, 1)
    save(target, 2)

    assert generations(target) == {2}
    assert entries(target.parent) == ["model"]


@pytest.mark.usefixtures("any_way")
def test_the_old_folder_is_whole_until_the_block_ends(tmp_path):
    target = tmp_path / "model"
    save(target, 1)

    with replace_folder(target) as folder:
        write_model(folder, 2)
        during = generations(target)

    assert during == {1}
    assert generations(target) == {2}


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt(), InputError("mine")], ids=repr)
def test_an_error_in_the_block_comes_out_as_it_is_and_the_old_folder_stays(tmp_path, error):
    target = tmp_path / "model"
    save(target, 1)

    def interrupted():
        with replace_folder(target) as folder:
            write_model(folder, 2)
            raise error

    with pytest.raises(type(error)) as caught:
        interrupted()

    assert caught.value is error
    assert generations(target) == {1}
    assert entries(tmp_path) == ["model"]


def test_the_rights_of_the_folder_stay(tmp_path):
    target = tmp_path / "model"
    save(target, 1)
    target.chmod(0o750)

    save(target, 2)

    assert target.stat().st_mode & 0o777 == 0o750


def test_a_link_to_a_folder_stays_a_link(tmp_path):
    save(tmp_path / "real", 1)
    (tmp_path / "link").symlink_to("real")

    save(tmp_path / "link", 2)

    assert (tmp_path / "link").is_symlink()
    assert generations(tmp_path / "real") == {2}


def test_a_very_long_name_works(tmp_path):
    target = tmp_path / ("ü" * 120)

    save(target, 1)
    save(target, 2)

    assert generations(target) == {2}
    assert len(entries(tmp_path)) == 1


# --- what cannot be written -------------------------------------------------------------------------------------------


def test_a_full_disk_leaves_the_old_model_and_says_so(tmp_path):
    target = tmp_path / "model"
    save(target, 1)

    def fill_the_disk():
        with replace_folder(target) as folder:
            (folder / "model.safetensors").symlink_to("/dev/full")
            (folder / "model.safetensors").write_text("x" * 100_000)

    with pytest.raises(OutputError, match=r"No space left.*model before is intact.*free space"):
        fill_the_disk()

    assert generations(target) == {1}
    assert entries(tmp_path) == ["model"]


def test_a_full_disk_at_the_last_moment_leaves_the_old_model(tmp_path, monkeypatch):
    target = tmp_path / "model"
    save(target, 1)

    def full(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(atomic, "sync_tree", full)
    with pytest.raises(OutputError, match=r"intact"):
        save(target, 2)

    assert generations(target) == {1}
    assert entries(tmp_path) == ["model"]


def test_a_failed_second_rename_puts_the_old_folder_back(tmp_path, monkeypatch):
    target = tmp_path / "model"
    save(target, 1)
    monkeypatch.setattr(exchange, "_renameat2", lambda: None)
    rename = os.rename

    def failing(old, new):
        if ".likewise-new-" in str(old):
            raise OSError(errno.EIO, "broken disk")
        rename(old, new)

    monkeypatch.setattr(exchange.os, "rename", failing)
    with pytest.raises(OutputError, match=r"broken disk"):
        save(target, 2)

    assert generations(target) == {1}


def test_an_error_of_the_writer_keeps_its_advice(tmp_path):
    save(tmp_path / "model", 1)

    wanted = pytest.raises(OutputError, match=r"disk on fire; what was in model before is intact.*Fix: call for help")
    with wanted, replace_folder(tmp_path / "model"):
        raise OutputError("disk on fire", fix="call for help")


def test_an_error_of_another_kind_is_left_alone(tmp_path):
    with pytest.raises(CheckpointError, match=r"^bad weights$"), replace_folder(tmp_path / "model"):
        raise CheckpointError("bad weights")


def test_a_file_is_no_target(tmp_path):
    (tmp_path / "model").write_text("mine")

    with pytest.raises(OutputError, match=r"model is a file"):
        save(tmp_path / "model", 1)

    assert (tmp_path / "model").read_text() == "mine"


@pytest.mark.parametrize("spelling", [".", "", "..", "../work"])
def test_the_current_directory_is_no_target(tmp_path, monkeypatch, spelling):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    with pytest.raises(OutputError, match=r"current directory.*Fix: save to .*model"):
        save(Path(spelling), 1)


def test_a_mount_point_is_no_target():
    with pytest.raises(OutputError, match=r"mount point"):
        save(Path("/proc"), 1) if os.access("/proc", os.W_OK) else save(Path("/dev"), 1)


def test_a_folder_that_holds_a_mount_point_is_left_alone(tmp_path, monkeypatch):
    target = tmp_path / "model"
    save(target, 1)
    (target / "mounted").mkdir()
    monkeypatch.setattr("os.path.ismount", lambda path: str(path).endswith("/mounted"))

    with pytest.raises(OutputError, match=r"mounted is a mount point"):
        save(target, 2)

    assert generations(target) == {1}
    assert (target / "mounted").is_dir()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("which", ["parent", "target"])
def test_a_folder_that_is_not_writable_is_an_output_error(tmp_path, which):
    target = tmp_path / "parent" / "model"
    save(target, 1)
    locked = target if which == "target" else target.parent
    locked.chmod(0o555)

    try:
        with pytest.raises(OutputError, match=r"writable"):
            save(target, 2)
    finally:
        locked.chmod(0o755)

    assert generations(target) == {1}


def test_a_target_made_read_only_is_not_replaced(tmp_path, monkeypatch):
    save(tmp_path / "model", 1)
    monkeypatch.setattr(os, "access", lambda path, mode: False)

    with pytest.raises(OutputError, match=r"model is not writable"):
        save(tmp_path / "model", 2)

    assert generations(tmp_path / "model") == {1}


def test_a_parent_that_refuses_is_an_output_error(tmp_path, monkeypatch):
    def refuse(self, *args, **kwargs):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OutputError, match=r"Permission denied.*Fix: make .* writable"):
        save(tmp_path / "model", 1)


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_file_is_written_from_bytes_or_by_a_function(tmp_path):
    write_file_atomic(tmp_path / "new" / "a.txt", b"one")
    write_file_atomic(tmp_path / "new" / "b.txt", lambda file: file.write(b"two"))
    write_file_atomic(tmp_path / "new" / "b.txt", b"three")

    assert (tmp_path / "new" / "a.txt").read_bytes() == b"one"
    assert (tmp_path / "new" / "b.txt").read_bytes() == b"three"
    assert entries(tmp_path / "new") == ["a.txt", "b.txt"]


def test_a_file_whose_writer_fails_is_as_before(tmp_path):
    path = tmp_path / "scores.npy"
    write_file_atomic(path, b"old")

    def full(file):
        file.write(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OutputError, match=r"No space left.*scores\.npy before is intact"):
        write_file_atomic(path, full)
    with pytest.raises(ZeroDivisionError):
        write_file_atomic(path, lambda file: 1 / 0)

    assert path.read_bytes() == b"old"
    assert entries(tmp_path) == ["scores.npy"]


def test_a_directory_is_no_file(tmp_path):
    with pytest.raises(OutputError):
        write_file_atomic(tmp_path, b"x")


def test_files_may_be_read_by_whoever_may_read_the_folder(tmp_path):
    """Some writers give their files to the owner alone; a model that others cannot load is no use to a group."""
    with replace_folder(tmp_path / "model") as folder:
        (folder / "sub").mkdir()
        (folder / "sub" / "weights").write_text("x")
        (folder / "sub" / "weights").chmod(0o600)

    saved = tmp_path / "model"
    assert (saved / "sub" / "weights").stat().st_mode & 0o777 == saved.stat().st_mode & 0o666
