"""Prompts of training: which text goes before the texts of which column of which data set, in four forms."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from likewise.errors import ConfigError, InputTypeError

Prompts = str | Mapping[str, Any] | None


def parse_prompts(prompts: Any) -> Prompts:
    """Take prompts as an argument of a program gives them: a JSON object as text is read.

    Args:
        prompts: None, a text, a mapping, or a mapping of mappings.

    Returns:
        The same, with JSON read.

    Raises:
        InputTypeError: If it is something else.

    Example:
        >>> parse_prompts('{"query": "search: "}')
        {'query': 'search: '}
    """
    if isinstance(prompts, str) and prompts.strip().startswith("{"):
        try:
            prompts = json.loads(prompts)
        except json.JSONDecodeError:
            return prompts  # type: ignore[no-any-return]
    values = list(prompts.values()) if isinstance(prompts, Mapping) else []
    flat = [text for value in values for text in (value.values() if isinstance(value, Mapping) else [value])]
    if not (prompts is None or isinstance(prompts, str | Mapping)) or not all(isinstance(text, str) for text in flat):
        raise InputTypeError(
            f"prompts={prompts!r}",
            accepted="a text, {column: text}, {dataset: text} or {dataset: {column: text}}",
        )
    return prompts


def prompts_for(
    prompts: Prompts, dataset: str | None, columns: Collection[str], datasets: Collection[str]
) -> dict[str, str]:
    """The prompt of each column of one data set.

    Args:
        prompts: The prompts, in any of the four forms.
        dataset: Name of the data set, None if there is only one, without a name.
        columns: Its input columns.
        datasets: Names of all data sets.

    Returns:
        Column to prompt, for the columns that have one.

    Raises:
        ConfigError: If a name is neither a data set's nor a column's.

    Example:
        >>> prompts_for({"qa": {"question": "q: "}, "nli": "t: "}, "nli", ["premise", "hypothesis"], ["qa", "nli"])
        {'premise': 't: ', 'hypothesis': 't: '}
    """
    if prompts is None:
        return {}
    if isinstance(prompts, str):
        return dict.fromkeys(columns, prompts)
    nested = any(isinstance(value, Mapping) for value in prompts.values())
    if nested and not datasets:
        raise ConfigError(
            "prompts for several data sets, but the training data are one data set without a name",
            accepted="{column: text}, or the data as a dictionary of data sets",
        )
    by_dataset = nested or (bool(datasets) and set(prompts) <= set(datasets))
    if by_dataset:
        unknown = sorted(set(prompts) - set(datasets))
        if unknown:
            raise ConfigError(f"prompts for the data set {unknown[0]!r}", accepted=f"data sets {sorted(datasets)}")
        own = prompts.get(dataset or "", {})
        return prompts_for(own, None, columns, ())
    unknown = sorted(set(prompts) - set(columns))
    if unknown and not datasets:
        raise ConfigError(f"prompts for {unknown[0]!r}", accepted=f"columns {sorted(columns)}")
    return {column: text for column, text in prompts.items() if column in columns and text}


def check_mapping(argument: str, mapping: Prompts, columns: Mapping[str, Collection[str]]) -> None:
    """Refuse names that are neither a column's nor a data set's, before anything is trained without them.

    Args:
        argument: Name of the argument, for the message.
        mapping: By column, by data set, or by data set and column; a text, or None, is for all.
        columns: Data set ("" if there is one without a name) to its input columns.

    Raises:
        ConfigError: If a name is unknown.

    Example:
        >>> check_mapping("prompts", {"query": "q: "}, {"": ["query", "answer"]})
    """
    if not isinstance(mapping, Mapping):
        return
    datasets = sorted(name for name in columns if name)
    every = sorted({column for each in columns.values() for column in each})
    accepted = f"columns {every}" + (f", or data sets {datasets}" if datasets else "")
    for key, value in mapping.items():
        known: Collection[str] = (*datasets, *([] if isinstance(value, Mapping) else every))
        if key not in known:
            raise ConfigError(f"{argument} for {key!r}", accepted=accepted)
        inner = value if isinstance(value, Mapping) else {}
        unknown = sorted(set(inner) - set(columns.get(key, ())))
        if unknown:
            raise ConfigError(
                f"{argument} for {unknown[0]!r} of the data set {key!r}", accepted=f"its columns {list(columns[key])}"
            )
