"""Search over quantized embeddings beside the peer package's."""

import numpy as np
import pytest

from likewise.quantization import quantize_embeddings, semantic_search_faiss, semantic_search_usearch

peer = pytest.importorskip("sentence_transformers.quantization", reason="extra parity")
pytest.importorskip("faiss", reason="extra search")
pytest.importorskip("usearch", reason="extra search")
pytestmark = pytest.mark.parity

SEARCHES = {
    "faiss": (semantic_search_faiss, peer.semantic_search_faiss),
    "usearch": (semantic_search_usearch, peer.semantic_search_usearch),
}


def unit(rows, seed):
    vectors = np.random.default_rng(seed).normal(size=(rows, 64)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


CORPUS, QUERIES = unit(500, 0), unit(9, 1)
RANGES = np.stack([CORPUS.min(0), CORPUS.max(0)])


def both(engine, precision, **settings):
    stored = CORPUS if precision == "float32" else quantize_embeddings(CORPUS, precision, ranges=RANGES)
    settings = {"corpus_precision": precision, "ranges": RANGES, "top_k": 10, **settings}
    ours, theirs = (search(QUERIES, stored, **settings)[0] for search in SEARCHES[engine])
    return ([[hit["corpus_id"] for hit in hits] for hits in found] for found in (ours, theirs))


def recall(found):
    true = np.argsort(-(QUERIES @ CORPUS.T), axis=1)[:, :10]
    return np.mean([np.isin(row, ids).mean() for row, ids in zip(true, found, strict=True)])


@pytest.mark.parametrize("engine", SEARCHES)
def test_float32_is_the_same(engine):
    ours, theirs = both(engine, "float32", rescore=False)
    assert ours == theirs


@pytest.mark.parametrize(("engine", "precision"), [("faiss", "ubinary"), ("usearch", "ubinary"), ("usearch", "binary")])
def test_bits_rescored_are_the_same_when_everything_is_a_candidate(engine, precision):
    # With fewer candidates it is open which of those at the same Hamming distance are among them.
    ours, theirs = both(engine, precision, rescore_multiplier=50)
    assert ours == theirs


@pytest.mark.parametrize(("engine", "precision"), [("faiss", "uint8"), ("usearch", "int8")])
@pytest.mark.parametrize("rescore", [True, False])
def test_bytes_find_what_float32_finds_and_the_peer_finds_less(engine, precision, rescore):
    # The peer multiplies step numbers, which count from the smallest value of each dimension, as if they were values.
    ours, theirs = map(recall, both(engine, precision, rescore=rescore, rescore_multiplier=4))
    assert ours > 0.95
    assert ours >= theirs
