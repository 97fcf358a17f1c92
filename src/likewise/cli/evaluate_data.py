"""Files to evaluators, one function for each task but retrieval. Knows what rows mean, and no models."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from likewise.cli.evaluate_columns import FORMS, bind
from likewise.cli.rows import Row, read_rows
from likewise.errors import InputError

if TYPE_CHECKING:
    from likewise.evaluation import SentenceEvaluator  # brings torch, which parsing and --help do without

Found = tuple[Mapping[str, str], Iterator[Row]]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DataOptions:
    """How files are read and texts are encoded.

    Args:
        columns: Names of columns in the order of the task's parts, or part to name; empty goes by the names.
        where: Column to the value that a row must have there.
        split: Which judgements of a retrieval set are taken, where it has several; None takes "test".
        batch_size: Most texts of a batch; None fills batches by token count.
    """

    columns: tuple[str, ...] | Mapping[str, str] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    split: str | None = None
    batch_size: int | None = None

    @property
    def for_evaluators(self) -> dict[str, Any]:
        """Arguments that all evaluators take."""
        return {"batch_size": self.batch_size, "write_csv": False}


@final
@dataclass(frozen=True, slots=True)
class Prepared:
    """Data that are ready to be evaluated on.

    Args:
        name: What the data are called in tables.
        task: The task.
        evaluator: The evaluator.
        note: What was read as what.
    """

    name: str
    task: str
    evaluator: SentenceEvaluator
    note: str


def read_table(task: str, path: Path, options: DataOptions) -> Prepared:
    """Read one file of a task that has its data in one file.

    Args:
        task: A key of `FORMS`.
        path: The file.
        options: How it is read.

    Returns:
        Its data.

    Raises:
        InputError: If a row or a column is wrong; names file and line.
    """
    columns, rows = _open(task, path, options)
    note = f"{path}: {', '.join(role if role == name else f'{role}={name}' for role, name in columns.items())}"
    evaluator = named(path, lambda: _MAKERS[task](columns, rows, options.for_evaluators))
    return Prepared(data_name(path), task, evaluator, note)


def named(path: Path, make: Callable[[], SentenceEvaluator]) -> SentenceEvaluator:
    """Put the name of a file before what an evaluator says about the data as a whole.

    Args:
        path: The file.
        make: Makes the evaluator.

    Returns:
        The evaluator.

    Raises:
        InputError: If it refuses the data.
    """
    try:
        return make()
    except InputError as error:
        if error.received.startswith(str(path)):
            raise
        raise InputError(f"{path}: {error.received}", accepted=error.accepted) from error


def data_name(path: Path) -> str:
    """What data are called: the name of the file without its extensions.

    Args:
        path: The file or folder.

    Returns:
        The name.

    Example:
        >>> data_name(Path("sets/dev.tsv.gz"))
        'dev'
    """
    name = path.resolve().name
    return name.removesuffix(".gz").rsplit(".", 1)[0] or name


def _open(task: str, path: Path, options: DataOptions) -> Found:
    rows = read_rows(path)
    first = next(rows, None)
    if first is None:
        raise InputError(f"{path}: no rows", accepted="at least one")
    columns = bind(FORMS[task], list(first.values), options.columns, str(path))
    for name in options.where:
        if name not in first.values:
            raise InputError(f"{path} has no column {name!r}", accepted=f"some of {list(first.values)}")
    kept = (row for row in itertools.chain([first], rows) if _fits(row, options.where))
    start = next(kept, None)
    if start is None:
        said = " ".join(f"--where {name}={value}" for name, value in options.where.items())
        raise InputError(f"{path}: no row fits {said}", accepted="at least one")
    return columns, itertools.chain([start], kept)


def _fits(row: Row, where: Mapping[str, str]) -> bool:
    return all(str(row.values.get(name)) == value for name, value in where.items())


def _sts(columns: Mapping[str, str], rows: Iterator[Row], options: Mapping[str, Any]) -> SentenceEvaluator:
    from likewise.evaluation import EmbeddingSimilarityEvaluator

    first, second, scores = _triples(columns, rows, ("sentence1", "sentence2"), "score")
    return EmbeddingSimilarityEvaluator(first, second, scores, **options)


def _pairs(columns: Mapping[str, str], rows: Iterator[Row], options: Mapping[str, Any]) -> SentenceEvaluator:
    from likewise.evaluation import BinaryClassificationEvaluator

    first, second, labels = _triples(columns, rows, ("sentence1", "sentence2"), "label", label=True)
    return BinaryClassificationEvaluator(first, second, labels, **options)


def _triplets(columns: Mapping[str, str], rows: Iterator[Row], options: Mapping[str, Any]) -> SentenceEvaluator:
    from likewise.evaluation import TripletEvaluator

    anchors, positives, negatives = _texts(columns, rows, ("anchor", "positive", "negative"))
    return TripletEvaluator(anchors, positives, negatives, **options)


def _bitext(columns: Mapping[str, str], rows: Iterator[Row], options: Mapping[str, Any]) -> SentenceEvaluator:
    from likewise.evaluation import TranslationEvaluator

    sources, targets = _texts(columns, rows, ("source", "target"))
    return TranslationEvaluator(sources, targets, **options)


def _mining(columns: Mapping[str, str], rows: Iterator[Row], options: Mapping[str, Any]) -> SentenceEvaluator:
    from likewise.evaluation import ParaphraseMiningEvaluator

    if "group" in columns:
        sentences, duplicates = _groups(columns, rows)
        return ParaphraseMiningEvaluator(sentences, duplicates, add_transitive_closure=True, **options)
    texts: dict[str, str] = {}
    pairs = []
    for row in rows:
        pair = (row.text(columns["sentence1"]), row.text(columns["sentence2"]))
        texts.update(zip(pair, pair, strict=True))
        if "label" not in columns or _label(row, columns["label"]):
            pairs.append(pair)
    return ParaphraseMiningEvaluator(texts, pairs, **options)


def _groups(columns: Mapping[str, str], rows: Iterator[Row]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Texts by number, and pairs that connect the texts of each group to its first one."""
    texts: dict[str, str] = {}
    firsts: dict[str, str] = {}
    pairs = []
    for number, row in enumerate(rows):
        name, group = str(number), row.name(columns["group"])
        texts[name] = row.text(columns["text"])
        if firsts.setdefault(group, name) != name:
            pairs.append((firsts[group], name))
    return texts, pairs


def _reranking(columns: Mapping[str, str], rows: Iterator[Row], options: Mapping[str, Any]) -> SentenceEvaluator:
    from likewise.evaluation import RerankingEvaluator

    if "document" in columns:
        return RerankingEvaluator(_samples_of_rows(columns, rows), **options)
    others = "negative" if "negative" in columns else "documents"
    samples = [
        {
            "query": row.text(columns["query"]),
            "positive": row.texts(columns["positive"]),
            others: row.texts(columns[others]),
        }
        for row in rows
    ]
    return RerankingEvaluator(samples, **options)


def _samples_of_rows(columns: Mapping[str, str], rows: Iterator[Row]) -> dict[str, dict[str, Any]]:
    """Rows of a query, a document and a label: those of the same query are one sample."""
    samples: dict[str, dict[str, Any]] = {}
    for row in rows:
        query = row.text(columns["query"])
        sample = samples.setdefault(query, {"query": query, "positive": [], "negative": []})
        kind = "positive" if row.number(columns["label"]) > 0 else "negative"
        sample[kind].append(row.text(columns["document"]))
    return samples


def _texts(columns: Mapping[str, str], rows: Iterator[Row], roles: Sequence[str]) -> list[list[str]]:
    found: list[list[str]] = [[] for _ in roles]
    for row in rows:
        for texts, role in zip(found, roles, strict=True):
            texts.append(row.text(columns[role]))
    return found


def _triples(
    columns: Mapping[str, str], rows: Iterator[Row], texts: tuple[str, str], number: str, *, label: bool = False
) -> tuple[list[str], list[str], list[Any]]:
    first, second, numbers = [], [], []
    for row in rows:
        first.append(row.text(columns[texts[0]]))
        second.append(row.text(columns[texts[1]]))
        numbers.append(_label(row, columns[number]) if label else row.number(columns[number]))
    return first, second, numbers


def _label(row: Row, column: str) -> int:
    value = row.number(column)
    if value not in (0, 1):
        raise InputError(f"{row.where}: {column!r} is {row.values[column]!r:.60}", accepted="0 or 1")
    return int(value)


_MAKERS: dict[str, Callable[[Mapping[str, str], Iterator[Row], Mapping[str, Any]], SentenceEvaluator]] = {
    "sts": _sts,
    "pairs": _pairs,
    "triplets": _triplets,
    "bitext": _bitext,
    "mining": _mining,
    "reranking": _reranking,
}
