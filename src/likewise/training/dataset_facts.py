"""What a README says about a data set: its columns, how long its texts are, its first rows. Looks at 1,000 rows.

Knows data sets by their columns only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from likewise.hub.card_training import DatasetFacts

LOOKED_AT = 1000
SAMPLES = 3
_FEW = 10


def facts_of(name: str, dataset: Any, loss: Any = None) -> DatasetFacts:
    """Describe a data set.

    Args:
        name: Its name among the others, "" if it is alone.
        dataset: Rows as dictionaries; `len` where it is known.
        loss: The loss that it is trained with, or None.

    Returns:
        The facts.

    Example:
        >>> facts = facts_of("toy", [{"anchor": "a cat", "label": 1}, {"anchor": "a dog", "label": 0}])
        >>> facts.size, facts.columns["anchor"], facts.columns["label"]
        (2, 'texts of 5 to 5 characters, 5 on average', '0: 50%, 1: 50%')
    """
    rows = [dict(row) for row in islice(iter(dataset), LOOKED_AT)]
    names = list(rows[0]) if rows else list(getattr(dataset, "column_names", None) or [])
    try:
        size = len(dataset)
    except TypeError:
        size = None
    return DatasetFacts(
        name=name,
        id=_hub_id(dataset),
        size=size,
        columns={column: describe_values([row.get(column) for row in rows]) for column in names},
        samples=[{column: str(row.get(column)) for column in names} for row in rows[:SAMPLES]],
        loss="" if loss is None else type(loss).__name__,
        settings=_settings(loss),
    )


def describe_values(values: Sequence[Any]) -> str:
    """Say in a few words what the values of a column are.

    Args:
        values: Some values.

    Returns:
        Such as "texts of 4 to 80 characters, 31 on average".
    """
    known = [value for value in values if value is not None]
    if not known:
        return "no values"
    if all(isinstance(value, str) for value in known):
        return _range("texts of", [len(value) for value in known], "characters")
    if all(isinstance(value, list | tuple) for value in known):
        return _range("lists of", [len(value) for value in known], "entries")
    if all(isinstance(value, int | float) for value in known):
        counts = Counter(known)
        if len(counts) <= _FEW and all(isinstance(value, int) for value in known):
            return ", ".join(f"{value}: {count / len(known):.0%}" for value, count in sorted(counts.items()))
        return f"numbers from {min(known):.4g} to {max(known):.4g}, {sum(known) / len(known):.4g} on average"
    return f"{type(known[0]).__name__} objects"


def widget_of(facts: Sequence[DatasetFacts]) -> list[dict[str, Any]]:
    """Texts for people to try the model on: a first text, and others to compare it with.

    Args:
        facts: The training data.

    Returns:
        At most one entry for each data set.
    """
    entries = []
    for each in facts:
        kinds = [column for column, said in each.columns.items() if said.startswith("texts")]
        if not kinds or not each.samples:
            continue
        first = str(each.samples[0][kinds[0]])
        others = [str(sample[column]) for sample in each.samples for column in kinds]
        entries.append(
            {"source_sentence": first, "sentences": [text for text in dict.fromkeys(others) if text != first]}
        )
    return [entry for entry in entries if entry["sentences"]]


def _range(kind: str, lengths: Sequence[int], unit: str) -> str:
    return f"{kind} {min(lengths)} to {max(lengths)} {unit}, {sum(lengths) / len(lengths):.0f} on average"


def _settings(loss: Any) -> Mapping[str, Any]:
    tell = getattr(loss, "get_config_dict", None)
    return dict(tell()) if callable(tell) else {}


def _hub_id(dataset: Any) -> str | None:
    """The id that a data set of the hub remembers in the addresses of its files."""
    checksums = getattr(getattr(dataset, "info", None), "download_checksums", None) or {}
    for address in checksums:
        if address.startswith("hf://datasets/"):
            return str(address.removeprefix("hf://datasets/").partition("@")[0])
    return None
