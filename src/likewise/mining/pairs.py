"""What a data set of anchors and positives says: each text once, and which passages belong to which anchor.

Knows columns and texts. Does not know models.

Legend: A anchors, M passages, P pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, final

import numpy as np

from likewise.errors import ConfigError, InputError, InputTypeError
from likewise.mining.picked_texts import PickedTexts
from likewise.mining.text_numbers import digests, in_order_of_appearance
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
        own_ids: Passage with the text of each anchor, (A,); -2 where there is none.
        anchor_ids: Anchor of each pair, (P,), ascending.
        positive_ids: Passage of each pair, (P,); the pairs of an anchor in the order in which they appear, each once.
        most_rows: The largest number of rows of an anchor in the data set.
    """

    columns: tuple[str, str]
    anchors: Sequence[str]
    passages: Sequence[str]
    own_ids: Ids
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
    found = pairs_of(
        (anchor_name, positive_name), anchors, positives, _texts(() if corpus is None else corpus, "corpus")
    )
    return replace(found, anchors=list(found.anchors), passages=list(found.passages))


def pairs_of(
    columns: tuple[str, str], anchors: Sequence[str], positives: Sequence[str], corpus: Sequence[str]
) -> AnchorPairs:
    """Tell which texts are the same.

    Args:
        columns: Names of the two columns.
        anchors: Anchor of each row, at least one.
        positives: Positive of each row.
        corpus: Texts that may be negatives, beside the positives.

    Returns:
        The pairs. Its texts are read from the arguments when they are asked for; memory holds numbers alone.
    """
    numbers, first_rows = in_order_of_appearance(digests(chain(corpus, positives, anchors)))
    positive_numbers, anchor_numbers = np.split(numbers[len(corpus) :], 2)
    passages = int(np.searchsorted(first_rows, len(corpus) + len(positives)))
    anchor_ids, anchor_rows = in_order_of_appearance(anchor_numbers)
    own_ids = anchor_numbers[anchor_rows]
    _, pair_rows = in_order_of_appearance(anchor_ids * passages + positive_numbers)
    pair_rows = pair_rows[np.argsort(anchor_ids[pair_rows], kind="stable")]
    return AnchorPairs(
        columns=columns,
        anchors=PickedTexts([anchors], anchor_rows),
        passages=PickedTexts([corpus, positives], first_rows[:passages]),
        own_ids=np.where(own_ids < passages, own_ids, -2),
        anchor_ids=anchor_ids[pair_rows],
        positive_ids=positive_numbers[pair_rows],
        most_rows=int(np.bincount(anchor_ids).max()),
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
