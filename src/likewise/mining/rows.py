"""Mined negatives as rows, in each of the documented forms, a few at a time. Knows what was mined; does not mine.

Legend: A anchors, P pairs, R rows of the result, n negatives of an anchor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np

from likewise._optional import require
from likewise.errors import ConfigError
from likewise.mining.mined import Mined
from likewise.mining.rules import OutputFormat
from likewise.search.top_k import Ids

Columns: TypeAlias = dict[str, tuple[str, Iterable[Any]]]
"""Name of a column: type of its values ("string", "int64", "float64", or a list of these as "[...]"), values. Texts are
read when it is their turn."""

_ANCHORS = 1024  # whose rows are made at a time


def form_of(output_format: OutputFormat, *, include_positives: bool) -> OutputFormat:
    """Choose the form.

    Args:
        output_format: What was asked for.
        include_positives: Whether positives stay among the candidates.

    Returns:
        The form: where positives stay, always "n-tuple".
    """
    return "n-tuple" if include_positives else output_format


def kinds_of(mined: Mined, form: OutputFormat, *, with_scores: bool) -> dict[str, str]:
    """Tell which columns there are.

    Args:
        mined: Negatives.
        form: As in `as_dataset`.
        with_scores: As in `as_dataset`.

    Returns:
        Name of each column: type of its values, as in `Columns`.
    """
    return {name: kind for name, (kind, _) in _FORMS[form](mined.part(0, 0), with_scores).items()}


def rows_of(mined: Mined, form: OutputFormat, *, with_scores: bool) -> Iterator[tuple[Any, ...]]:
    """Make rows, in memory for those of a few anchors.

    Args:
        mined: Negatives.
        form: As in `as_dataset`.
        with_scores: As in `as_dataset`.

    Yields:
        A value for each of `kinds_of`.
    """
    for columns in _columns(mined, form, with_scores):
        yield from zip(*(values for _, values in columns.values()), strict=True)


def as_dataset(mined: Mined, form: OutputFormat, *, with_scores: bool) -> Any:
    """Make a data set.

    Args:
        mined: Negatives.
        form: "triplet": a row for each pair and negative. "n-tuple": a row for each pair whose anchor has all
            its negatives. "labeled-pair": a row for each pair (label 1) and each negative of an anchor (label 0).
            "labeled-list": a row for each pair, with its positive and negatives as one list, and their labels.
        with_scores: Whether scores are given: with labels, in their place.

    Returns:
        A `datasets.Dataset`.

    Raises:
        ConfigError: If a column of the input has the name of one that is to be added.
    """
    datasets = require("datasets", extra="train")
    kinds = kinds_of(mined, form, with_scores=with_scores)
    values: dict[str, list[Any]] = {name: [] for name in kinds}
    for columns in _columns(mined, form, with_scores):
        for name, (_, some) in columns.items():
            values[name].extend(some)
    features = datasets.Features({name: _feature(datasets, kind) for name, kind in kinds.items()})
    return datasets.Dataset.from_dict(values, features=features)


def check_names(columns: tuple[str, str]) -> None:
    """Refuse columns whose names the result needs.

    Args:
        columns: Names of the columns of anchors and positives.

    Raises:
        ConfigError: If one is "negative", "negative_1", "label", "labels", "score" or "scores".
    """
    for name in columns:
        if name in ("negative", "label", "labels", "score", "scores") or name.startswith("negative_"):
            raise ConfigError(
                f"anchors or positives stand in a column called {name!r}, a name that the result needs",
                accepted="any other name",
                fix=f'dataset.rename_column("{name}", "text")',
            )


def _triplets(mined: Mined, with_scores: bool) -> Columns:
    ids_Pn, scores_Pn = mined.negative_ids[mined.pairs.anchor_ids], mined.negative_scores[mined.pairs.anchor_ids]
    pairs_R, places_R = np.nonzero(ids_Pn >= 0)
    columns = _pair_columns(mined, pairs_R)
    columns["negative"] = "string", _passages(mined, ids_Pn[pairs_R, places_R])
    if with_scores:
        both = np.stack([mined.positive_scores[pairs_R], scores_Pn[pairs_R, places_R]], axis=1)
        columns["scores"] = "[float64]", both.tolist()
    return columns


def _tuples(mined: Mined, with_scores: bool) -> Columns:
    wanted = mined.negative_ids.shape[1]
    pairs_R = np.flatnonzero(mined.counts[mined.pairs.anchor_ids] == wanted)
    anchors_R = mined.pairs.anchor_ids[pairs_R]
    columns = _pair_columns(mined, pairs_R)
    for place in range(wanted):
        columns[f"negative_{place + 1}"] = "string", _passages(mined, mined.negative_ids[anchors_R, place])
    if with_scores:
        scores = np.concatenate([mined.positive_scores[pairs_R, None], mined.negative_scores[anchors_R]], axis=1)
        columns["scores"] = "[float64]", scores.tolist()
    return columns


def _labeled_pairs(mined: Mined, with_scores: bool) -> Columns:
    pairs = mined.pairs
    anchors, places = np.nonzero(mined.negative_ids >= 0)
    anchor_ids = np.concatenate([pairs.anchor_ids, anchors])
    passage_ids = np.concatenate([pairs.positive_ids, mined.negative_ids[anchors, places]])
    labels = np.concatenate([np.ones(len(pairs.anchor_ids), np.int64), np.zeros(len(anchors), np.int64)])
    scores = np.concatenate([mined.positive_scores, mined.negative_scores[anchors, places]])
    order_R = np.lexsort((-labels, anchor_ids))
    columns: Columns = {
        pairs.columns[0]: ("string", _anchors(mined, anchor_ids[order_R])),
        pairs.columns[1]: ("string", _passages(mined, passage_ids[order_R])),
    }
    if with_scores:
        return {**columns, "score": ("float64", scores[order_R].tolist())}
    return {**columns, "label": ("int64", labels[order_R].tolist())}


def _labeled_lists(mined: Mined, with_scores: bool) -> Columns:
    pairs, counts = mined.pairs, mined.counts
    rows_R = np.flatnonzero(counts[pairs.anchor_ids] > 0)
    anchors_R = pairs.anchor_ids[rows_R]
    sizes_R = counts[anchors_R] + 1
    ids = np.concatenate([pairs.positive_ids[rows_R, None], mined.negative_ids[anchors_R]], axis=1)
    scores = np.concatenate([mined.positive_scores[rows_R, None], mined.negative_scores[anchors_R]], axis=1)
    columns: Columns = {
        pairs.columns[0]: ("string", _anchors(mined, anchors_R)),
        pairs.columns[1]: ("[string]", (list(_passages(mined, some)) for some in _beginnings(ids, sizes_R))),
    }
    if with_scores:
        return {**columns, "scores": ("[float64]", (some.tolist() for some in _beginnings(scores, sizes_R)))}
    return {**columns, "labels": ("[int64]", ([1] + [0] * (size - 1) for size in sizes_R.tolist()))}


_FORMS: dict[str, Callable[[Mined, bool], Columns]] = {
    "triplet": _triplets,
    "n-tuple": _tuples,
    "labeled-pair": _labeled_pairs,
    "labeled-list": _labeled_lists,
}


def _columns(mined: Mined, form: OutputFormat, with_scores: bool) -> Iterator[Columns]:
    for first in range(0, len(mined.pairs.anchors), _ANCHORS):
        yield _FORMS[form](mined.part(first, first + _ANCHORS), with_scores)


def _pair_columns(mined: Mined, pairs_R: Ids) -> Columns:
    pairs = mined.pairs
    return {
        pairs.columns[0]: ("string", _anchors(mined, pairs.anchor_ids[pairs_R])),
        pairs.columns[1]: ("string", _passages(mined, pairs.positive_ids[pairs_R])),
    }


def _anchors(mined: Mined, ids: Ids) -> Iterator[str]:
    return map(mined.pairs.anchors.__getitem__, ids.tolist())


def _passages(mined: Mined, ids: Ids) -> Iterator[str]:
    return map(mined.pairs.passages.__getitem__, ids.tolist())


def _beginnings(rows: np.ndarray, sizes: Ids) -> Iterator[np.ndarray]:
    return (row[:size] for row, size in zip(rows, sizes.tolist(), strict=True))


def _feature(datasets: Any, kind: str) -> Any:
    value = datasets.Value(kind.strip("[]"))
    return datasets.Sequence(value) if kind.startswith("[") else value
