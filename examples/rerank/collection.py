"""A retrieval collection from files, and what a first step finds in it."""

from __future__ import annotations

import csv
import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
FILES = {
    "corpus.jsonl.gz": "a document in each line: an object with doc_id, title and text",
    "queries.tsv.gz": "a header and columns query_id, text",
    "qrels.tsv.gz": "a header and columns query_id, doc_id, relevance (relevant ones only)",
}


@dataclass(frozen=True)
class Collection:
    """Queries, documents, and which belong together.

    Args:
        queries: Id to text, of the queries that have relevant documents.
        corpus: Id to text.
        relevant: Query id to ids of relevant documents.
    """

    queries: dict[str, str]
    corpus: dict[str, str]
    relevant: dict[str, set[str]]


def data_folder(given: str | None) -> Path:
    """The folder of data sets: what is given, else the variable LIKEWISE_DATA, else the one beside the repository."""
    return Path(given or os.environ.get("LIKEWISE_DATA") or SHARED)


def require(paths: dict[Path, str]) -> None:
    """End the program if files are missing, and say which and what should be in them."""
    missing = [f"  {path}: {text}" for path, text in paths.items() if not path.exists()]
    if missing:
        where = "give the folder by --data or LIKEWISE_DATA"
        raise SystemExit("\n".join([f"missing files ({where}):", *missing]))


def read_collection(folder: Path, queries: int | None = None) -> Collection:
    """Read a collection.

    Args:
        folder: The folder with the three files of `FILES`.
        queries: Most queries, None for all.

    Returns:
        The collection; documents without text are left out.
    """
    require({folder / name: text for name, text in FILES.items()})
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    corpus = {row["doc_id"]: f"{row['title']} {row['text']}".strip() for row in rows}
    corpus = {key: text for key, text in corpus.items() if text}
    relevant: dict[str, set[str]] = {}
    for row in table(folder / "qrels.tsv.gz"):
        if row["doc_id"] in corpus:
            relevant.setdefault(row["query_id"], set()).add(row["doc_id"])
    asked = {row["query_id"]: row["text"] for row in table(folder / "queries.tsv.gz") if row["query_id"] in relevant}
    asked = dict(list(asked.items())[:queries])
    return Collection(asked, corpus, {key: relevant[key] for key in asked})


def retrieve(model: Any, collection: Collection, top_k: int) -> list[dict[str, Any]]:
    """Find the best documents of each query by their embeddings.

    Args:
        model: A SentenceTransformer.
        collection: The collection.
        top_k: How many.

    Returns:
        For each query "query", "positive" (texts of all relevant documents, found or not) and "documents" (texts that
        were found, best first), which `CrossEncoderRerankingEvaluator` reads, and "scores" (theirs).
    """
    from likewise.util import semantic_search

    keys, texts = list(collection.corpus), list(collection.corpus.values())
    queries = list(collection.queries.values())
    found = semantic_search(model.encode_query(queries), model.encode_document(texts), top_k=top_k)
    return [
        {
            "query": text,
            "positive": [collection.corpus[document] for document in sorted(collection.relevant[key])],
            "documents": [collection.corpus[keys[hit["corpus_id"]]] for hit in hits],
            "scores": [hit["score"] for hit in hits],
        }
        for (key, text), hits in zip(collection.queries.items(), found, strict=True)
    ]


def table(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a gzipped file of columns between tabs."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
