"""What a data set of anchors and positives says: each text once, and which passages belong to which anchor.

Knows columns and texts. Does not know models.

Legend: A anchors, M passages, P pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from likewise.errors import ConfigError, InputError, InputTypeError
from likewise.search.top_k import Ids

_FIX = 'mine_hard_negatives(dataset, model, anchor_column_name="question", positive_column_name="answer")'


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorPairs:
    """Anchors, passages, and the pairs of them that are positive.

    Args:
        columns: Names of the two columns.
        anchors: A texts, each once, in the order in which they appear.
        passages: M texts, each once: the corpus, then the positives that it lacks.
        anchor_ids: Anchor of each pair, (P,), ascending.
        positive_ids: Passage of each pair, (P,); the pairs of an anchor in the order in which they appear, each once.
        most_rows: The largest number of rows of an anchor in the data set.
    """

    columns: tuple[str, str]
    anchors: list[str]
    passages: list[str]
    anchor_ids: Ids
    positive_ids: Ids
    most_rows: int


def read_pairs(dataset: Any, columns: tuple[str | None, str | None], corpus: Iterable[str] | None) -> AnchorPairs:
    """Read a data set.

    Args:
        dataset: A `datasets.Dataset`.
        columns: Names of the columns of anchors and of positives, None where the caller named none.
        corpus: Texts that may be negatives, beside the positives; None for no others.

    Returns:
        What it says.

    Raises:
        ConfigError: If it cannot be told which columns are meant, or there is no such column.
        InputError: If there are no rows, or a text is missing.
        InputTypeError: If this is no data set with rows by number, or something is no text.
    """
    if not isinstance(getattr(dataset, "column_names", None), list) or not hasattr(dataset, "__len__"):
        raise InputTypeError(
            f"dataset is a {type(dataset).__name__}",
            accepted="a datasets.Dataset",
            fix='dataset["train"] of a DatasetDict, or datasets.Dataset.from_list(list(dataset))',
        )
    anchor_name, positive_name = choose_columns(dataset.column_names, columns)
    if not len(dataset):
        raise InputError("the data set has no rows", accepted="at least one pair of anchor and positive")
    anchors = _texts(dataset[anchor_name], f"column {anchor_name!r}")
    positives = _texts(dataset[positive_name], f"column {positive_name!r}")
    passages = list(dict.fromkeys([*_texts(() if corpus is None else corpus, "corpus"), *positives]))
    number_of_passage = {text: number for number, text in enumerate(passages)}
    number_of_anchor = {text: number for number, text in enumerate(dict.fromkeys(anchors))}
    pairs = np.array(
        [
            (number_of_anchor[anchor], number_of_passage[positive])
            for anchor, positive in dict.fromkeys(zip(anchors, positives, strict=True))
        ],
        np.int64,
    )
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    return AnchorPairs(
        columns=(anchor_name, positive_name),
        anchors=list(number_of_anchor),
        passages=passages,
        anchor_ids=pairs[:, 0],
        positive_ids=pairs[:, 1],
        most_rows=max(Counter(anchors).values()),
    )


def choose_columns(there: Sequence[str], named: tuple[str | None, str | None]) -> tuple[str, str]:
    """Find out which columns hold anchors and positives.

    Args:
        there: The columns of the data set, in order.
        named: What the caller said.

    Returns:
        The two names. Without a word of the caller "anchor" and "positive", else the only two columns.

    Raises:
        ConfigError: If this does not say it, or there is no such column.

    Example:
        >>> choose_columns(["question", "answer"], (None, None))
        ('question', 'answer')
    """
    unknown = [name for name in named if name is not None and name not in there]
    if unknown:
        raise ConfigError(f"the data set has no column {unknown[0]!r}", accepted=f"one of {list(there)}", fix=_FIX)
    if named == (None, None):
        if {"anchor", "positive"} <= set(there):
            return "anchor", "positive"
        if len(there) == 2:
            return there[0], there[1]
    rest = [name for name in there if name not in named]
    chosen = [name if name is not None else rest[0] for name in named if name is not None or len(rest) == 1]
    if len(chosen) < 2 or chosen[0] == chosen[1]:
        raise ConfigError(
            f"columns {list(there)} do not say which hold anchors and positives (named were {named})",
            accepted="two columns, or columns 'anchor' and 'positive', or the names of both",
            fix=_FIX,
        )
    return chosen[0], chosen[1]


def _texts(values: Iterable[Any], where: str) -> list[str]:
    if isinstance(values, str):
        raise InputTypeError(f"{where} is one text", accepted="a list of texts", fix=f"[{where}]")
    texts = list(values)
    for row, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputTypeError(f"{where}, row {row}, holds {text!r}", accepted="a text", fix="leave the row out")
    return texts
