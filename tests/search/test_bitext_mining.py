import numpy as np
import pytest
import torch

from likewise import SentenceTransformer
from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.search import bitext_mining, bitext_mining_embeddings

MARGINS = {"ratio": lambda a, b: a / b, "distance": lambda a, b: a - b, "absolute": lambda a, b: a}


def naive(source, target, top_k, margin, retrieval):
    """All pairs in memory, one at a time."""
    unit = [
        side.astype(np.float64) / np.linalg.norm(side.astype(np.float64), axis=1)[:, None] for side in (source, target)
    ]
    cosines = unit[0] @ unit[1].T
    near = [np.argsort(-each, axis=1, kind="stable")[:, :top_k] for each in (cosines, cosines.T)]
    around = [np.take_along_axis(c, n, 1).mean(1) for c, n in zip((cosines, cosines.T), near, strict=True)]

    def score(i, j):
        return MARGINS[margin](cosines[i, j], (around[0][i] + around[1][j]) / 2)

    forward = {(i, max(near[0][i], key=lambda j, i=i: score(i, j))) for i in range(len(source))}
    backward = {(max(near[1][j], key=lambda i, j=j: score(i, j)), j) for j in range(len(target))}
    chosen = {"forward": forward, "backward": backward, "intersection": forward & backward}
    pairs = sorted(chosen.get(retrieval, forward | backward), key=lambda pair: (-score(*pair), *pair))
    if retrieval == "max":
        taken, kept = (set(), set()), []
        for i, j in pairs:
            if i not in taken[0] and j not in taken[1]:
                taken[0].add(i)
                taken[1].add(j)
                kept.append((i, j))
        pairs = kept
    return [[score(i, j), int(i), int(j)] for i, j in pairs]


def translations(rows, noise=0.2, seed=0):
    """Source rows near an offset, so that all means are positive; targets in another order."""
    rng = np.random.default_rng(seed)
    source = rng.standard_normal((rows, 8)) + 2
    order = rng.permutation(rows)
    return source.astype(np.float32), (source[order] + noise * rng.standard_normal((rows, 8))).astype(np.float32), order


@pytest.mark.parametrize("margin", ["ratio", "distance", "absolute"])
@pytest.mark.parametrize("retrieval", ["forward", "backward", "intersection", "union", "max"])
@pytest.mark.parametrize("top_k", [1, 4])
def test_pairs_are_those_of_the_paper(margin, retrieval, top_k):
    source, target, _ = translations(60)
    target = target[:45]

    found = bitext_mining_embeddings(source, target, top_k=top_k, margin=margin, retrieval=retrieval, chunk_size=16)

    expected = naive(source, target, top_k, margin, retrieval)
    assert sorted(pair[1:] for pair in found) == sorted(pair[1:] for pair in expected)
    np.testing.assert_allclose([pair[0] for pair in found], [pair[0] for pair in expected], atol=1e-5)


def test_translations_are_found():
    source, target, order = translations(200, noise=0.05)

    found = bitext_mining_embeddings(source, target)

    assert sorted(pair[1:] for pair in found) == sorted([int(i), j] for j, i in enumerate(order))


@pytest.mark.parametrize("chunk_size", [1, 7, 10_000])
@pytest.mark.parametrize(
    "convert", [torch.from_numpy, lambda rows: rows.tolist(), lambda rows: rows.astype(np.float64)]
)
def test_neither_the_chunk_size_nor_the_form_matters(chunk_size, convert):
    source, target, _ = translations(30)

    found = bitext_mining_embeddings(convert(source), convert(target), chunk_size=chunk_size)

    assert found == bitext_mining_embeddings(source, target)


def test_half_precision_is_scored_as_the_rounded_numbers():
    source, target, _ = translations(20)
    source, target = source.astype(np.float16), target.astype(np.float16)

    found = bitext_mining_embeddings(source, target)

    assert found == bitext_mining_embeddings(source.astype(np.float32), target.astype(np.float32))


def test_duplicates_are_paired_once_each():
    rows = np.repeat(np.float32([[1, 0.2], [0.2, 1]]), 3, axis=0)

    found = bitext_mining_embeddings(rows, rows, top_k=2, margin="absolute", retrieval="forward")

    assert [pair[1:] for pair in found] == [[0, 0], [1, 0], [2, 0], [3, 3], [4, 3], [5, 3]]
    assert {pair[0] for pair in found} == {1.0}


@pytest.mark.parametrize(("rows", "pairs"), [((0, 3), 0), ((3, 0), 0), ((1, 1), 1), ((1, 2), 1), ((2, 1), 1)])
def test_tiny_sets_work(rows, pairs):
    source, target, _ = translations(3)

    assert len(bitext_mining_embeddings(source[: rows[0]], target[: rows[1]])) == pairs


def test_pairs_may_be_limited_by_score_and_number():
    source, target, _ = translations(30)
    every = bitext_mining_embeddings(source, target)

    assert bitext_mining_embeddings(source, target, threshold=every[9][0]) == every[:10]
    assert bitext_mining_embeddings(source, target, max_pairs=4) == every[:4]


def test_texts_are_encoded():
    model = SentenceTransformer("likewise-mini", device="cpu")
    texts = ["A dog barks.", "It rains in the hills.", "She reads a book."]

    found = bitext_mining(model, texts, [texts[2], texts[0]], max_pairs=2)

    assert sorted(pair[1:] for pair in found) == [[0, 1], [2, 0]]


def test_bad_input_is_refused():
    source, target, _ = translations(5)
    for arguments, error, message in (
        ({"top_k": 0}, InputError, "top_k=0"),
        ({"margin": "best"}, InputError, "margin='best'. Accepted: 'ratio', 'distance', 'absolute'"),
        ({"retrieval": "both"}, InputError, "retrieval='both'"),
        ({"threshold": "high"}, InputTypeError, "threshold='high'"),
        ({"max_pairs": 0}, InputError, "max_pairs=0"),
        ({"chunk_size": 0}, InputError, "chunk_size=0"),
    ):
        with pytest.raises(error, match=message):
            bitext_mining_embeddings(source, target, **arguments)
    with pytest.raises(ShapeError, match="source_embeddings have dimension 8, target_embeddings have dimension 7"):
        bitext_mining_embeddings(source, target[:, :7])
    target[3, 1] = np.nan
    with pytest.raises(InputError, match="target_embeddings, row 3, holds NaN"):
        bitext_mining_embeddings(source, target)
