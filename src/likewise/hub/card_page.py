"""The README of a model: its text and its metadata, for all kinds of models.

Knows what it is told about the model, not the model itself; what is special about a kind is a `CardPage`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, final

from likewise.hub.card import SentenceTransformerModelCardData
from likewise.hub.card_results import model_index, results_section
from likewise.hub.card_training import training_section
from likewise.hub.front_matter import with_front_matter

LIBRARY: Final = "sentence-transformers"
SIMILARITY: Final = "sentence-similarity"
_MOST_OF_A_CELL = 400


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What a model of any kind shows.

    Args:
        modules: (name, description) of each module, in order.
        max_length: Most tokens of a text that are read, or None.
        prompts: Prompt name to text.
        parameters: Number of weights, or None.
    """

    modules: Sequence[tuple[str, str]]
    max_length: int | None = None
    prompts: Mapping[str, str] = field(default_factory=dict)
    parameters: int | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CardPage:
    """What the README says of a kind of model.

    Args:
        facts: What the model shows.
        own_facts: Name to value of what only models of this kind show.
        title: Title of a model without a name.
        does: A sentence that says what the model does.
        usage: Python code that uses it, with `placeholder` in place of its id.
        placeholder: Stands for an id that is not known.
        tags: Tags of the hub that come before those of the user.
        pipeline: What the hub calls its task.
    """

    facts: ModelFacts
    own_facts: Mapping[str, object]
    title: str
    does: str
    usage: str
    placeholder: str
    tags: Sequence[str]
    pipeline: str


def make_card(
    data: SentenceTransformerModelCardData,
    page: CardPage,
    *,
    loaded_text: str = "",
    model_id: str | None = None,
    train_datasets: Sequence[Any] | None = None,
) -> str:
    """Write the README of a model. The text that an untrained model was loaded with is kept as it is.

    Args:
        data: What the user says about the model.
        page: What its kind says.
        loaded_text: The README that the model was loaded with; "" writes a new one.
        model_id: The model's id, if it is known; replaces the placeholder.
        train_datasets: Data sets it was trained on, beside those in `data`.

    Returns:
        The text of the README.

    Example:
        >>> kind = {"own_facts": {}, "title": "A model", "does": "It does nothing.", "usage": "pass"}
        >>> page = CardPage(facts=ModelFacts(modules=[]), **kind, placeholder="id", tags=["a"], pipeline="none")
        >>> make_card(SentenceTransformerModelCardData(license="mit"), page).splitlines()[1]
        'tags:'
    """
    known = model_id or data.model_id
    kept = "" if data.training else loaded_text
    text = kept or _new_card(data, page, [*(data.train_datasets or ()), *(train_datasets or ())])
    return text.replace(page.placeholder, known) if known else text


def card_metadata(
    data: SentenceTransformerModelCardData, page: CardPage, datasets: Sequence[Any] = ()
) -> dict[str, Any]:
    """The metadata of the README, by the names that the hub reads.

    Args:
        data: What the user says about the model.
        page: What its kind says.
        datasets: Data sets it was trained on; those with an id are named.

    Returns:
        Key to plain value.
    """
    ids = [item if isinstance(item, str) else item.get("id") for item in datasets]
    return {
        "tags": list(dict.fromkeys([*page.tags, *data.tags])),
        "language": data.language,
        "license": data.license,
        "base_model": data.base_model,
        "datasets": sorted({name for name in ids if name}),
        "pipeline_tag": page.pipeline,
        "library_name": LIBRARY,
        "widget": data.training.widget if data.training and page.pipeline == SIMILARITY else None,
        "model-index": model_index(data.evaluations, data.model_name or page.title),
    }


def _new_card(data: SentenceTransformerModelCardData, page: CardPage, datasets: Sequence[Any]) -> str:
    parts = [
        f"# {data.model_name or page.title}",
        f"{page.does} It can be used for {data.task_name}.",
        "## The model",
        _facts_table(data, page, datasets),
        _modules_table(page.facts),
        "## Usage",
        f"```python\n{page.usage}\n```",
        results_section(data.evaluations),
        training_section(data.training) if data.training else "",
    ]
    return with_front_matter(card_metadata(data, page, datasets), "\n\n".join(part for part in parts if part))


def _facts_table(data: SentenceTransformerModelCardData, page: CardPage, datasets: Sequence[Any]) -> str:
    language = data.language if isinstance(data.language, str) or data.language is None else ", ".join(data.language)
    facts = page.facts
    rows = {
        **page.own_facts,
        "Maximum length": f"{facts.max_length} tokens" if facts.max_length else None,
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


def _names(datasets: Sequence[Any]) -> str:
    return ", ".join(item if isinstance(item, str) else str(item.get("name") or item.get("id")) for item in datasets)


def _cell(value: object) -> str:
    """A value as one cell of a table: no line breaks, no cell borders, of bounded length."""
    text = " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= _MOST_OF_A_CELL else f"{text[: _MOST_OF_A_CELL - 3]}..."
