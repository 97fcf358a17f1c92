"""A save that is killed, at any moment and after each step; saves side by side."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from small_saves import entries, generations, save, write_model

from likewise.hub import atomic, exchange
from likewise.hub.atomic import recover, replace_folder
from likewise.hub.resolve import resolve_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX renames and locks")


CHILD = """
import sys, json
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_atomic_child import write_model
from likewise.hub import exchange
from likewise.hub.atomic import replace_folder
if sys.argv[2] == "two renames":
    exchange._renameat2 = lambda: None
generation = int(sys.argv[4])
print("ready", flush=True)
while True:
    generation += 1
    with replace_folder(Path(sys.argv[1])) as folder:
        write_model(folder, generation)
    print("saved", flush=True)
"""


@pytest.mark.usefixtures("any_way")
def test_a_kill_at_any_moment_leaves_exactly_the_old_or_exactly_the_new_folder(tmp_path, request):
    way = request.node.callspec.params["any_way"]
    target = tmp_path / "out" / "model"
    target.parent.mkdir()
    (tmp_path / "test_atomic_child.py").write_text(
        textwrap.dedent("""
        import json
        def write_model(folder, generation, size=2000):
            (folder / "1_Pooling").mkdir()
            for name in ["modules.json", "config.json", "model.safetensors", "1_Pooling/config.json"]:
                (folder / name).write_text(json.dumps({"generation": generation, "filling": "x" * size}))
        """)
    )
    rng = random.Random(7)
    save(target, 0)
    (target / "notes.txt").write_text("mine")
    seen = [0]
    for _ in range(10):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(target), way, str(tmp_path), str(seen[-1])], stdout=subprocess.PIPE
        )
        assert child.stdout.readline() == b"ready\n"
        start = time.monotonic()
        assert child.stdout.readline() == b"saved\n"
        time.sleep(rng.uniform(0, 1.2) * (time.monotonic() - start))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()

        found = generations(resolve_folder(str(target)))

        assert len(found) == 1
        assert found.pop() >= seen[-1]
        seen += generations(target)
        assert (target / "notes.txt").read_text() == "mine"
    save(target, -1)
    assert entries(target.parent) == ["model"]
    assert seen[-1] >= 10


STEPS = ["mkdir", "sync_tree", "carry_over", "exchange", "first rename", "second rename", "rescue"]


def die_at(step, target):
    """Save in a child that kills itself right after a step."""

    def after(module, name):
        original = getattr(module, name)

        def wrapped(*args, **kwargs):
            result = original(*args, **kwargs)
            if name != "rename" or step.startswith(("first", "second")):
                counts[name] = counts.get(name, 0) + 1
                if counts[name] == (2 if step == "second rename" else 1):
                    os.kill(os.getpid(), signal.SIGKILL)
            return result

        setattr(module, name, wrapped)

    counts = {}
    if "rename" in step:
        exchange._renameat2 = lambda: None
        after(exchange.os, "rename")
    elif step == "exchange":
        after(exchange, "exchange")
    elif step == "mkdir":
        after(Path, "mkdir")
    else:
        after(atomic, step)
    save(target, 2)


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_after_each_step_leaves_one_whole_model_and_the_next_save_clears_up(tmp_path, step):
    target = tmp_path / "model"
    save(target, 1)
    (target / "notes.txt").write_text("mine")
    child = multiprocessing.get_context("fork").Process(target=die_at, args=(step, target))
    child.start()
    child.join()

    recover(target)
    found = generations(target)
    save(target, 3)

    assert child.exitcode == -signal.SIGKILL
    assert found == ({2} if step in ("exchange", "second rename", "rescue") else {1})
    assert (target / "notes.txt").read_text() == "mine"
    assert entries(tmp_path) == ["model"]


def test_the_folder_of_a_living_save_is_not_cleared_by_another(tmp_path):
    target = tmp_path / "model"

    with replace_folder(target) as slow:
        write_model(slow, 1)
        save(target, 2)
        still_there = slow.is_dir()

    assert still_there
    assert generations(target) == {1}
    assert entries(tmp_path) == ["model"]


def test_threads_that_save_to_one_folder_leave_the_model_of_one(tmp_path):
    target = tmp_path / "model"
    threads = [threading.Thread(target=save, args=(target, generation)) for generation in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(generations(target)) == 1
    assert entries(tmp_path) == ["model"]


def test_leftovers_of_another_folder_are_left_alone(tmp_path):
    save(tmp_path / "model", 1)
    other = tmp_path / atomic._sibling(tmp_path / "model2", "new").name
    other.mkdir()

    save(tmp_path / "model", 2)

    assert other.is_dir()


def test_recovering_does_nothing_where_there_is_nothing_to_recover(tmp_path):
    recover(tmp_path / "model")
    recover(tmp_path / "no" / "such" / "model")

    assert entries(tmp_path) == []
