"""What a text gives depends neither on its neighbours in the batch nor on the batch size: real weights, real calls."""

import random

import numpy as np
import pytest

from likewise import SentenceTransformer

WORDS = [
    "the",
    "cat",
    "sat",
    "on",
    "a",
    "red",
    "mat",
    "while",
    "seven",
    "small",
    "dogs",
    "ran",
    "over",
    "cold",
    "water",
    "and",
    "nobody",
    "said",
    "why",
    "they",
    "would",
]


@pytest.fixture(scope="module")
def texts():
    generator = random.Random(0)
    return [" ".join(generator.choices(WORDS, k=generator.randint(1, 60))) for _ in range(60)]


@pytest.mark.real_weights
@pytest.mark.parametrize("batch_size", [1, 2, 7, 60])
def test_batch_size(minilm_folder, texts, batch_size):
    model = SentenceTransformer(minilm_folder, device="cpu")

    np.testing.assert_allclose(model.encode(texts, batch_size=batch_size), model.encode(texts), atol=1e-6, rtol=0)


@pytest.mark.real_weights
def test_order_and_neighbours(minilm_folder, texts):
    model = SentenceTransformer(minilm_folder, device="cpu")
    together = model.encode(texts)

    np.testing.assert_allclose(model.encode(texts[::-1])[::-1], together, atol=1e-6, rtol=0)
    np.testing.assert_allclose(np.stack([model.encode(text) for text in texts]), together, atol=1e-6, rtol=0)
