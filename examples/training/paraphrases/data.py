"""Paraphrase sets by name: from the data folder beside the repository where it is, else from the hub."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datasets import Dataset, load_dataset

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"


@dataclass(frozen=True)
class Source:
    """Where pairs of one kind are.

    Args:
        file: In the data folder.
        columns: Of the file: anchor, positive and perhaps negative; one column with a list of texts makes pairs of it.
        hub: Id of the data set on the hub, with its configuration; None if it is only in the folder.
    """

    file: str
    columns: tuple[str, ...]
    hub: tuple[str, str] | None = None


SOURCES = {
    "nli": Source(
        "nli/nli-triplets.tsv.gz", ("anchor", "positive", "negative"), ("sentence-transformers/all-nli", "triplet")
    ),
    "sentence-compression": Source(
        "sentence-compression/sentence-compression-pairs.tsv.gz",
        ("anchor", "positive"),
        ("sentence-transformers/sentence-compression", "pair"),
    ),
    "simplification": Source(
        "simplification/simplification-pairs.tsv.gz",
        ("anchor", "positive"),
        ("sentence-transformers/simple-wiki", "pair"),
    ),
    "altlex": Source("altlex/altlex-pairs.tsv.gz", ("anchor", "positive"), ("sentence-transformers/altlex", "pair")),
    "quora": Source(
        "quora/quora-duplicates-train.tsv.gz",
        ("question1", "question2"),
        ("sentence-transformers/quora-duplicates", "pair"),
    ),
    "coco-captions": Source(
        "coco-captions/coco-captions.jsonl.gz", ("texts",), ("sentence-transformers/coco-captions", "pair")
    ),
    "flickr30k-captions": Source(
        "flickr30k-captions/flickr30k-captions.jsonl.gz",
        ("texts",),
        ("sentence-transformers/flickr30k-captions", "pair"),
    ),
    "wiki-split": Source("wiki-split/wiki-split-pairs.tsv.gz", ("anchor", "positive")),
}
ROLES = ("anchor", "positive", "negative")


def paraphrase_sets(rows: int) -> dict[str, Dataset]:
    """Load the sets.

    Args:
        rows: Most rows of each.

    Returns:
        Name to pairs or triplets.
    """
    sets = {}
    for name, source in SOURCES.items():
        if (SHARED / source.file).exists():
            sets[name] = Dataset.from_list(list(itertools.islice(_rows(source), rows)))
        elif source.hub is not None:
            loaded = load_dataset(*source.hub, split=f"train[:{rows}]")
            sets[name] = loaded.rename_columns(dict(zip(loaded.column_names, ROLES, strict=False)))
    return sets


def sts_dev() -> Dataset:
    """STS Benchmark dev: sentence1, sentence2 and a score of 0 to 1."""
    path = SHARED / "stsb/stsb-dev.tsv.gz"
    if not path.exists():
        return load_dataset("sentence-transformers/stsb", split="validation")
    rows = [
        {"sentence1": row["sentence1"], "sentence2": row["sentence2"], "score": float(row["score"]) / 5}
        for row in _table(path)
    ]
    return Dataset.from_list(rows)


def _rows(source: Source) -> Iterator[dict[str, str]]:
    path = SHARED / source.file
    if path.name.endswith(".jsonl.gz"):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                first, second, *_ = json.loads(line)[source.columns[0]]
                yield {"anchor": first, "positive": second}
        return
    for row in _table(path):
        yield {role: row[column] for role, column in zip(ROLES, source.columns, strict=False)}


def _table(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
