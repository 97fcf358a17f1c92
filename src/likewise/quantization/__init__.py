"""Smaller embeddings: one byte for each dimension, or one bit.

Here: `quantize_embeddings` (the documented function), `scalar` (int8, uint8) and `binary` (one bit each).
Not here: search over quantized embeddings, and models. Nothing here imports torch for numpy input.
"""

from __future__ import annotations

from likewise.quantization.quantize import PRECISIONS, quantize_embeddings

__all__ = ["PRECISIONS", "quantize_embeddings"]
