"""Search and mining read an `EmbeddingStore` a few rows at a time, with the results of its rows in memory."""

import numpy as np
import pytest

from likewise.embedding_store import EmbeddingStore, StoreWriter
from likewise.search import (
    bitext_mining_embeddings,
    community_detection,
    near_duplicates,
    paraphrase_mining_embeddings,
    semantic_search,
)
from likewise.util import dot_score


@pytest.fixture
def rows():
    return np.random.default_rng(0).standard_normal((90, 4)).astype(np.float32)


@pytest.fixture
def store(rows, tmp_path, monkeypatch):
    with StoreWriter.open(tmp_path / "store", rows_per_shard=40) as writer:
        for start in range(0, 90, 40):
            writer.append(rows[start : start + 40])
        writer.finish()
    monkeypatch.setattr(EmbeddingStore, "__array__", lambda *_: pytest.fail("read into memory as a whole"))
    return EmbeddingStore(tmp_path / "store")


@pytest.mark.parametrize(
    "compute",
    [
        lambda rows: semantic_search(rows, rows, query_chunk_size=7, corpus_chunk_size=13, top_k=3),
        lambda rows: semantic_search(rows[:5], rows, score_function=lambda left, right: dot_score(left, right)),
        lambda rows: bitext_mining_embeddings(rows, rows, chunk_size=11),
        lambda rows: paraphrase_mining_embeddings(rows, query_chunk_size=9, corpus_chunk_size=17, top_k=5),
        lambda rows: near_duplicates(rows, 0.8, chunk_size=16),
        lambda rows: community_detection(rows, 0.7, 2, batch_size=16),
    ],
    ids=["search", "custom scores", "bitext", "pairs", "near duplicates", "communities"],
)
def test_results_are_those_of_the_rows(rows, store, compute):
    assert compute(store) == compute(rows)
