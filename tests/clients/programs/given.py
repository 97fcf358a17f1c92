"""What a program is given: local models, and a folder of its own to write to."""

from pathlib import Path
from typing import NamedTuple


class Given(NamedTuple):
    """Paths, all local: nothing is downloaded."""

    model: str  # the embedding model, all-MiniLM-L6-v2
    reranker: str  # a cross-encoder
    sparse: str  # a sparse encoder: one weight for each token of the vocabulary
    folder: Path
