"""The thirteen sets of NanoBEIR: their names, and how they are read with the `datasets` package.

Does not know evaluators or models.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from likewise._optional import require
from likewise.errors import InputError

DATASETS = {
    "climatefever": "ClimateFEVER",
    "dbpedia": "DBPedia",
    "fever": "FEVER",
    "fiqa2018": "FiQA2018",
    "hotpotqa": "HotpotQA",
    "msmarco": "MSMARCO",
    "nfcorpus": "NFCorpus",
    "nq": "NQ",
    "quoraretrieval": "QuoraRetrieval",
    "scidocs": "SCIDOCS",
    "arguana": "ArguAna",
    "scifact": "SciFact",
    "touche2020": "Touche2020",
}
"""Documented name of each set to how it is spelt on the hub, without the "Nano" in front."""


@final
@dataclass(frozen=True, slots=True)
class NanoTask:
    """One set.

    Args:
        queries: Query id to text.
        corpus: Document id to text.
        relevant_docs: Query id to ids of relevant documents.
    """

    queries: Mapping[str, str]
    corpus: Mapping[str, str]
    relevant_docs: Mapping[str, set[str]]


def checked_names(names: Any) -> list[str]:
    """Check names of sets.

    Args:
        names: Names in any case, with or without "Nano" in front; None for all.

    Returns:
        The names, as they were given.

    Raises:
        InputError: If there is none, or one is unknown.

    Example:
        >>> checked_names(["NQ", "msmarco"])
        ['NQ', 'msmarco']
    """
    if names is None:
        return list(DATASETS)
    given = [names] if isinstance(names, str) else list(names)
    if not given:
        raise InputError("dataset_names is empty", accepted="at least one name, or None for all sets")
    for name in given:
        set_key(name)
    return given


def set_key(name: str) -> str:
    """The documented name of a set.

    Args:
        name: The name in any case, with or without "Nano" in front.

    Returns:
        The documented name.

    Raises:
        InputError: If there is no such set.

    Example:
        >>> set_key("NanoMSMARCO")
        'msmarco'
    """
    key = str(name).lower().removeprefix("nano")
    if key not in DATASETS:
        nearest = difflib.get_close_matches(key, DATASETS, n=1)
        raise InputError(
            f"no NanoBEIR set {name!r}", accepted=f"some of {list(DATASETS)}", fix=repr(nearest[0]) if nearest else ""
        )
    return key


def load_task(dataset_id: str, name: str) -> NanoTask:
    """Load one set from the hub, or from a folder of the same form.

    Args:
        dataset_id: A data set with the configurations "corpus", "queries" and "qrels", each with a split for each set,
            such as "NanoMSMARCO" ("sentence-transformers/NanoBEIR-en"); or an owner, or a local folder, that has a data
            set of its own for each set, with a split "train" ("zeta-alpha-ai").
        name: Name of the set.

    Returns:
        The set. Documents and queries without text are left out.

    Raises:
        InputError: If there is no such data set, configuration, split or column, or an id stands twice.
        MissingDependencyError: If the `datasets` package is not installed.
    """
    source, split = source_of(dataset_id, name)
    corpus = _texts(load_columns(source, "corpus", split, ("_id", "text")), f"{source}, corpus, {split}")
    queries = _texts(load_columns(source, "queries", split, ("_id", "text")), f"{source}, queries, {split}")
    relevant: dict[str, set[str]] = {}
    for query, document in load_columns(source, "qrels", split, ("query-id", "corpus-id")):
        relevant.setdefault(query, set()).add(document)
    return NanoTask(queries, corpus, relevant)


def source_of(dataset_id: str, name: str) -> tuple[str, str]:
    """Where one set lies.

    Args:
        dataset_id: See `load_task`.
        name: Name of the set.

    Returns:
        A data set, and the split in it.

    Example:
        >>> source_of("zeta-alpha-ai", "nq"), source_of("an/id", "nq")
        (('zeta-alpha-ai/NanoNQ', 'train'), ('an/id', 'NanoNQ'))
    """
    spelt = f"Nano{DATASETS[set_key(name)]}"
    own = "/" not in dataset_id or (Path(dataset_id) / spelt).is_dir()
    return (f"{dataset_id}/{spelt}", "train") if own else (dataset_id, spelt)


def load_columns(source: str, configuration: str, split: str, columns: tuple[str, str]) -> Iterable[tuple[Any, Any]]:
    """Load two columns of a data set.

    Args:
        source: A data set on the hub, or a folder.
        configuration: Its part, such as "corpus".
        split: The split.
        columns: Names of the columns.

    Returns:
        Both values of each row.

    Raises:
        InputError: If there is no such data set, configuration, split or column.
        MissingDependencyError: If the `datasets` package is not installed.
    """
    datasets = require("datasets", extra="train")
    try:
        table = datasets.load_dataset(source, configuration, split=split)
    except (ValueError, OSError, ConnectionError) as error:
        raise InputError(
            f"{source!r} has no configuration {configuration!r} with a split {split!r} that can be loaded: {error}",
            accepted="a data set on the hub or a folder, with 'corpus', 'queries' and 'qrels'",
            fix="dataset_id='sentence-transformers/NanoBEIR-en'",
        ) from error
    lacking = [column for column in columns if column not in table.column_names]
    if lacking:
        raise InputError(
            f"{source}, {configuration}, {split}: columns {table.column_names}", accepted=f"columns {list(columns)}"
        )
    return zip(table[columns[0]], table[columns[1]], strict=True)


def _texts(rows: Iterable[tuple[str, str]], where: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, text in rows:
        if name in texts:
            raise InputError(f"{where}: id {name!r} stands twice", accepted="each id once")
        if text:
            texts[name] = text
    return texts
