"""`encode_to` that is killed: at random moments, and between any two steps of writing; the bytes are the same."""

import json
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")

# The model is loaded once; each run that is killed is a fork.
PROGRAM = r"""
import itertools, json, os, random, signal, sys, time
from pathlib import Path
import killing
import numpy as np
import torch
from killing import content, die_before
from likewise import SentenceTransformer
from likewise.embedding_store import EmbeddingStore
from likewise.hub import atomic
from likewise.sentence_transformer import encode_to

torch.set_num_threads(1)
os.fsync = lambda descriptor: None  # what protects from power cuts is nothing to a kill, and slow
model = SentenceTransformer("likewise-mini", device="cpu")
fingerprint = encode_to.fingerprint(model)
encode_to.fingerprint = lambda model: fingerprint  # it reads all weights, which need not be done in each run
ROOT = Path(sys.argv[1])
rng = random.Random(7)


def texts(count):
    return (f"text {number} of {number % 9} cats" * (1 + number % 5) for number in range(count))


def run(folder, count, **moment):
    "Encode in a fork, which tells when it reads a text; say whether it was killed."
    def encode(tell):
        model.encode_to(folder, (text for text in texts(count) if tell(1)), rows_per_shard=8)

    return killing.run(encode, **moment)


def whole(count):
    folder = ROOT / f"whole-{count}"
    start = time.monotonic()
    assert not run(folder, count)
    return np.asarray(EmbeddingStore(folder)), content(folder), time.monotonic() - start


def rows_after_kill(folder, reference):
    "What is there is a valid store of the first rows."
    if not (folder / "manifest.json").exists():
        return 0
    store = EmbeddingStore(folder, partial=True, verify=True)
    assert len(store) == 0 or np.array_equal(np.asarray(store), reference[: len(store)])
    return len(store)


def random_moments(kills):
    reference, expected, seconds = whole(200)
    done, series, seen = 0, 0, []
    while done < kills:
        folder, rows = ROOT / f"random-{series}", 0
        # The source is read a shard at a time, so that the rest of the moment is a part of the time that one takes.
        while run(folder, 200, kill=(rows + rng.randint(0, 80), rng.uniform(0, 1) * seconds / 25)):
            done += 1
            now = rows_after_kill(folder, reference)
            assert now >= rows, (now, rows)
            rows = now
            seen.append(rows)
        assert content(folder) == expected, series
        series += 1
    return {"kills": done, "series": series, "rows": seen}


def die_at(place):
    "Kill this process before the n-th call that makes something durable."
    die_before(place, "replace", "fsync")


def die_in_file(number):
    "Kill this process when half of the n-th file is written."
    count = [0]
    fill = atomic._fill

    class Half:
        def __init__(self, file):
            self.file = file
        def write(self, data):
            data = bytes(data)
            self.file.write(data[: len(data) // 2])
            if len(data) > 200:
                self.file.flush()
                os.kill(os.getpid(), signal.SIGKILL)

    def half(file, content):
        if count[0] != number:
            count[0] += 1
            return fill(file, content)
        content(Half(file)) if callable(content) else Half(file).write(content)

    atomic._fill = half


def each_step():
    reference, expected, _ = whole(20)
    seen = {"step": [], "file": []}
    for kind, die in (("step", die_at), ("file", die_in_file)):
        for place in itertools.count():
            folder = ROOT / f"{kind}-{place}"
            if not run(folder, 20, arm=lambda: die(place)):
                break  # there is no such step any more
            seen[kind].append(rows_after_kill(folder, reference))
            assert not run(folder, 20)
            assert content(folder) == expected, place
    return seen


print(json.dumps(random_moments(20) if sys.argv[2] == "random" else each_step()))
"""


def run_program(forks, tmp_path, kind):
    outcome = forks.run(PROGRAM, tmp_path, kind)
    assert outcome.returncode == 0, outcome.stderr
    return json.loads(outcome.stdout)


def test_twenty_kills_at_random_moments_lose_nothing_and_double_nothing(forks, tmp_path):
    seen = run_program(forks, tmp_path, "random")

    assert seen["kills"] >= 20
    assert len(set(seen["rows"])) > 5  # the kills were spread over the run


def test_a_kill_at_each_step_of_writing_leaves_the_shards_before_it(forks, tmp_path):
    seen = run_program(forks, tmp_path, "step")

    assert set(seen["step"]) == set(seen["file"]) == {0, 8, 16, 20}
    assert seen["step"] == sorted(seen["step"])
    # A manifest, three shards, each with a manifest, and a manifest that says that all is there: 3 calls for each.
    assert len(seen["step"]) == 24
    assert len(seen["file"]) == 8
