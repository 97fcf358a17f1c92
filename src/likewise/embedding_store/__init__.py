"""Embeddings on disk, larger than memory: a folder of checked .npy files. Knows numbers, not where they come from."""

from likewise.embedding_store.store import EmbeddingStore
from likewise.embedding_store.writer import StoreWriter

__all__ = ["EmbeddingStore", "StoreWriter"]
