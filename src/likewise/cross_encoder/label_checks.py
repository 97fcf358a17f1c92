"""Lets a loss say, of all rows and before the first step, which labels it could not take. Trains nothing.

Legend: B rows of a piece, N pairs of all rows, L outputs of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from likewise.cross_encoder.losses.logits import number_of_outputs
from likewise.cross_encoder.losses.loss import CrossEncoderLoss
from likewise.errors import InputError
from likewise.training.column_scan import all_rows
from likewise.training.columns import Binding

ROWS = 256


def check_labels(
    where: str, dataset: Any, binding: Binding, loss: CrossEncoderLoss, collate_labels: Callable[[list[Any]], Any]
) -> None:
    """Compute the loss of scores that are all 0 for all rows; no text is read.

    Args:
        where: What the data set is called in messages.
        dataset: The data; of a stream only the first rows.
        binding: Which column is what.
        loss: The loss.
        collate_labels: Labels of rows to those of a batch.

    Raises:
        InputError: If the loss refuses a row: a class that the model has no output for, a label outside the range of
            the loss, lists of different lengths.
        ConfigError: If the loss does not fit the model.
    """
    label = binding.label
    if label is None or label in binding.unused:
        return
    lists = [column for column, role in zip(binding.inputs, binding.roles, strict=True) if role in loss.roles.lists]

    def refusal(values: Mapping[str, Sequence[Any]], rows: slice) -> InputError | None:
        labels = list(values[label][rows])
        columns = [
            [[""] * len(each) for each in values[column][rows]] if column in lists else [""] * len(labels)
            for column in binding.inputs
        ]
        try:
            _loss_of_zeros(loss, columns, collate_labels(labels))
        except InputError as error:
            return error
        return None

    for first, values in all_rows(dataset, [*lists, label], ROWS):
        whole = refusal(values, slice(None))
        if whole is None:
            continue
        for at, value in enumerate(values[label]):
            error = refusal(values, slice(at, at + 1))
            if error is not None:
                raise InputError(
                    f"{where}: row {first + at}: {label}={value!r}"[:200] + f": {error.received}",
                    accepted=error.accepted,
                    fix=error.fix,
                )
        last = first + len(values[label]) - 1
        raise InputError(f"{where}: rows {first} to {last}: {whole.received}", accepted=whole.accepted, fix=whole.fix)


def _loss_of_zeros(loss: CrossEncoderLoss, columns: Sequence[Sequence[Any]], labels: Any) -> None:
    found = loss.candidates(columns)
    device = next((each.device for each in loss.parameters()), torch.device("cpu"))
    outputs = number_of_outputs(loss.model) or 1
    with torch.no_grad():
        loss.objective(torch.zeros(len(found.pairs), outputs, device=device), found.counts, labels)
