"""A mapped file: writing stays private, and what was not written to is read again without staying in memory."""

import mmap
from pathlib import Path

import pytest
import torch

from likewise.models import mapped_file
from likewise.models.mapped_file import MappedFile, passing_memory

SIZE = 64 * mmap.PAGESIZE + 100
linux = pytest.mark.skipif(not Path("/proc/self/pagemap").exists(), reason="only Linux has a page map")


@pytest.fixture
def content():
    return torch.randint(0, 256, (SIZE,), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def file(tmp_path, content):
    path = tmp_path / "weights"
    path.write_bytes(content.numpy().tobytes())
    return MappedFile(path)


def read(file, start, stop):
    into = passing_memory(stop - start)
    return into if file.read_unwritten(start, into) else None


def resident_pages():
    """Pages of files; memory of the process's own does not count."""
    return int(Path("/proc/self/statm").read_text().split()[2])


def test_the_bytes_are_those_of_the_file(file, content):
    assert torch.equal(file.bytes_B, content)


def test_writing_stays_in_memory(file, tmp_path, content):
    file.bytes_B[5] = 255 - content[5]

    assert (tmp_path / "weights").read_bytes() == content.numpy().tobytes()


@linux
@pytest.mark.parametrize("part", [(0, SIZE), (3, 4), (mmap.PAGESIZE - 1, 2 * mmap.PAGESIZE + 1), (SIZE - 1, SIZE)])
@pytest.mark.parametrize("read_before", [False, True])
def test_a_part_that_was_not_written_to_is_read_again(file, content, part, read_before):
    if read_before:
        file.bytes_B.sum()

    assert torch.equal(read(file, *part), content[slice(*part)])


@linux
def test_a_part_read_again_does_not_stay_in_memory(tmp_path):
    (tmp_path / "large").write_bytes(b"\1" * 2**25)
    file = MappedFile(tmp_path / "large")
    before = resident_pages()

    copy = read(file, 0, 2**25)

    assert (resident_pages() - before) * mmap.PAGESIZE < 2**22
    assert int(copy.sum()) == 2**25


@linux
@pytest.mark.parametrize("at", [2 * mmap.PAGESIZE, 3 * mmap.PAGESIZE - 1])
def test_a_part_that_was_written_to_is_not_read_again(file, at):
    file.bytes_B[at] += 1

    assert read(file, 0, SIZE) is None
    assert read(file, 2 * mmap.PAGESIZE, 3 * mmap.PAGESIZE) is None
    assert read(file, 3 * mmap.PAGESIZE, SIZE) is not None


@linux
def test_what_was_written_stays_written_when_its_neighbours_are_read_again(file, content):
    file.bytes_B[0] = 255 - content[0]

    read(file, mmap.PAGESIZE, SIZE)

    assert file.bytes_B[0] == 255 - content[0]


@pytest.mark.parametrize("said", [b"", b"\0" * 8 * 70])
def test_a_system_that_does_not_tell_is_not_trusted(tmp_path, content, monkeypatch, said):
    (tmp_path / "weights").write_bytes(content.numpy().tobytes())
    (tmp_path / "pagemap").write_bytes(said)
    monkeypatch.setattr(mapped_file, "_PAGE_MAP", tmp_path / "pagemap")

    assert read(MappedFile(tmp_path / "weights"), 0, SIZE) is None


def test_a_replaced_file_is_read_as_it_was(file, tmp_path, content):
    (tmp_path / "new").write_bytes(b"\0" * SIZE)
    (tmp_path / "new").replace(tmp_path / "weights")

    assert torch.equal(file.bytes_B, content)
    again = read(file, 0, SIZE)
    assert again is None or torch.equal(again, content)
