"""Whole models made of the small modules: saved by one library, loaded and run by the other."""

import numpy as np
import pytest
import torch

from likewise import SentenceTransformer, models
from likewise.models.tokenizer import WhitespaceTokenizer

pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")]

WORDS = ["PADDING_TOKEN", "cat", "dog", "fish", "mat"]
TEXTS = ["the cat", "a dog, a fish and a cat on the mat", "Fish!", "mat mat cat"]


def words(side, tokenizer_class):
    table = torch.randn(len(WORDS), 6, generator=torch.Generator().manual_seed(0))
    table[0] = 0
    return side.WordEmbeddings(tokenizer_class(WORDS), table)


CHAINS = {
    "words": lambda side, kind: [words(side, kind), side.Pooling(6, "mean")],
    "weights": lambda side, kind: [words(side, kind), side.WordWeights(WORDS, {"cat": 2.0}, 0.5), side.Pooling(6)],
    "lstm": lambda side, kind: [words(side, kind), side.LSTM(6, 4), side.Pooling(8, "max"), side.Dense(8, 3)],
    "cnn": lambda side, kind: [words(side, kind), side.CNN(6, 4, [1, 3]), side.Pooling(8), side.LayerNorm(8)],
    "bow": lambda side, kind: [
        side.BoW(WORDS, {"cat": 2.0}),
        side.Dense(len(WORDS), 3),
        side.Dropout(),
        side.Normalize(),
    ],
}


@pytest.mark.parametrize("name", CHAINS)
def test_saved_by_the_peer(name, tmp_path):
    import sentence_transformers
    from sentence_transformers.models.tokenizer import WhitespaceTokenizer as PeerTokenizer

    chain = CHAINS[name](sentence_transformers.models, PeerTokenizer)
    theirs = sentence_transformers.SentenceTransformer(modules=chain, device="cpu")
    theirs.save(str(tmp_path / "model"))

    mine = SentenceTransformer(str(tmp_path / "model"), device="cpu")

    np.testing.assert_allclose(mine.encode(TEXTS), theirs.encode(TEXTS), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", CHAINS)
def test_saved_by_us(name, tmp_path):
    import sentence_transformers

    mine = SentenceTransformer(modules=CHAINS[name](models, WhitespaceTokenizer), device="cpu")
    mine.save(str(tmp_path / "model"))

    theirs = sentence_transformers.SentenceTransformer(str(tmp_path / "model"), device="cpu")

    np.testing.assert_allclose(mine.encode(TEXTS), theirs.encode(TEXTS), rtol=1e-5, atol=1e-5)
    again = SentenceTransformer(str(tmp_path / "model"), device="cpu")
    np.testing.assert_array_equal(again.encode(TEXTS), mine.encode(TEXTS))


def test_texts_give_the_same_alone_and_in_a_batch():
    mine = SentenceTransformer(modules=CHAINS["cnn"](models, WhitespaceTokenizer), device="cpu")

    alone = np.stack([mine.encode(text) for text in [*TEXTS, ""]])

    np.testing.assert_allclose(mine.encode([*TEXTS, ""]), alone, rtol=1e-5, atol=1e-6)
