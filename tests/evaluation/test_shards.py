"""Evaluators give the same result when two processes share the work."""

import json
import socket
from pathlib import Path

import pytest

from likewise.evaluation.shards import Shard, current_shard, sharded

PROGRAM = (Path(__file__).parent / "support" / "shared_evaluation.py").read_text("utf-8")


def finish(process):
    ended = process.wait()
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def runs(forks, folder):
    """(what one process alone found, what each of two found that share the work)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [(folder / "alone",), *((folder / f"rank{rank}", rank, port) for rank in range(2))]
    processes = [forks.start(PROGRAM, *each) for each in arguments]
    alone, *shared = [finish(process) for process in processes]
    return alone, shared


def test_each_process_has_the_results_of_one_alone(runs):
    alone, shared = runs

    assert len(alone["results"]) > 40
    assert [found["results"] for found in shared] == [alone["results"]] * 2


def test_the_work_is_shared(runs):
    alone, shared = runs

    assert all(found["embedded"] < 0.65 * alone["embedded"] for found in shared)


def test_one_process_writes_the_files(runs, folder):
    names = sorted(path.name for path in (folder / "alone").iterdir())

    assert len(names) == 8
    for name in names:
        assert (folder / "rank0" / name).read_text() == (folder / "alone" / name).read_text()
    assert not (folder / "rank1").exists()


def test_without_a_process_group_nothing_is_shared():
    with sharded() as shard:
        assert shard == Shard() == current_shard()


@pytest.mark.parametrize("total", [0, 1, 2, 7, 100])
@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_parts_are_all_items_once_in_order_and_of_nearly_equal_size(total, size):
    spans = [Shard(rank, size).span(total) for rank in range(size)]

    assert [number for span in spans for number in span] == list(range(total))
    assert max(map(len, spans)) - min(map(len, spans)) <= 1
