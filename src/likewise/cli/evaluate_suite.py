"""The suite that comes with the package: which sets it has, and what is measured of a model beside quality."""

from __future__ import annotations

import importlib.resources
from dataclasses import dataclass
from pathlib import Path
from typing import final

from likewise.cli.evaluate_data import DataOptions, Prepared, read_table
from likewise.cli.evaluate_retrieval import find_sets, read_retrieval
from likewise.cli.rows import read_rows


@final
@dataclass(frozen=True, slots=True)
class SuiteSet:
    """One set.

    Args:
        file: File or folder below the suite's folder.
        task: The task.
    """

    file: str
    task: str


SETS = (
    SuiteSet("banking.tsv.gz", "pairs"),
    SuiteSet("entailment.tsv.gz", "triplets"),
    SuiteSet("medicine", "retrieval"),
    SuiteSet("dictionary.jsonl.gz", "reranking"),
    SuiteSet("paraphrases.tsv.gz", "mining"),
    SuiteSet("intents.tsv.gz", "mining"),
    SuiteSet("german.tsv.gz", "bitext"),
)
SPEED_SET = "paraphrases.tsv.gz"


def suite_folder() -> Path:
    """Where the files of the suite are.

    Returns:
        The folder; its README says what they are, and under which licences.
    """
    return Path(str(importlib.resources.files("likewise") / "assets" / "suite"))


def prepare_suite(options: DataOptions) -> list[Prepared]:
    """Read all sets.

    Args:
        options: How texts are encoded.

    Returns:
        The sets, in order.
    """
    folder = suite_folder()
    prepared = []
    for each in SETS:
        path = folder / each.file
        if each.task == "retrieval":
            prepared += [read_retrieval(found, options) for found in find_sets([path], None)]
        else:
            prepared.append(read_table(each.task, path, options))
    return prepared


def speed_texts() -> list[str]:
    """The sentences by which speed is measured.

    Returns:
        Different sentences of everyday English.
    """
    rows = read_rows(suite_folder() / SPEED_SET)
    return list(dict.fromkeys(row.text(column) for row in rows for column in ("sentence1", "sentence2")))
