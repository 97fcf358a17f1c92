"""The README of a sparse encoder: its text and its metadata. Knows what it is told about the model, not the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, final

from likewise.hub.card import LIBRARY, SentenceTransformerModelCardData
from likewise.hub.card_results import model_index, results_section
from likewise.hub.card_training import training_section
from likewise.hub.front_matter import with_front_matter

PLACEHOLDER_ID: Final = "sparse_encoder_model_id"
PLACEHOLDER_NAME: Final = "Sparse encoder"
DEFAULT_TASKS: Final = "semantic search and sparse retrieval"


@dataclass(slots=True)
class SparseEncoderModelCardData(SentenceTransformerModelCardData):
    """What the README of a sparse encoder says beyond what the model shows; fields as in the base class.

    Args:
        task_name: What it is for, as the end of "can be used for ...".
        tags: Tags for the hub, beside those that say what kind of sparse encoder it is.

    Example:
        >>> SparseEncoderModelCardData(license="mit").license
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
class SparseFacts:
    """What the model itself shows.

    Args:
        modules: (name, description) of each module, in order.
        kinds: Of "splade", "csr", "asymmetric" and "inference-free" those that it is.
        dimension: Width of the embeddings, or None.
        max_length: Most tokens of a text that are read, or None.
        similarity: Name of the similarity function.
        prompts: Prompt name to text.
        parameters: Number of weights.
    """

    modules: Sequence[tuple[str, str]]
    kinds: Sequence[str]
    dimension: int | None
    max_length: int | None
    similarity: str
    prompts: Mapping[str, str]
    parameters: int


def make_card(
    data: SentenceTransformerModelCardData,
    facts: SparseFacts,
    *,
    loaded_text: str = "",
    model_id: str | None = None,
    train_datasets: Sequence[Any] | None = None,
) -> str:
    """Write the README of a sparse encoder. The text that an untrained model was loaded with is kept as it is.

    Args:
        data: What the user says about the model.
        facts: What the model shows.
        loaded_text: The README that the model was loaded with; "" writes a new one.
        model_id: The model's id, if it is known.
        train_datasets: Data sets it was trained on, beside those in `data`.

    Returns:
        The text of the README.

    Example:
        >>> facts = {"modules": [], "kinds": ["splade"], "dimension": 9, "max_length": 8, "similarity": "dot"}
        >>> card = make_card(SparseEncoderModelCardData(), SparseFacts(**facts, prompts={}, parameters=10))
        >>> "- splade" in card
        True
    """
    known = model_id or data.model_id
    datasets = [*(data.train_datasets or ()), *(train_datasets or ())]
    text = ("" if data.training else loaded_text) or _new_card(data, facts, datasets)
    return text.replace(PLACEHOLDER_ID, known) if known else text


def card_metadata(
    data: SentenceTransformerModelCardData, kinds: Sequence[str], datasets: Sequence[Any] = ()
) -> dict[str, Any]:
    """The metadata of the README, by the names that the hub reads.

    Args:
        data: What the user says about the model.
        kinds: What kind of sparse encoder it is, as tags.
        datasets: Data sets it was trained on; those with an id are named.

    Returns:
        Key to plain value.
    """
    ids = [item if isinstance(item, str) else item.get("id") for item in datasets]
    return {
        "tags": list(dict.fromkeys([LIBRARY, "sparse-encoder", "sparse", *kinds, *data.tags])),
        "language": data.language,
        "license": data.license,
        "base_model": data.base_model,
        "datasets": sorted({name for name in ids if name}),
        "pipeline_tag": "feature-extraction",
        "library_name": LIBRARY,
        "model-index": model_index(data.evaluations, data.model_name or PLACEHOLDER_NAME),
    }


def _new_card(data: SentenceTransformerModelCardData, facts: SparseFacts, datasets: Sequence[Any]) -> str:
    width = f"{facts.dimension:,} dimensions" if facts.dimension else "many dimensions"
    parts = [
        f"# {data.model_name or PLACEHOLDER_NAME}",
        f"This model turns a text into weights of {width}, of which few are not zero. "
        f"It can be used for {data.task_name}.",
        "## The model",
        _facts_table(data, facts, datasets),
        "## Usage",
        _usage(facts),
        results_section(data.evaluations),
        training_section(data.training) if data.training else "",
    ]
    return with_front_matter(card_metadata(data, facts.kinds, datasets), "\n\n".join(part for part in parts if part))


def _facts_table(data: SentenceTransformerModelCardData, facts: SparseFacts, datasets: Sequence[Any]) -> str:
    named = [item if isinstance(item, str) else str(item.get("name") or item.get("id")) for item in datasets]
    rows = {
        "Kind": ", ".join(facts.kinds),
        "Dimensions": facts.dimension,
        "Maximum length": f"{facts.max_length} tokens" if facts.max_length else None,
        "Similarity": facts.similarity,
        "Weights": f"{facts.parameters:,}",
        "Modules": "; ".join(text for _, text in facts.modules),
        "Made from": data.base_model,
        "License": data.license,
        "Trained on": ", ".join(named),
        "Prompts": ", ".join(f"`{name}`: `{text!r}`" for name, text in facts.prompts.items() if text),
    }
    lines = [f"| {name} | {_cell(value)} |" for name, value in rows.items() if value]
    return "\n".join(["| | |", "|---|---|", *lines])


def _usage(facts: SparseFacts) -> str:
    return f"""\
```python
from likewise import SparseEncoder  # or: from sentence_transformers import SparseEncoder

model = SparseEncoder("{PLACEHOLDER_ID}")
queries = model.encode_query(["When does the train leave?"])
documents = model.encode_document(["Departure is at noon.", "She painted the fence green."])
print(documents.shape)  # (2, {facts.dimension or "..."})
print(model.similarity(queries, documents))  # {facts.similarity} scores, 1 by 2
print(model.decode(documents[0], top_k=5))  # the tokens with the largest weights
```"""


def _cell(value: object) -> str:
    text = " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= 400 else f"{text[:397]}..."
