"""What users say about a sparse encoder, and what its README says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from likewise.hub.card import SentenceTransformerModelCardData
from likewise.hub.card_page import LIBRARY, CardPage, ModelFacts

PLACEHOLDER_ID: Final = "sparse_encoder_model_id"
DEFAULT_TASKS: Final = "semantic search and sparse retrieval"


@dataclass(slots=True)
class SparseEncoderModelCardData(SentenceTransformerModelCardData):
    """What the README of a sparse encoder says beyond what the model shows; fields as in the base class.

    Args:
        task_name: What it is for, as the end of "can be used for ...".

    Example:
        >>> SparseEncoderModelCardData(license="mit").license
        'mit'
    """

    default_tags: ClassVar[tuple[str, ...]] = ()  # they depend on the kind

    task_name: str = DEFAULT_TASKS


def sparse_page(facts: ModelFacts, *, kinds: Sequence[str], dimension: int | None, similarity: str) -> CardPage:
    """What the README of a sparse encoder says.

    Args:
        facts: What the model shows.
        kinds: Of "splade", "csr", "asymmetric" and "inference-free" those that it is.
        dimension: Width of the embeddings, or None.
        similarity: Name of the similarity function.

    Returns:
        The page.

    Example:
        >>> sparse_page(ModelFacts(modules=[]), kinds=["splade"], dimension=9, similarity="dot").tags
        ('sentence-transformers', 'sparse-encoder', 'sparse', 'splade')
    """
    width = f"{dimension:,} dimensions" if dimension else "many dimensions"
    return CardPage(
        facts=facts,
        own_facts={"Kind": ", ".join(kinds), "Dimensions": dimension, "Similarity": similarity},
        title="Sparse encoder",
        does=f"This model turns a text into weights of {width}, of which few are not zero.",
        usage=_usage(dimension, similarity),
        placeholder=PLACEHOLDER_ID,
        tags=(LIBRARY, "sparse-encoder", "sparse", *kinds),
        pipeline="feature-extraction",
    )


def _usage(dimension: int | None, similarity: str) -> str:
    return f"""\
from likewise import SparseEncoder  # or: from sentence_transformers import SparseEncoder

model = SparseEncoder("{PLACEHOLDER_ID}")
queries = model.encode_query(["When does the train leave?"])
documents = model.encode_document(["Departure is at noon.", "She painted the fence green."])
print(documents.shape)  # (2, {dimension or "..."})
print(model.similarity(queries, documents))  # {similarity} scores, 1 by 2
print(model.decode(documents[0], top_k=5))  # the tokens with the largest weights"""
