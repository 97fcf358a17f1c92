import numpy as np
import pytest
import torch

from likewise import SentenceTransformer
from likewise.errors import InputError, InputTypeError
from likewise.search import near_duplicates, remove_near_duplicates


def naive(rows, threshold):
    """The rule, row by row."""
    rows = np.asarray(rows, np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    scores = (unit @ unit.T).astype(np.float32)
    kept, removed = [], []
    for row in range(len(rows)):
        originals = [other for other in kept if scores[row, other] >= np.float32(threshold)]
        if originals:
            removed.append([row, max(originals, key=lambda other, row=row: scores[row, other])])
        else:
            kept.append(row)
    return kept, removed


rng = np.random.default_rng(0)
INPUTS = {
    "random": rng.standard_normal((150, 3)).astype(np.float32),
    "clustered": (np.repeat(rng.standard_normal((20, 8)), 8, axis=0) + 0.2 * rng.standard_normal((160, 8))),
    "duplicates": np.repeat(rng.standard_normal((12, 6)), 10, axis=0)[rng.permutation(120)],
    "half": rng.standard_normal((80, 3)).astype(np.float16),
    "zeros": np.zeros((4, 3)),
    "none": np.empty((0, 3)),
    "one": np.ones((1, 3)),
    "two": np.float32([[1, 2], [2, 4]]),
}


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("threshold", [0.95, 0.7, 0.0, 1.0, -1.0])
@pytest.mark.parametrize("chunk_size", [1, 7, 1024])
def test_rows_stay_and_go_by_the_rule(name, threshold, chunk_size):
    found = near_duplicates(INPUTS[name], threshold, chunk_size=chunk_size)

    assert (found.kept, [entry[1:] for entry in found.removed]) == naive(INPUTS[name], threshold)
    assert all(entry[0] >= np.float32(threshold) for entry in found.removed)


@pytest.mark.parametrize("convert", [torch.from_numpy, lambda rows: rows.tolist()])
def test_embeddings_may_have_any_form(convert):
    assert near_duplicates(convert(INPUTS["random"]), 0.8) == near_duplicates(INPUTS["random"], 0.8)


def test_a_memory_map_is_read(tmp_path):
    np.save(tmp_path / "rows.npy", INPUTS["clustered"])

    found = near_duplicates(np.load(tmp_path / "rows.npy", mmap_mode="r"), 0.8, chunk_size=50)

    assert found == near_duplicates(INPUTS["clustered"], 0.8)


def test_texts_are_encoded_and_the_first_stays():
    model = SentenceTransformer("likewise-mini", device="cpu")
    texts = ["A dog barks.", "It rains.", "A dog barks.", "Ships sail."]

    assert remove_near_duplicates(model, texts, 0.99) == ["A dog barks.", "It rains.", "Ships sail."]
    assert remove_near_duplicates(model, []) == []


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="embeddings, row 1, holds NaN"):
        near_duplicates(np.float32([[1, 2], [np.nan, 1]]))
    with pytest.raises(InputTypeError, match="threshold=None"):
        near_duplicates(INPUTS["two"], None)
    with pytest.raises(InputError, match="chunk_size=0"):
        near_duplicates(INPUTS["two"], chunk_size=0)
