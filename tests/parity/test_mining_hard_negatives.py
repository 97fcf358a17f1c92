"""mine_hard_negatives gives the rows that the peer package gives, in the same order, whatever the arguments."""

import inspect

import numpy as np
import pytest
import torch

from likewise import util

peer = pytest.importorskip("sentence_transformers", reason="extra parity")
datasets = pytest.importorskip("datasets")
pytestmark = pytest.mark.parity

RULES = {"max_score": (0.5, 1), "min_score": (-1, 0.6), "absolute_margin": (0, 0.3), "relative_margin": (0, 0.3)}
FORMATS = ["triplet", "n-tuple", "labeled-pair", "labeled-list"]


class DirectionModel:
    """Encodes "name 30" as the direction of 30 degrees."""

    device, prompts = "cpu", {}

    def __init__(self, similarity="cosine"):
        self.similarity_fn_name = similarity
        self.similarity = util.SimilarityFunction.to_similarity_fn(similarity)
        self.similarity_pairwise = util.SimilarityFunction.to_similarity_pairwise_fn(similarity)

    def encode(self, texts, **arguments):
        angles = np.deg2rad([float(text.split()[-1]) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    encode_query = encode_document = encode


class FarIsGood:
    def predict(self, pairs, **arguments):
        scores = [abs(float(a.split()[-1]) - float(b.split()[-1])) / 180 for a, b in pairs]
        return torch.tensor(scores) if arguments.get("convert_to_tensor") else np.float32(scores)


def random_case(seed):
    """A data set, a corpus and arguments; all texts have different directions, so that no scores are equal."""
    rng = np.random.default_rng(seed)
    angles = iter(rng.uniform(0, 300, 200).tolist())
    anchors, positives = [f"q {next(angles)}" for _ in range(5)], [f"d {next(angles)}" for _ in range(20)]
    rows = [(anchors[rng.integers(5)], positives[rng.integers(20)]) for _ in range(rng.integers(3, 12))]
    corpus = [f"c {next(angles)}" for _ in range(rng.integers(5, 80))]
    arguments = {"num_negatives": int(rng.integers(1, 5)), "include_positives": bool(rng.random() < 0.2)}
    arguments |= {name: float(rng.uniform(*span)) for name, span in RULES.items() if rng.random() < 0.3}
    if rng.random() < 0.5 and not RULES.keys().isdisjoint(arguments):
        arguments["cross_encoder"] = FarIsGood()
    if rng.random() < 0.3:
        arguments["range_min"] = int(rng.integers(0, 6))
    if rng.random() < 0.3:
        arguments["range_max"] = arguments.get("range_min", 0) + arguments["num_negatives"] + int(rng.integers(0, 20))
    dataset = datasets.Dataset.from_dict({"question": [row[0] for row in rows], "answer": [row[1] for row in rows]})
    return dataset, corpus, arguments


def assert_same(ours, theirs):
    assert ours.column_names == theirs.column_names
    for name in ours.column_names:
        if name in ("score", "scores"):
            assert len(ours) == len(theirs)
            np.testing.assert_allclose(
                np.float64([*ours[name]]).ravel(), np.float64([*theirs[name]]).ravel(), atol=1e-5
            )
        else:
            assert list(ours[name]) == list(theirs[name])


@pytest.mark.parametrize("seed", range(40))
def test_rows_are_the_same(seed):
    dataset, corpus, arguments = random_case(seed)
    form = {"output_format": FORMATS[seed % 4], "output_scores": seed % 3 == 0 and seed % 4 != 3, "verbose": False}

    ours = util.mine_hard_negatives(dataset, DirectionModel(), corpus=corpus, **arguments, **form)

    theirs = peer.util.mine_hard_negatives(dataset, DirectionModel(), corpus=corpus, **arguments, **form)
    assert_same(ours, theirs)


@pytest.mark.parametrize("similarity", ["dot", "euclidean", "manhattan"])
def test_rows_are_the_same_with_every_similarity(similarity):
    dataset, corpus, _ = random_case(3)
    arguments = {"corpus": corpus, "relative_margin": 0.05, "output_scores": True, "verbose": False}

    ours = util.mine_hard_negatives(dataset, DirectionModel(similarity), **arguments)

    assert_same(ours, peer.util.mine_hard_negatives(dataset, DirectionModel(similarity), **arguments))


def test_a_real_model_mines_the_same(toy_bert_folder, tmp_path):
    folder = toy_bert_folder(tmp_path / "model")
    words = ["cat", "sat", "mat", "dog", "ran", "over", "red", "fox", "blue", "hello", "movie", "plot", "good", "bad"]
    rng = np.random.default_rng(0)
    texts = list(dict.fromkeys(" ".join(rng.choice(words, 6)) for _ in range(60)))
    dataset = datasets.Dataset.from_dict({"anchor": texts[:20], "positive": texts[20:40]})
    arguments = {"corpus": texts[40:], "num_negatives": 2, "verbose": False}

    from likewise import SentenceTransformer

    ours = util.mine_hard_negatives(dataset, SentenceTransformer(folder, device="cpu"), **arguments)

    theirs = peer.util.mine_hard_negatives(dataset, peer.SentenceTransformer(str(folder), device="cpu"), **arguments)
    assert ours[:] == theirs[:]


def test_arguments_have_the_same_names_order_and_defaults():
    theirs = inspect.signature(peer.util.mine_hard_negatives).parameters
    ours = inspect.signature(util.mine_hard_negatives).parameters

    assert [name for name in ours if name != "seed"] == list(theirs)
    assert {name: each.default for name, each in ours.items() if name != "seed"} == {
        name: each.default for name, each in theirs.items()
    }
