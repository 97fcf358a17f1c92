"""The bundled model: it is small, opens without the network, and is as good as its card says."""

import gzip
import re
from pathlib import Path

import numpy as np
import pytest
import torch

import likewise
from likewise import SentenceTransformer
from likewise.hub.folder import ModelFolder
from likewise.models.module import LoadContext
from likewise.models.static_embedding import StaticEmbedding

ASSET = Path(likewise.__file__).parent / "assets" / "likewise-mini"
DATA = Path(__file__).parents[2] / "shared" / "data"
RATED = {"STS-B dev": DATA / "stsb" / "stsb-dev.tsv.gz", "SICK dev": DATA / "sick" / "sick-dev.tsv.gz"}
CLOSE_PAIRS = [
    ("A man is playing a guitar.", "Someone plays an instrument.", "The bank raised its interest rate."),
    ("How do I reset my password?", "I forgot my password and cannot log in.", "What is the capital of France?"),
    ("The cat sleeps on the sofa.", "A kitten is napping on the couch.", "Stock prices fell sharply on Monday."),
    ("Doctors treat patients in a hospital.", "A physician cares for the sick.", "The team won the football match."),
    ("It will rain tomorrow.", "The weather forecast predicts showers.", "She bought a new car."),
]


@pytest.fixture(scope="module")
def model() -> SentenceTransformer:
    return SentenceTransformer("likewise-mini")


def stated(name: str) -> float:
    """The model's figure for a set, as its card gives it."""
    card = (ASSET / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^\| {re.escape(name)} \| ([0-9.]+) \|", card, re.MULTILINE)
    assert found, f"the card has no row {name!r}"
    return float(found[1])


def test_the_folder_is_at_most_10_megabytes():
    """It ships in the wheel."""
    assert sum(path.stat().st_size for path in ASSET.rglob("*") if path.is_file()) <= 10_000_000


def test_the_static_module_opens_alone():
    """Every token of the tokenizer has a row."""
    module = StaticEmbedding.from_folder(ModelFolder(ASSET), LoadContext(local_files_only=True))

    assert module.tokenizer.get_vocab_size() == module.num_embeddings
    assert module.embedding_dim >= 128
    assert bool(torch.isfinite(module.embedding.weight).all())


def test_embeddings_are_finite_and_of_unit_length(model):
    """Whatever the text; one without tokens gives zeros."""
    texts = ["A plain sentence.", "Ωμέγα 漢字 🙂", "x" * 500, "word " * 5000, "1,234.5 % of C3PO's e-mails"]
    embeddings = model.encode(texts)

    assert embeddings.dtype == np.float32
    assert np.isfinite(embeddings).all()
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1.0, atol=1e-3)
    assert not model.encode([""]).any()


@pytest.mark.parametrize(("text", "close", "far"), CLOSE_PAIRS, ids=[text.split()[1] for text, _, _ in CLOSE_PAIRS])
def test_a_paraphrase_is_closer_than_another_subject(model, text, close, far):
    """By a clear margin."""
    to_close, to_far = model.similarity(model.encode([text]), model.encode([close, far]))[0].tolist()

    assert to_close > to_far + 0.15


@pytest.mark.parametrize("name", RATED)
def test_correlation_with_human_ratings_is_what_the_card_states(model, name):
    """Spearman's, within half a point."""
    if not RATED[name].is_file():
        pytest.skip("the shared data is not here")
    stats = pytest.importorskip("scipy.stats", reason="dev extra")
    with gzip.open(RATED[name], "rt", encoding="utf-8", newline="\n") as file:
        header, *rows = [line.rstrip("\n").split("\t") for line in file]
    ratings, first, second = ([row[header.index(key)] for row in rows] for key in ("score", "sentence1", "sentence2"))
    cosine = (model.encode(first) * model.encode(second)).sum(axis=1)

    assert stats.spearmanr(cosine, [float(rating) for rating in ratings])[0] >= stated(name) - 0.005


def test_the_card_names_licence_teacher_and_texts():
    """What a user must know before using it."""
    card = (ASSET / "README.md").read_text(encoding="utf-8")

    assert card.startswith("---\nlicense: apache-2.0\n")
    assert "base_model: sentence-transformers/all-MiniLM-L6-v2" in card
    for text in ("wordnet-definitions", "tatoeba-pairs", "wiki-split", "CC BY-SA 4.0", "Spearman"):
        assert text in card
