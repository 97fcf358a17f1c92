"""The README of a re-ranker: its text and its metadata. Knows what it is told about the model, not the model itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

from likewise.hub.card import LIBRARY, SentenceTransformerModelCardData
from likewise.hub.card_results import model_index, results_section
from likewise.hub.card_training import training_section
from likewise.hub.front_matter import with_front_matter

PLACEHOLDER_ID = "cross_encoder_model_id"
PLACEHOLDER_NAME = "Cross-encoder"
RANKING_TAGS = (LIBRARY, "cross-encoder", "reranker")
CLASSIFYING_TAGS = (LIBRARY, "cross-encoder")
DEFAULT_TASKS = "re-ranking search results and scoring pairs of texts"


@dataclass(slots=True)
class CrossEncoderModelCardData(SentenceTransformerModelCardData):
    """What the README of a re-ranker says beyond what the model shows; fields as in the base class.

    Args:
        task_name: What it is for, as the end of "can be used for ...".
        tags: Tags for the hub; empty takes those that fit the number of labels.

    Example:
        >>> CrossEncoderModelCardData(license="mit").license
        'mit'
    """

    task_name: str = DEFAULT_TASKS
    tags: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        given: Any = self.tags  # one tag as a plain text, and None, are taken too
        SentenceTransformerModelCardData.__post_init__(self)
        self.tags = [given] if isinstance(given, str) else list(given or ())


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CrossEncoderFacts:
    """What the model itself shows.

    Args:
        modules: (name, description) of each module, in order.
        labels: How many scores a pair gets.
        activation: The activation that makes scores of logits.
        max_length: Most tokens of a pair that are read, or None.
        prompts: Prompt name to text.
        parameters: Number of weights.
    """

    modules: Sequence[tuple[str, str]]
    labels: int
    activation: str
    max_length: int | None
    prompts: Mapping[str, str]
    parameters: int


def make_card(
    data: SentenceTransformerModelCardData,
    facts: CrossEncoderFacts,
    *,
    loaded_text: str = "",
    model_id: str | None = None,
    train_datasets: Sequence[Any] | None = None,
) -> str:
    """Write the README of a re-ranker. The text that an untrained model was loaded with is kept as it is.

    Args:
        data: What the user says about the model.
        facts: What the model shows.
        loaded_text: The README that the model was loaded with; "" writes a new one.
        model_id: The model's id, if it is known.
        train_datasets: Data sets it was trained on, beside those in `data`.

    Returns:
        The text of the README.

    Example:
        >>> facts = {"modules": [], "labels": 1, "activation": "Sigmoid()", "max_length": 8}
        >>> card = make_card(
        ...     CrossEncoderModelCardData(), CrossEncoderFacts(**facts, prompts={}, parameters=10)
        ... )
        >>> "pipeline_tag: text-ranking" in card
        True
    """
    known = model_id or data.model_id
    datasets = [*(data.train_datasets or ()), *(train_datasets or ())]
    text = ("" if data.training else loaded_text) or _new_card(data, facts, datasets)
    return text.replace(PLACEHOLDER_ID, known) if known else text


def card_metadata(data: SentenceTransformerModelCardData, labels: int, datasets: Sequence[Any] = ()) -> dict[str, Any]:
    """The metadata of the README, by the names that the hub reads.

    Args:
        data: What the user says about the model.
        labels: How many scores a pair gets.
        datasets: Data sets it was trained on; those with an id are named.

    Returns:
        Key to plain value.
    """
    ids = [item if isinstance(item, str) else item.get("id") for item in datasets]
    default_tags = RANKING_TAGS if labels == 1 else CLASSIFYING_TAGS
    return {
        "tags": list(dict.fromkeys([*default_tags, *data.tags])),
        "language": data.language,
        "license": data.license,
        "base_model": data.base_model,
        "datasets": sorted({name for name in ids if name}),
        "pipeline_tag": "text-ranking" if labels == 1 else "text-classification",
        "library_name": LIBRARY,
        "model-index": model_index(data.evaluations, data.model_name or PLACEHOLDER_NAME),
    }


def _new_card(data: SentenceTransformerModelCardData, facts: CrossEncoderFacts, datasets: Sequence[Any]) -> str:
    scores = "one score" if facts.labels == 1 else f"{facts.labels} scores"
    parts = [
        f"# {data.model_name or PLACEHOLDER_NAME}",
        f"This model reads two texts together and gives {scores} to the pair. It can be used for {data.task_name}.",
        "## The model",
        _facts_table(data, facts, datasets),
        "## Usage",
        _usage(facts),
        results_section(data.evaluations),
        training_section(data.training) if data.training else "",
    ]
    metadata = card_metadata(data, facts.labels, datasets)
    return with_front_matter(metadata, "\n\n".join(part for part in parts if part))


def _facts_table(data: SentenceTransformerModelCardData, facts: CrossEncoderFacts, datasets: Sequence[Any]) -> str:
    named = [item if isinstance(item, str) else str(item.get("name") or item.get("id")) for item in datasets]
    rows = {
        "Scores of a pair": facts.labels,
        "Activation": facts.activation,
        "Maximum length": f"{facts.max_length} tokens" if facts.max_length else None,
        "Weights": f"{facts.parameters:,}",
        "Modules": "; ".join(text for _, text in facts.modules),
        "Made from": data.base_model,
        "License": data.license,
        "Trained on": ", ".join(named),
        "Prompts": ", ".join(f"`{name}`: `{text!r}`" for name, text in facts.prompts.items() if text),
    }
    lines = [f"| {name} | {_cell(value)} |" for name, value in rows.items() if value]
    return "\n".join(["| | |", "|---|---|", *lines])


def _usage(facts: CrossEncoderFacts) -> str:
    first = f"""\
```python
from likewise import CrossEncoder  # or: from sentence_transformers import CrossEncoder

model = CrossEncoder("{PLACEHOLDER_ID}")
query = "When does the train leave?"
passages = ["Departure is at noon.", "She painted the fence green."]
scores = model.predict([(query, passage) for passage in passages])
print(scores.shape)  # {"(2,)" if facts.labels == 1 else f"(2, {facts.labels})"}"""
    return first + ("\nprint(model.rank(query, passages))\n```" if facts.labels == 1 else "\n```")


def _cell(value: object) -> str:
    text = " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= 400 else f"{text[:397]}..."
