"""The README of a model: its text and its metadata. Knows what it is told about the model, not the model itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

from likewise.errors import InputError
from likewise.hub.card_results import EvaluationResult, merged_results, model_index, result_of, results_section
from likewise.hub.card_training import TrainingRecord, training_section
from likewise.hub.front_matter import split_front_matter, with_front_matter

PLACEHOLDER_ID = "sentence_transformers_model_id"
PLACEHOLDER_NAME = "Sentence embedding model"
LIBRARY = "sentence-transformers"
PIPELINE = "sentence-similarity"
DEFAULT_TAGS = (LIBRARY, PIPELINE, "feature-extraction")
DEFAULT_TASKS = "semantic search, semantic textual similarity, paraphrase mining, clustering and classification"


@dataclass(slots=True)
class SentenceTransformerModelCardData:
    """What the README says about a model beyond what its modules show.

    Args:
        language: Language code or codes, such as "en".
        license: Identifier of the licence, such as "apache-2.0".
        model_name: Title of the README.
        model_id: The model's id on the hub, for the usage snippet.
        train_datasets: Data sets it was trained on: names, or mappings with "name" and perhaps "id".
        eval_datasets: Data sets it was evaluated on, likewise.
        task_name: What it is for, as the end of "can be used for ...".
        tags: Tags for the hub.
        base_model: Id of the model that it was made from.
        base_model_revision: Commit of that model.
        evaluations: What evaluators found; `set_evaluation_metrics` adds to it.
        training: How the model was trained, None if it was not; the trainer notes it.

    Raises:
        InputError: If a field has a type that the README cannot show.

    Example:
        >>> SentenceTransformerModelCardData(language="en", license="apache-2.0").tags[0]
        'sentence-transformers'
    """

    language: str | list[str] | None = None
    license: str | None = None
    model_name: str | None = None
    model_id: str | None = None
    train_datasets: list[Any] = field(default_factory=list)
    eval_datasets: list[Any] = field(default_factory=list)
    task_name: str = DEFAULT_TASKS
    tags: list[str] = field(default_factory=lambda: list(DEFAULT_TAGS))
    base_model: str | None = None
    base_model_revision: str | None = None
    evaluations: list[EvaluationResult] = field(default_factory=list)
    training: TrainingRecord | None = None

    def __post_init__(self) -> None:
        tags: Any = self.tags  # one tag as a plain text, and None, are taken too
        self.tags = [tags] if isinstance(tags, str) else list(tags or DEFAULT_TAGS)
        for name in ("license", "model_name", "model_id", "task_name", "base_model"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str):
                raise InputError(f"model_card_data: {name}={value!r}", accepted="a text or None")
        for name in ("train_datasets", "eval_datasets"):
            value = getattr(self, name) or ()
            if isinstance(value, str | Mapping) or not all(isinstance(item, str | Mapping) for item in value):
                raise InputError(f"model_card_data: {name}", accepted="a list of names or mappings with 'name'")

    def set_model_id(self, model_id: str) -> None:
        """Set the model's id on the hub."""
        self.model_id = model_id

    def set_base_model(self, model_id: str, revision: str | None = None) -> bool:
        """Set the model that this one was made from.

        Args:
            model_id: Its id on the hub.
            revision: Its commit.

        Returns:
            True; nothing is asked of the hub.
        """
        self.base_model, self.base_model_revision = model_id, revision
        return True

    def set_evaluation_metrics(self, evaluator: Any, metrics: Mapping[str, Any], epoch: int = 0, step: int = 0) -> None:
        """Note what an evaluator found, in the place of what it found before.

        Args:
            evaluator: The evaluator.
            metrics: Metric to value.
            epoch: Epoch of training.
            step: Step of training.
        """
        self.evaluations = merged_results(self.evaluations, result_of(evaluator, metrics, epoch, step))

    def set_language(self, language: str | list[str]) -> None:
        """Set the language code or codes."""
        self.language = language

    def set_license(self, license: str) -> None:
        """Set the identifier of the licence."""
        self.license = license

    def add_tags(self, tags: str | list[str]) -> None:
        """Add tags for the hub; those that are there already stay once."""
        new = [tags] if isinstance(tags, str) else tags
        self.tags.extend(tag for tag in dict.fromkeys(new) if tag not in self.tags)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What the model itself shows.

    Args:
        modules: (name, description) of each module, in order.
        embedding_dimension: Width of the embeddings, or None.
        max_seq_length: Most tokens of a text that are read, or None.
        similarity: Name of the similarity function.
        prompts: Prompt name to text.
        parameters: Number of weights, or None.
    """

    modules: Sequence[tuple[str, str]]
    embedding_dimension: int | None = None
    max_seq_length: int | None = None
    similarity: str = "cosine"
    prompts: Mapping[str, str] = field(default_factory=dict)
    parameters: int | None = None


def make_card(
    data: SentenceTransformerModelCardData,
    facts: ModelFacts,
    *,
    loaded_text: str = "",
    model_id: str | None = None,
    train_datasets: Sequence[Any] | None = None,
) -> str:
    """Write the README of a model. The text that an untrained model was loaded with is kept as it is.

    Args:
        data: What the user says about the model.
        facts: What the model shows.
        loaded_text: The README that the model was loaded with; "" writes a new one.
        model_id: The model's id, if it is known; replaces the placeholder of the usage snippet.
        train_datasets: Data sets it was trained on, beside those in `data`.

    Returns:
        The text of the README.

    Example:
        >>> card = make_card(SentenceTransformerModelCardData(license="mit"), ModelFacts(modules=[("0", "BoW")]))
        >>> card.splitlines()[1]
        'tags:'
    """
    known = model_id or data.model_id
    kept = "" if data.training else loaded_text
    text = kept or _new_card(data, facts, [*(data.train_datasets or ()), *(train_datasets or ())])
    return text.replace(PLACEHOLDER_ID, known) if known else text


def card_metadata(data: SentenceTransformerModelCardData, datasets: Sequence[Any] = ()) -> dict[str, Any]:
    """The metadata of the README, by the names that the hub reads.

    Args:
        data: What the user says about the model.
        datasets: Data sets it was trained on; those with an id are named.

    Returns:
        Key to plain value.
    """
    ids = [item if isinstance(item, str) else item.get("id") for item in datasets]
    return {
        "tags": list(data.tags),
        "language": data.language,
        "license": data.license,
        "base_model": data.base_model,
        "datasets": sorted({name for name in ids if name}),
        "pipeline_tag": PIPELINE,
        "library_name": LIBRARY,
        "widget": data.training.widget if data.training else None,
        "model-index": model_index(data.evaluations, data.model_name or PLACEHOLDER_NAME),
    }


def _new_card(data: SentenceTransformerModelCardData, facts: ModelFacts, datasets: Sequence[Any]) -> str:
    width = f"{facts.embedding_dimension}-dimensional vector" if facts.embedding_dimension else "vector"
    parts = [
        f"# {data.model_name or PLACEHOLDER_NAME}",
        f"This model turns a text into a {width}, such that texts of like meaning lie close together. "
        f"It can be used for {data.task_name}.",
        "## The model",
        _facts_table(data, facts, datasets),
        _modules_table(facts),
        "## Usage",
        _usage(facts),
        results_section(data.evaluations),
        training_section(data.training) if data.training else "",
    ]
    return with_front_matter(card_metadata(data, datasets), "\n\n".join(part for part in parts if part))


def _facts_table(data: SentenceTransformerModelCardData, facts: ModelFacts, datasets: Sequence[Any]) -> str:
    language = data.language if isinstance(data.language, str) or data.language is None else ", ".join(data.language)
    rows = {
        "Embedding dimension": facts.embedding_dimension,
        "Maximum length": f"{facts.max_seq_length} tokens" if facts.max_seq_length else None,
        "Similarity": facts.similarity,
        "Weights": f"{facts.parameters:,}" if facts.parameters else None,
        "Made from": data.base_model,
        "Language": language,
        "License": data.license,
        "Trained on": _names(datasets),
        "Evaluated on": _names(data.eval_datasets or ()),
        "Prompts": ", ".join(f"`{name}`: `{text!r}`" for name, text in facts.prompts.items() if text),
    }
    lines = [f"| {name} | {_cell(value)} |" for name, value in rows.items() if value]
    return "\n".join(["| | |", "|---|---|", *lines])


def _modules_table(facts: ModelFacts) -> str:
    lines = [f"| {_cell(name)} | {_cell(description)} |" for name, description in facts.modules]
    return "\n".join(["| Module | Settings |", "|---|---|", *lines])


def _usage(facts: ModelFacts) -> str:
    return f"""\
```python
from likewise import SentenceTransformer  # or: from sentence_transformers import SentenceTransformer

model = SentenceTransformer("{PLACEHOLDER_ID}")
texts = ["The train leaves at noon.", "Departure is at twelve.", "She painted the fence green."]
embeddings = model.encode(texts)
print(embeddings.shape)  # ({3}, {facts.embedding_dimension or "..."})
print(model.similarity(embeddings, embeddings))  # {facts.similarity} scores, 3 by 3
```"""


def _names(datasets: Sequence[Any]) -> str:
    return ", ".join(item if isinstance(item, str) else str(item.get("name") or item.get("id")) for item in datasets)


def _cell(value: object) -> str:
    """A value as one cell of a table: no line breaks, no cell borders, of bounded length."""
    text = " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= 400 else f"{text[:397]}..."


__all__ = [
    "ModelFacts",
    "SentenceTransformerModelCardData",
    "card_metadata",
    "make_card",
    "split_front_matter",
]
