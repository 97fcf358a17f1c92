import json

import pytest

from likewise.errors import CheckpointError, ModelNotFoundError, OutputError
from likewise.index.folder import read_index_folder, write_index_folder, write_manifest


def fill(folder):
    (folder / "part").mkdir()
    (folder / "part" / "rows.bin").write_bytes(b"0123456789")
    (folder / "names.txt").write_bytes(b"a b c")


@pytest.fixture
def folder(tmp_path):
    write_index_folder(tmp_path / "index", "some", {"dim": 3, "name": "x"}, fill)
    return tmp_path / "index"


def test_a_folder_is_read_as_it_was_written(folder):
    found = read_index_folder(folder)

    assert (found.path, found.kind, found.facts) == (folder, "some", {"dim": 3, "name": "x"})


@pytest.mark.parametrize("name", ["part/rows.bin", "names.txt"])
def test_damage_is_named(folder, name):
    content = (folder / name).read_bytes()
    for damaged, message in (
        (content[:-1], rf"{name} has \d+ bytes, \d+ were written"),
        (content + b"x", rf"{name} has \d+ bytes, \d+ were written"),
        (b"X" + content[1:], f"{name} is not what was written"),
    ):
        (folder / name).write_bytes(damaged)
        with pytest.raises(CheckpointError, match=message):
            read_index_folder(folder)
    assert read_index_folder(folder, verify=False).kind == "some"
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=f"{name} is missing"):
        read_index_folder(folder, verify=False)


def test_any_change_of_the_manifest_is_found(folder):
    manifest = folder / "index.json"
    text = manifest.read_text()
    changed = json.loads(text)
    changed["facts"]["name"] = "y"
    for damaged in (json.dumps(changed), text.replace('"dim": 3', '"dim": 4'), text.replace("some", "same"), text[:-9]):
        manifest.write_text(damaged)
        with pytest.raises(CheckpointError, match=r"index\.json"):
            read_index_folder(folder, verify=False)


@pytest.mark.parametrize("text", ["{}", "[1]", '{"format": "likewise-index", "version": 1}'])
def test_another_file_of_this_name_is_refused(tmp_path, text):
    (tmp_path / "index.json").write_text(text)

    with pytest.raises(CheckpointError, match=r"index\.json"):
        read_index_folder(tmp_path)


def test_where_there_is_nothing_it_says_so(tmp_path):
    with pytest.raises(ModelNotFoundError, match=r"there is no index in .*index\.save\(path\) first"):
        read_index_folder(tmp_path / "nowhere")


def test_a_file_that_grows_may_be_longer_but_not_shorter(tmp_path):
    (tmp_path / "rows.bin").write_bytes(b"0123")
    write_manifest(tmp_path, "some", {}, {"rows.bin": {"bytes": 4, "grows": True}})
    (tmp_path / "rows.bin").write_bytes(b"01234567")
    read_index_folder(tmp_path)

    (tmp_path / "rows.bin").write_bytes(b"012")
    with pytest.raises(CheckpointError, match=r"rows\.bin has 3 bytes, 4 were written"):
        read_index_folder(tmp_path)


def test_names_that_lead_out_of_the_folder_are_refused_and_never_removed(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "index").mkdir()
    write_manifest(tmp_path / "index", "some", {}, {"../mine.txt": {"bytes": 4, "grows": True}})

    with pytest.raises(CheckpointError, match=r"entry of '\.\./mine\.txt' is wrong"):
        read_index_folder(tmp_path / "index")
    write_index_folder(tmp_path / "index", "other", {}, lambda folder: None)

    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_files_of_the_index_before_go_and_others_stay(folder):
    (folder / "notes.txt").write_text("mine")

    write_index_folder(folder, "other", {}, lambda fresh: (fresh / "names.txt").write_text("new") and None)

    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == ["index.json", "names.txt", "notes.txt"]
    assert (folder / "names.txt").read_text() == "new"


def test_an_error_while_writing_leaves_the_folder_as_it_was(folder):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def broken(fresh):
        fill(fresh)
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"No space left on device.*is intact"):
        write_index_folder(folder, "some", {}, broken)

    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
