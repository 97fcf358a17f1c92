"""The modules of sparse encoders under their documented path; they live in `likewise.models`."""

from __future__ import annotations

from likewise.models.dense import Dense
from likewise.models.mlm_transformer import MLMTransformer
from likewise.models.module import InputModule, Module
from likewise.models.router import Router
from likewise.models.sparse_auto_encoder import SparseAutoEncoder
from likewise.models.sparse_static_embedding import SparseStaticEmbedding
from likewise.models.splade_pooling import SpladePooling
from likewise.models.transformer import Transformer

__all__ = [
    "Dense",
    "InputModule",
    "MLMTransformer",
    "Module",
    "Router",
    "SparseAutoEncoder",
    "SparseStaticEmbedding",
    "SpladePooling",
    "Transformer",
]
