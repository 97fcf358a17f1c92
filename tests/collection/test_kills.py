"""Building a collection and adding to it, killed: nothing is lost, nothing is there twice, the files are the same."""

import json
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")

# The model is loaded once; each run that is killed is a fork.
PROGRAM = r"""
import itertools, json, os, random, shutil, sys, time
from pathlib import Path
import torch
from killing import content, die_before, run
from likewise import SentenceTransformer
from likewise.collection import Collection
from likewise.errors import CheckpointError

torch.set_num_threads(1)
os.fsync = lambda descriptor: None  # what protects from power cuts is nothing to a kill, and slow
model = SentenceTransformer("likewise-mini", device="cpu")
ROOT = Path(sys.argv[1])
KINDS = sys.argv[2].split(",")
QUERIES = ["a cat", "text 7", "dogs"]
rng = random.Random(7)


def texts(first, count):
    return [{"text": f"text {n} of {n % 9} cats" * (1 + n % 5), "line": n} for n in range(first, first + count)]


def commands(folder, kind, size):
    "The two commands, each as a call that may be repeated."
    half = texts(0, size), texts(size, size)

    def heard(tell):
        return {"advance": lambda stage, count, total: tell(count), "rows_per_shard": 8}

    yield lambda tell: Collection.build(folder, half[0], model, kind=kind, **heard(tell)).close()
    yield lambda tell: Collection.open(folder, model).add(half[1], **heard(tell))


def answers(folder):
    "Rows and hits; None if there is no complete collection."
    try:
        with Collection.open(folder, model, verify=True) as found:
            return len(found), [found[row]["line"] for row in range(len(found))], found.search(QUERIES, 20)
    except CheckpointError as error:
        assert "holds no texts yet" in str(error) or "no collection" in str(error), error
        return None


def whole(kind, size):
    "What there is after each command, and how long they took."
    folder, states, start = ROOT / f"whole-{kind}-{size}", [None], time.monotonic()
    for command in commands(folder, kind, size):
        assert not run(command)
        states.append(answers(folder))
    assert [state and state[1] for state in states] == [None, list(range(size)), list(range(2 * size))]
    return states, content(folder), time.monotonic() - start


def random_moments(kills, size=60):
    references = {kind: whole(kind, size) for kind in KINDS}
    done, seen = 0, []
    for series in itertools.count():
        kind = KINDS[series % len(KINDS)]
        states, expected, seconds = references[kind]
        folder = ROOT / f"random-{series}"
        for number, command in enumerate(commands(folder, kind, size)):
            # Rows are told when they are read, when they are embedded, and when they are in the index.
            for _ in range(3):
                moment = rng.randint(0, 3 * size), rng.uniform(0, 1) * seconds / 20
                if not run(command, kill=moment):
                    break
                done += 1
                state = answers(folder)
                assert state in states[number : number + 2], (kind, number, state and state[0])
                seen.append([number, moment[0], state[0] if state else 0])
            assert not run(command)
            assert not run(command)  # once more, as by somebody who does not know that it was done
            assert answers(folder) == states[number + 1]
        assert content(folder) == expected, series
        if done >= kills:
            return {"kills": done, "seen": seen}


# What puts something in its place, or takes it away.
STEPS = ("replace", "rename", "rmdir")


def steps(size=5):
    seen = []
    for series, kind in enumerate(KINDS):
        states, expected, _ = whole(kind, size)
        for number in (0, 1):
            for place in itertools.count(0, 1 + 2 * series):
                folder = ROOT / f"step-{kind}-{number}-{place}"
                command = list(commands(folder, kind, size))
                if number:
                    command[0](lambda count: None)
                if not run(command[number], arm=lambda: die_before(place, *STEPS)):
                    break  # there is no such step any more
                state = answers(folder)
                assert state in states[number : number + 2], (kind, number, place)
                seen.append([kind, number, place, state[0] if state else 0])
                for again in command[number:]:
                    assert not run(again)
                assert content(folder) == expected, (kind, number, place)
                shutil.rmtree(folder)
    return seen


print(json.dumps({"random": random_moments(20), "steps": steps()}))
"""

KINDS = ("exact", "faiss-flat")


@pytest.fixture(scope="module")
def outcome(forks, tmp_path_factory):
    pytest.importorskip("faiss")
    ran = forks.run(PROGRAM, tmp_path_factory.mktemp("killed"), ",".join(KINDS))
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_twenty_kills_at_random_moments_lose_nothing_and_double_nothing(outcome):
    assert outcome["random"]["kills"] >= 20
    seen = outcome["random"]["seen"]
    assert {number for number, _, _ in seen} == {0, 1}
    assert len({moment for _, moment, _ in seen}) > 10  # the kills were spread over the run


def test_a_kill_between_two_steps_leaves_the_old_or_the_new(outcome):
    seen = outcome["steps"]

    assert {(kind, number) for kind, number, _, _ in seen} == {(kind, number) for kind in KINDS for number in (0, 1)}
    assert len(seen) > 15
    # Nothing of a build counts before its last step; of an add, the last step removes the old index.
    assert {rows for _, number, _, rows in seen if number == 0} == {0}
    assert [rows for kind, number, _, rows in seen if number == 1 and kind == "exact"].count(10) == 1
