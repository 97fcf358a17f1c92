"""What is checked of the data before the first step, so that nothing fails or trains wrongly an hour later."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from torch import nn

from likewise.errors import ConfigError, InputError, InputTypeError
from likewise.losses.roles import Label, Roles
from likewise.training.column_scan import pieces_to_check
from likewise.training.columns import Binding, bind, id_columns

logger = logging.getLogger(__name__)


def named(value: Any) -> dict[str, Any]:
    """One data set (or loss) under the name "", several under their own."""
    return dict(value) if isinstance(value, Mapping | nn.ModuleDict) else {"": value}


def roles_of(loss: Any) -> Roles | None:
    """What a loss takes; None for a loss that does not say."""
    roles = getattr(loss, "roles", None)
    return roles if isinstance(roles, Roles) else None


def column_names(dataset: Any) -> list[str]:
    """Names of a data set's columns; a stream that does not know them is asked for its first row."""
    names = getattr(dataset, "column_names", None)
    if names is None:
        row = next(iter(dataset), None)
        names = list(row) if isinstance(row, Mapping) else []
    return [name for name in names if name != "dataset_name"]


def check_names(datasets: Any, losses: Any, what: str) -> None:
    """Compare the names of data sets with those of losses.

    Args:
        datasets: One data set, or several by name.
        losses: One loss, or several by name.
        what: "train" or "eval", for the message.

    Raises:
        ConfigError: If losses have names and data sets do not, a data set has no loss, or there is no data set.
    """
    if isinstance(datasets, Mapping) and not datasets:
        raise ConfigError(f"an empty dictionary of {what} data sets", accepted="at least one data set, or None")
    if not isinstance(losses, Mapping | nn.ModuleDict):
        return
    if not isinstance(datasets, Mapping):
        raise ConfigError(
            f"losses for {sorted(losses)}, but one {what} data set without a name",
            accepted="one loss, or a dictionary of data sets with these names",
        )
    missing = sorted(set(datasets) - set(losses))
    if missing:
        raise ConfigError(
            f"no loss for the {what} data set {missing[0]!r}",
            accepted=f"a loss for each of {sorted(datasets)}; there are losses for {sorted(losses)}",
        )


def check_dataset(name: str, dataset: Any, loss: Any, label_columns: Sequence[str], *, pairs: bool = False) -> Binding:
    """Check one data set against its loss, and say which column is what.

    Args:
        name: Its name, "" if it has none.
        dataset: The data.
        loss: Its loss.
        label_columns: Names that a label column may have.
        pairs: Whether the inputs are for a model of pairs: texts, and lists of texts where the loss takes lists. Its
            losses say themselves which numbers can be labels.

    Returns:
        The binding.

    Raises:
        InputError: If it is empty, has no input column, or holds values that the loss cannot take.
        ConfigError: If the loss cannot be fed with its columns.
    """
    where = f"data set {name!r}" if name else "the data set"
    if _size(dataset) == 0:
        raise InputError(f"{where} is empty", accepted="at least one row")
    if isinstance(dataset, Iterator):
        raise InputError(
            f"{where} is a {type(dataset).__name__}, which can be read once only",
            accepted="data that can be read again and again",
            fix="datasets.IterableDataset.from_generator(...)",
        )
    columns = column_names(dataset)
    roles = roles_of(loss)
    binding = bind(columns, roles, label_columns)
    if not binding.inputs:
        raise InputError(f"{where} has the columns {columns}", accepted="at least one column to embed")
    identifiers = id_columns(binding)
    if identifiers:
        logger.warning(
            "%s: %r is trained on as a text (%s); dataset.remove_columns(%r) takes it out",
            where,
            identifiers[0],
            binding,
            identifiers[0],
        )
    kind = Label.SCORE if roles is None else roles.label
    label = None if binding.label in binding.unused else binding.label
    strict = roles is not None and not pairs
    lists = roles.lists if roles is not None else ()
    for first, columns_N in pieces_to_check(
        dataset, binding.inputs, label, lambda numbers: _all_fine(numbers, kind, strict)
    ):
        for column in binding.inputs:
            _check_inputs(where, column, columns_N[column], first)
        if pairs:
            for column, role in zip(binding.inputs, binding.roles, strict=False):
                _check_texts(where, column, columns_N[column], first, lists=role in lists)
        if label is not None:
            _check_labels(where, label, columns_N[label], kind, first, strict=strict)
    return binding


def _size(dataset: Any) -> int | None:
    try:
        return len(dataset)
    except TypeError:
        return None


def _check_inputs(where: str, column: str, values: Sequence[Any], first: int) -> None:
    if values and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        raise InputError(
            f"{where}: the column {column!r} holds numbers, such as {values[0]!r}",
            accepted="texts to embed, and a label column called 'label' or 'score'",
            fix=f"dataset.rename_column({column!r}, 'label'), or dataset.remove_columns({column!r})",
        )
    for row, value in enumerate(values, first):
        if value is None:
            raise InputError(
                f"{where}: row {row} has no {column!r}",
                accepted="a text in every input column",
                fix=f"dataset.filter(lambda row: row[{column!r}] is not None)",
            )


def _check_texts(where: str, column: str, values: Sequence[Any], first: int, *, lists: bool) -> None:
    for row, value in enumerate(values, first):
        if not (_is_list_of_texts(value) if lists else isinstance(value, str)):
            raise InputTypeError(
                f"{where}: row {row}: {column}={value!r}"[:300],
                accepted=f"{'a list of texts, at least one,' if lists else 'a text'} in every row",
                fix=f"dataset.filter(lambda row: row[{column!r}])" if lists and not value else "",
            )


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(text, str) for text in value)


def _check_labels(where: str, column: str, values: Iterable[Any], kind: Label, first: int, *, strict: bool) -> None:
    for row, value in enumerate(values, first):
        flat = list(_flat(value))
        problem = next((p for p in (_problem(each, kind, strict) for each in flat) if p), "")
        if problem:
            raise InputError(
                f"{where}: row {row}: {column}={value!r}: {problem}"[:300], accepted=f"{kind.value} in every row"
            )


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for part in value:
            yield from _flat(part)
    else:
        yield value


def _all_fine(numbers: np.ndarray, kind: Label, strict: bool) -> bool:
    """Whether `_problem` finds nothing in any of these."""
    fine = np.isfinite(numbers).all()
    if strict and kind is Label.CLASS:
        fine = fine and ((numbers == np.floor(numbers)) & (numbers >= 0)).all()
    if strict and kind is Label.BINARY:
        fine = fine and np.isin(numbers, (0.0, 1.0)).all()
    return bool(fine)


def _problem(value: Any, kind: Label, strict: bool) -> str:
    if value is None or isinstance(value, str):
        return "no number"
    try:
        number = float(value)
    except (TypeError, ValueError):
        return ""
    if not math.isfinite(number):
        return "not finite"
    if strict and kind is Label.CLASS and (number != int(number) or number < 0):
        return "not a class number"
    if strict and kind is Label.BINARY and number not in (0.0, 1.0):
        return "neither 0 nor 1"
    return ""
