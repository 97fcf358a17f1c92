"""Retrieval sets from files: a corpus, queries, and judgements of which document fits which query. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

from likewise.cli.evaluate_columns import CORPUS, JUDGEMENTS, QUERIES, Form, bind
from likewise.cli.evaluate_data import DataOptions, Prepared, data_name, named
from likewise.cli.rows import Row, read_rows
from likewise.errors import InputError
from likewise.texts.reading import KINDS

PARTS = ("corpus", "queries", "qrels")
_LAYOUT = "corpus.jsonl, queries.jsonl, and qrels.tsv or qrels/test.tsv"


@final
@dataclass(frozen=True, slots=True)
class RetrievalFiles:
    """Where the three parts of a set are.

    Args:
        name: Name of the set.
        corpus: File of the documents.
        queries: File of the queries.
        qrels: File of the judgements.
    """

    name: str
    corpus: Path
    queries: Path
    qrels: Path


def find_sets(paths: Sequence[Path], split: str | None) -> list[RetrievalFiles]:
    """Find the sets that paths name.

    Args:
        paths: Folders with one set each, or with a folder for each set; or the three files of one set.
        split: Which judgements are taken of a set that has several; None takes "test", or the only ones.

    Returns:
        The sets, in order.

    Raises:
        InputError: If a folder holds no set, files are not three, or there are several judgements and none is "test".
    """
    files = [path for path in paths if not path.is_dir()]
    if files and len(files) < len(paths):
        raise InputError(f"files and folders: {', '.join(map(str, paths))}", accepted="three files, or folders")
    if files:
        return [_of_files(files)]
    return [found for path in paths for found in _of_folder(path, split)]


def read_retrieval(files: RetrievalFiles, options: DataOptions) -> Prepared:
    """Read a set.

    Args:
        files: Where it is.
        options: How it is read.

    Returns:
        Its data. Documents and queries without text are left out, and counted in the note.

    Raises:
        InputError: If a row or a column is wrong, or an id stands twice; names file and line.
    """
    from likewise.evaluation import InformationRetrievalEvaluator

    corpus, blank_documents = _texts(files.corpus, CORPUS)
    queries, blank_queries = _texts(files.queries, QUERIES)
    relevant, unknown = _judgements(files.qrels, queries)
    remarks = {
        "documents without text left out": blank_documents,
        "queries without text left out": blank_queries,
        f"judgements of queries that {files.queries.name} lacks ignored": unknown,
    }
    note = "; ".join(f"{count:,} {what}" for what, count in remarks.items() if count)
    evaluator = named(
        files.qrels, lambda: InformationRetrievalEvaluator(queries, corpus, relevant, **options.for_evaluators)
    )
    return Prepared(files.name, "retrieval", evaluator, f"{files.name}: {note}" if note else "")


def _of_files(paths: Sequence[Path]) -> RetrievalFiles:
    by_part = {part: [path for path in paths if path.name.lower().startswith(part)] for part in PARTS}
    named_so = all(len(found) == 1 for found in by_part.values())
    if len(paths) != len(PARTS):
        raise InputError(f"{len(paths)} files for retrieval", accepted=f"three files, or a folder: {_LAYOUT}")
    corpus, queries, qrels = (found[0] for found in by_part.values()) if named_so else paths
    return RetrievalFiles(data_name(corpus.resolve().parent), corpus, queries, qrels)


def _of_folder(folder: Path, split: str | None) -> Iterator[RetrievalFiles]:
    if _tables(folder, "corpus"):
        yield _set(folder, split)
        return
    inner = [path for path in sorted(folder.iterdir()) if path.is_dir() and _tables(path, "corpus")]
    if not inner:
        raise InputError(f"{folder}: no retrieval set", accepted=f"a folder with {_LAYOUT}, or a folder of these")
    for path in inner:
        yield _set(path, split)


def _set(folder: Path, split: str | None) -> RetrievalFiles:
    qrels = _tables(folder, "qrels")
    if not qrels and (folder / "qrels").is_dir():
        qrels = _tables(folder / "qrels", split) if split else _tables(folder / "qrels", "test")
        if not qrels and not split:
            qrels = _tables(folder / "qrels", "")
    parts = {"corpus": _tables(folder, "corpus"), "queries": _tables(folder, "queries"), "qrels": qrels}
    for part, found in parts.items():
        if len(found) != 1:
            names = ", ".join(str(path.relative_to(folder)) for path in found)
            raise InputError(
                f"{folder}: {f'several files for {part}: {names}' if found else f'no {part}'}",
                accepted=_LAYOUT,
                fix="--split NAME, of qrels/NAME.tsv" if part == "qrels" else "",
            )
    return RetrievalFiles(folder.resolve().name, *(found[0] for found in parts.values()))


def _tables(folder: Path, stem: str) -> list[Path]:
    """Files of a folder with this name and any extension that is read; "" finds all."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    plain = {path: path.with_suffix("") if path.suffix.lower() == ".gz" else path for path in files}
    tables = [path for path in files if KINDS.get(plain[path].suffix.lower()) in ("csv", "tsv", "jsonl", "parquet")]
    return [path for path in tables if stem in ("", plain[path].stem)]


def _bound(path: Path, form: Form) -> tuple[dict[str, str], Iterator[Row]]:
    first = next(read_rows(path), None)
    if first is None:
        raise InputError(f"{path}: no rows", accepted="at least one")
    return bind([form], list(first.values), (), str(path), by_order=False), read_rows(path)


def _texts(path: Path, form: Form) -> tuple[dict[str, str], int]:
    """Id to text, with the title in front, and how many had none."""
    columns, rows = _bound(path, form)
    texts: dict[str, str] = {}
    blank = 0
    for row in rows:
        name, text = row.name(columns["_id"]), row.text(columns["text"])
        if name in texts:
            raise InputError(f"{row.where}: the id {name!r} stands twice", accepted="each id once")
        if row.values.get(columns.get("title", "")):
            text = f"{row.text(columns['title'])} {text}"
        texts[name] = text.strip()
    for name in [name for name, text in texts.items() if not text]:
        del texts[name]
        blank += 1
    return texts, blank


def _judgements(path: Path, queries: dict[str, str]) -> tuple[dict[str, set[str]], int]:
    """Query id to the ids of its relevant documents, and how many judgements are of no known query."""
    columns, rows = _bound(path, JUDGEMENTS)
    relevant: dict[str, set[str]] = {}
    unknown = 0
    for row in rows:
        query, document = row.name(columns["query_id"]), row.name(columns["corpus_id"])
        if "score" in columns and row.number(columns["score"]) <= 0:
            continue
        if query in queries:
            relevant.setdefault(query, set()).add(document)
        else:
            unknown += 1
    return relevant, unknown
