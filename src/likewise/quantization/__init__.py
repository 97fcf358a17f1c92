"""Smaller embeddings, one byte for each dimension or one bit, and search over them.

Here: `quantize_embeddings`, `semantic_search_faiss` and `semantic_search_usearch` (the documented functions); `scalar`
(int8, uint8), `binary` (one bit each) and `restore` (back to numbers); `quantized_search` and `rescoring` (what both
searches do), `engine`, `faiss_engine` and `usearch_engine` (what they ask of whom).
Not here: models, and indexes that are kept (`likewise.index`). Nothing here imports torch for numpy input.
"""

from __future__ import annotations

from likewise.quantization.quantize import PRECISIONS, quantize_embeddings
from likewise.quantization.semantic_search_faiss import semantic_search_faiss
from likewise.quantization.semantic_search_usearch import semantic_search_usearch

__all__ = ["PRECISIONS", "quantize_embeddings", "semantic_search_faiss", "semantic_search_usearch"]
