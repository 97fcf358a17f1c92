from importlib import import_module

import numpy as np
import pytest
import torch

from likewise import util
from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.search import neighbourhoods
from likewise.search.community_detection import community_detection


def naive(rows, threshold=0.75, smallest=10):
    """The rule, with the whole matrix in memory."""
    rows = np.asarray(rows, np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    scores = (unit @ unit.T).astype(np.float32)
    around = [np.flatnonzero(line >= np.float32(threshold)).tolist() for line in scores]
    centres = sorted((c for c in range(len(rows)) if len(around[c]) >= smallest), key=lambda c: -len(around[c]))
    gone, found = set(), []
    for centre in centres:
        members = [row for row in around[centre] if row not in gone]
        if centre not in gone and len(members) >= smallest:
            gone.update(members)
            found.append(sorted(members, key=lambda row, c=centre: (row != c, -scores[c, row], row)))
    return sorted(found, key=len, reverse=True)


def clustered(rows, clusters, dim=16, noise=0.25, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((clusters, dim))
    return (centres[rng.integers(0, clusters, rows)] + noise * rng.standard_normal((rows, dim))).astype(np.float32)


INPUTS = {
    "random": np.random.default_rng(0).standard_normal((200, 4)).astype(np.float32),
    "clustered": clustered(300, 12),
    "duplicates": np.repeat(clustered(40, 5), 7, axis=0),
    "half": clustered(200, 6).astype(np.float16),
    "zeros": np.zeros((5, 3), np.float32),
    "one": np.float32([[1, 2]]),
    "two": np.float32([[1, 2], [2, 4]]),
}


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize(("threshold", "smallest"), [(0.75, 10), (0.9, 2), (0.5, 1), (0.0, 3), (1.0, 1)])
def test_communities_are_those_of_the_rule(name, threshold, smallest):
    rows = INPUTS[name]

    assert community_detection(rows, threshold, smallest) == naive(rows, threshold, smallest)


@pytest.mark.parametrize("batch_size", [1, 3, 64, 10_000])
@pytest.mark.parametrize("pairs", [2**22, 50])
def test_they_depend_neither_on_the_batch_size_nor_on_the_pairs_held(monkeypatch, batch_size, pairs):
    plain = community_detection(INPUTS["clustered"], 0.8, 3)
    original = neighbourhoods.Comparison

    def limited(**arguments):
        return original(**arguments, pairs=pairs)

    monkeypatch.setattr(import_module("likewise.search.community_detection"), "Comparison", limited)

    assert community_detection(INPUTS["clustered"], 0.8, 3, batch_size=batch_size) == plain


@pytest.mark.parametrize(
    "convert", [lambda rows: rows.tolist(), torch.from_numpy, lambda rows: list(torch.from_numpy(rows))]
)
def test_embeddings_may_have_any_form(convert):
    assert community_detection(convert(INPUTS["clustered"])) == community_detection(INPUTS["clustered"])


def test_a_memory_map_is_read(tmp_path):
    np.save(tmp_path / "rows.npy", INPUTS["clustered"])

    found = community_detection(np.load(tmp_path / "rows.npy", mmap_mode="r"))

    assert found == community_detection(INPUTS["clustered"])


def test_the_centre_comes_first_among_equal_rows():
    rows = np.float32([[0, 1], [1, 0], [1, 0], [1, 0.2]])

    assert community_detection(rows, 0.9, 2) == [[1, 2, 3]]


def test_no_rows_have_no_community():
    assert community_detection([]) == []
    assert community_detection(np.empty((0, 4), np.float32), min_community_size=1) == []


def test_it_is_a_name_of_util():
    assert util.community_detection is community_detection


def test_progress_is_shown_on_request(capsys):
    community_detection(INPUTS["two"], min_community_size=1, show_progress_bar=True)
    assert "Comparing rows" in capsys.readouterr().err

    community_detection(INPUTS["two"], min_community_size=1)
    assert capsys.readouterr().err == ""


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="embeddings, row 1, holds NaN"):
        community_detection(np.float32([[1, 2], [np.nan, 1]]))
    with pytest.raises(ShapeError, match="different lengths"):
        community_detection([[1.0, 2.0], [1.0]])
    with pytest.raises(InputTypeError, match="threshold='high'"):
        community_detection(INPUTS["two"], threshold="high")
    with pytest.raises(InputError, match="threshold=nan"):
        community_detection(INPUTS["two"], threshold=float("nan"))
    for name in ("min_community_size", "batch_size"):
        with pytest.raises(InputError, match=f"{name}=0"):
            community_detection(INPUTS["two"], **{name: 0})
