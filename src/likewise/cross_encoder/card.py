"""What users say about a re-ranker, and what its README says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from likewise.hub.card import SentenceTransformerModelCardData
from likewise.hub.card_page import LIBRARY, CardPage, ModelFacts

PLACEHOLDER_ID: Final = "cross_encoder_model_id"
DEFAULT_TASKS: Final = "re-ranking search results and scoring pairs of texts"


@dataclass(slots=True)
class CrossEncoderModelCardData(SentenceTransformerModelCardData):
    """What the README of a re-ranker says beyond what the model shows; fields as in the base class.

    Args:
        task_name: What it is for, as the end of "can be used for ...".

    Example:
        >>> CrossEncoderModelCardData(license="mit").license
        'mit'
    """

    default_tags: ClassVar[tuple[str, ...]] = ()  # they depend on the number of labels

    task_name: str = DEFAULT_TASKS


def scoring_page(facts: ModelFacts, *, labels: int, activation: str) -> CardPage:
    """What the README of a re-ranker says.

    Args:
        facts: What the model shows.
        labels: How many scores a pair gets.
        activation: The activation that makes scores of logits.

    Returns:
        The page.

    Example:
        >>> scoring_page(ModelFacts(modules=[]), labels=1, activation="Sigmoid()").pipeline
        'text-ranking'
    """
    ranks = labels == 1
    scores = "one score" if ranks else f"{labels} scores"
    return CardPage(
        facts=facts,
        own_facts={"Scores of a pair": labels, "Activation": activation},
        title="Cross-encoder",
        does=f"This model reads two texts together and gives {scores} to the pair.",
        usage=_usage(labels),
        placeholder=PLACEHOLDER_ID,
        tags=(LIBRARY, "cross-encoder", "reranker") if ranks else (LIBRARY, "cross-encoder"),
        pipeline="text-ranking" if ranks else "text-classification",
    )


def _usage(labels: int) -> str:
    predicts = f"""\
from likewise import CrossEncoder  # or: from sentence_transformers import CrossEncoder

model = CrossEncoder("{PLACEHOLDER_ID}")
query = "When does the train leave?"
passages = ["Departure is at noon.", "She painted the fence green."]
scores = model.predict([(query, passage) for passage in passages])
print(scores.shape)  # {"(2,)" if labels == 1 else f"(2, {labels})"}"""
    return f"{predicts}\nprint(model.rank(query, passages))" if labels == 1 else predicts
