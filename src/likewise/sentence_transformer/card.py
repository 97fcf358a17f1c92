"""What the README of a model that makes embeddings says."""

from __future__ import annotations

from typing import Final

from likewise.hub.card_page import SIMILARITY, CardPage, ModelFacts

PLACEHOLDER_ID: Final = "sentence_transformers_model_id"


def embedding_page(facts: ModelFacts, *, dimension: int | None, similarity: str) -> CardPage:
    """What the README says.

    Args:
        facts: What the model shows.
        dimension: Width of the embeddings, or None.
        similarity: Name of the similarity function.

    Returns:
        The page.

    Example:
        >>> embedding_page(ModelFacts(modules=[]), dimension=8, similarity="cosine").does
        'This model turns a text into a 8-dimensional vector, such that texts of like meaning lie close together.'
    """
    width = f"{dimension}-dimensional vector" if dimension else "vector"
    return CardPage(
        facts=facts,
        own_facts={"Embedding dimension": dimension, "Similarity": similarity},
        title="Sentence embedding model",
        does=f"This model turns a text into a {width}, such that texts of like meaning lie close together.",
        usage=_usage(dimension, similarity),
        placeholder=PLACEHOLDER_ID,
        tags=(),  # the user may replace those that are usual
        pipeline=SIMILARITY,
    )


def _usage(dimension: int | None, similarity: str) -> str:
    return f"""\
from likewise import SentenceTransformer  # or: from sentence_transformers import SentenceTransformer

model = SentenceTransformer("{PLACEHOLDER_ID}")
texts = ["The train leaves at noon.", "Departure is at twelve.", "She painted the fence green."]
embeddings = model.encode(texts)
print(embeddings.shape)  # (3, {dimension or "..."})
print(model.similarity(embeddings, embeddings))  # {similarity} scores, 3 by 3"""
