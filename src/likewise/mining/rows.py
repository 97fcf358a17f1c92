"""Mined negatives as columns of a data set, in each of the documented forms. Knows what was mined; does not mine.

Legend: A anchors, P pairs, R rows of the result, n negatives of an anchor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from likewise._optional import require
from likewise.errors import ConfigError
from likewise.mining.mined import Mined
from likewise.mining.rules import OutputFormat
from likewise.search.top_k import Ids

Columns: TypeAlias = dict[str, tuple[str, list[Any]]]
"""Name of a column: type of its values ("string", "int64", "float64", or a list of these as "[...]"), values."""


def as_dataset(mined: Mined, output_format: OutputFormat, *, with_scores: bool) -> Any:
    """Make a data set.

    Args:
        mined: Negatives.
        output_format: "triplet": a row for each pair and negative. "n-tuple": a row for each pair whose anchor has all
            its negatives. "labeled-pair": a row for each pair (label 1) and each negative of an anchor (label 0).
            "labeled-list": a row for each pair, with its positive and negatives as one list, and their labels.
        with_scores: Whether scores are given: with labels, in their place.

    Returns:
        A `datasets.Dataset`.

    Raises:
        ConfigError: If a column of the input has the name of one that is to be added.
    """
    datasets = require("datasets", extra="train")
    columns = _FORMS[output_format](mined, with_scores)
    features = {name: _feature(datasets, kind) for name, (kind, _) in columns.items()}
    values = {name: list_ for name, (_, list_) in columns.items()}
    return datasets.Dataset.from_dict(values, features=datasets.Features(features))


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
    texts: list[list[str]] = []
    scores: list[list[float]] = []
    for row in rows_R.tolist():
        anchor = int(pairs.anchor_ids[row])
        count = int(counts[anchor])
        texts.append(_passages(mined, np.append(pairs.positive_ids[row], mined.negative_ids[anchor, :count])))
        scores.append(np.append(mined.positive_scores[row], mined.negative_scores[anchor, :count]).tolist())
    columns: Columns = {
        pairs.columns[0]: ("string", _anchors(mined, pairs.anchor_ids[rows_R])),
        pairs.columns[1]: ("[string]", texts),
    }
    if with_scores:
        return {**columns, "scores": ("[float64]", scores)}
    return {**columns, "labels": ("[int64]", [[1] + [0] * (len(each) - 1) for each in texts])}


_FORMS: dict[str, Callable[[Mined, bool], Columns]] = {
    "triplet": _triplets,
    "n-tuple": _tuples,
    "labeled-pair": _labeled_pairs,
    "labeled-list": _labeled_lists,
}


def _pair_columns(mined: Mined, pairs_R: Ids) -> Columns:
    pairs = mined.pairs
    return {
        pairs.columns[0]: ("string", _anchors(mined, pairs.anchor_ids[pairs_R])),
        pairs.columns[1]: ("string", _passages(mined, pairs.positive_ids[pairs_R])),
    }


def _anchors(mined: Mined, ids: Ids) -> list[str]:
    return [mined.pairs.anchors[number] for number in ids.tolist()]


def _passages(mined: Mined, ids: Ids) -> list[str]:
    return [mined.pairs.passages[number] for number in ids.tolist()]


def _feature(datasets: Any, kind: str) -> Any:
    value = datasets.Value(kind.strip("[]"))
    return datasets.Sequence(value) if kind.startswith("[") else value
