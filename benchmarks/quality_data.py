"""Public data sets to judge a model on, read from a folder. Says what is missing; imports no package of embeddings."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.texts import SHARED

VARIABLE = "LIKEWISE_DATA"
FILES = {
    "sts": {"stsb/stsb-dev.tsv.gz": "columns score, sentence1, sentence2 (STS Benchmark, dev)"},
    "sick": {"sick/sick-dev.tsv.gz": "columns score, sentence1, sentence2 (SICK, trial)"},
    "quora": {"quora/quora-labelled-dev.tsv.gz": "columns label (0 or 1), question1, question2 (Quora question pairs)"},
    "retrieval": {
        "cranfield/corpus.jsonl.gz": "keys doc_id, title, text (Cranfield collection)",
        "cranfield/queries.tsv.gz": "columns query_id, text",
        "cranfield/qrels.tsv.gz": "columns query_id, doc_id, relevance (relevant ones only)",
    },
    "bitext": {"tatoeba-v1/tatoeba-v1.tsv.gz": "columns lang, sentence, english (Tatoeba test sets of LASER)"},
    "clustering": {"agnews-8000/agnews-8000.tsv.gz": "columns label, text (AG News, without stop words)"},
}
"""Task to the files that it reads, below the data folder, and what is in them."""

Pairs = tuple[list[str], list[str], list[float]]


@dataclass(frozen=True)
class Retrieval:
    """A collection: query id to text, document id to text, query id to the ids of its relevant documents."""

    queries: dict[str, str]
    corpus: dict[str, str]
    relevant: dict[str, set[str]]


def data_folder(given: str | None) -> Path:
    """Decide where the data is.

    Args:
        given: A folder, or None.

    Returns:
        That folder, else the one that the environment variable LIKEWISE_DATA names, else the one beside the repository.
    """
    return Path(given or os.environ.get(VARIABLE) or SHARED).absolute()


def require_files(folder: Path, tasks: list[str]) -> None:
    """Stop with a list of what is missing, if anything is.

    Args:
        folder: The data folder.
        tasks: Tasks, keys of FILES.

    Raises:
        SystemExit: If a file is missing; names each one, and what is to be in it.
    """
    wanted = {name: content for task in tasks for name, content in FILES[task].items()}
    missing = [f"  {name}: {content}" for name, content in wanted.items() if not (folder / name).is_file()]
    if missing:
        raise SystemExit(
            "\n".join([f"not in the data folder {folder}:", *missing])
            + f"\nName another folder with --data or {VARIABLE}, or other tasks with --tasks."
            " Files are UTF-8, .tsv with a header and tabs, all of them gzip."
        )


def pairs(folder: Path, task: str, limit: int | None = None) -> Pairs:
    """Read pairs of texts with a number each.

    Args:
        folder: The data folder.
        task: "sts", "sick" or "quora".
        limit: Most pairs.

    Returns:
        (first texts, second texts, scores or labels).
    """
    names = ("question1", "question2", "label") if task == "quora" else ("sentence1", "sentence2", "score")
    table = list(_rows(folder / next(iter(FILES[task])), limit))
    first, second, numbers = ([row[name] for row in table] for name in names)
    return first, second, [int(number) if task == "quora" else float(number) for number in numbers]


def retrieval(folder: Path, limit: int | None = None) -> Retrieval:
    """Read the retrieval collection.

    Args:
        folder: The data folder.
        limit: Most documents; queries that lose all relevant ones are left out.

    Returns:
        The collection; documents are title and text, joined by a space.
    """
    corpus_file, query_file, relevance_file = (folder / name for name in FILES["retrieval"])
    with gzip.open(corpus_file, "rt", encoding="utf-8") as lines:
        documents = [json.loads(line) for line in itertools.islice(lines, limit)]
    corpus = {row["doc_id"]: f"{row['title']} {row['text']}".strip() for row in documents}
    relevant: dict[str, set[str]] = {}
    for row in _rows(relevance_file):
        if row["doc_id"] in corpus:
            relevant.setdefault(row["query_id"], set()).add(row["doc_id"])
    queries = {row["query_id"]: row["text"] for row in _rows(query_file) if row["query_id"] in relevant}
    return Retrieval(queries, corpus, {query: relevant[query] for query in queries})


def translations(folder: Path, language: str, limit: int | None = None) -> tuple[list[str], list[str]]:
    """Read sentences and their English translations.

    Args:
        folder: The data folder.
        language: Code of three letters, such as "deu".
        limit: Most pairs.

    Returns:
        (sentences, translations).
    """
    rows = (row for row in _rows(folder / next(iter(FILES["bitext"]))) if row["lang"] == language)
    table = list(itertools.islice(rows, limit))
    if not table:
        raise SystemExit(f"the Tatoeba file has no sentences of the language {language!r}")
    return [row["sentence"] for row in table], [row["english"] for row in table]


def topics(folder: Path, limit: int | None = None) -> tuple[list[str], list[str]]:
    """Read texts and their topics.

    Args:
        folder: The data folder.
        limit: Most texts, taken evenly from the file, where topics stand together.

    Returns:
        (texts, labels).
    """
    table = list(_rows(folder / next(iter(FILES["clustering"]))))
    table = table[:: max(1, len(table) // limit)][:limit] if limit else table
    return [row["text"] for row in table], [row["label"] for row in table]


def _rows(path: Path, limit: int | None = None) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        reader = csv.DictReader((line.rstrip("\r\n") for line in lines), delimiter="\t", quoting=csv.QUOTE_NONE)
        yield from itertools.islice(reader, limit)
