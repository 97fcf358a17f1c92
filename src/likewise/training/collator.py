"""Rows to the tensors of one batch: tokenises column by column, with prompts and routes. Runs in the loader's workers.

Knows a function that tokenises, not a model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from likewise.errors import InputError
from likewise.training.columns import LABEL_COLUMNS
from likewise.training.prompts import Prompts, prompts_for

Tokenize = Callable[..., Mapping[str, Any]]


@dataclass
class SentenceTransformerDataCollator:
    """Makes a batch of rows: `<column>_input_ids`, `<column>_attention_mask`, ... for each column, and `label`.

    Args:
        tokenize_fn: Texts to features, such as `model.tokenize`.
        valid_label_columns: Names that a label column may have.
        router_mapping: Column to route, or data set to such a mapping, for models with a Router.
        prompts: Texts put before the texts of columns, see `prompts_for`.
        include_prompt_lengths: Whether the features say how long the prompt is, as pooling without prompts needs.
        columns: Data set ("" if there is one without a name) to its input columns, in the order of the loss's roles;
            for others, all columns are inputs, in their order.

    Example:
        >>> def tokenize(texts):
        ...     return {"input_ids": torch.tensor([[len(text)] for text in texts])}
        >>> collate = SentenceTransformerDataCollator(tokenize)
        >>> collate([{"anchor": "cat", "positive": "a cat", "label": 1.0}])
        {'anchor_input_ids': tensor([[3]]), 'positive_input_ids': tensor([[5]]), 'label': tensor([1.])}
    """

    tokenize_fn: Tokenize
    valid_label_columns: Sequence[str] = LABEL_COLUMNS
    router_mapping: Mapping[str, Any] = field(default_factory=dict)
    prompts: Prompts = None
    include_prompt_lengths: bool = True
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __call__(self, features: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Make a batch.

        Args:
            features: Rows, all of one data set.

        Returns:
            Name to tensor; `dataset_name`, a text, if the rows say so.

        Raises:
            InputError: If a column is missing in a row, or a value cannot be tokenised.
        """
        first = features[0]
        name = first.get("dataset_name")
        label = next((column for column in self.valid_label_columns if column in first), None)
        inputs = self.columns.get(name or "") or [c for c in first if c not in (label, "dataset_name")]
        prompts = prompts_for(self.prompts, name, inputs, tuple(each for each in self.columns if each))
        routes = self.router_mapping.get(name or "", self.router_mapping)
        batch: dict[str, Any] = {} if name is None else {"dataset_name": name}
        columns = {column: [self._value(row, column) for row in features] for column in inputs}
        options = {
            column: {
                key: value for key, value in (("prompt", prompts.get(column)), ("task", routes.get(column))) if value
            }
            for column in inputs
        }
        batch.update(self.inputs_of(columns, options, name))
        if label is not None:
            batch["label"] = self.labels_of([row[label] for row in features])
        return batch

    def inputs_of(
        self, columns: Mapping[str, list[Any]], options: Mapping[str, Mapping[str, Any]], dataset_name: str | None
    ) -> dict[str, Any]:
        """What a batch holds of its input columns.

        Args:
            columns: Column to its values, in the order of the loss's roles.
            options: Column to its `prompt` and `task`, where there are any.
            dataset_name: Name of the data set, if it has one.

        Returns:
            Name to tensor.
        """
        del dataset_name
        return {
            f"{column}_{key}": value
            for column, values in columns.items()
            for key, value in self.tokenize_fn(values, **options[column]).items()
            if key != "prompt_length" or self.include_prompt_lengths
        }

    def labels_of(self, values: list[Any]) -> Any:
        """The labels of a batch.

        Args:
            values: A label for each row.

        Returns:
            A tensor.
        """
        # Rows of a data set with the format "torch" or "numpy" hold tensors or arrays.
        if isinstance(values[0], torch.Tensor | np.ndarray):
            return torch.stack([torch.as_tensor(value) for value in values])
        return torch.tensor(values)

    @staticmethod
    def _value(row: Mapping[str, Any], column: str) -> Any:
        value = row.get(column)
        if value is None:
            raise InputError(
                f"a row without a value for {column!r}: {dict(row)!r}"[:300],
                accepted="a text in every input column",
                fix=f"dataset.filter(lambda row: row[{column!r}] is not None)",
            )
        return value


def columns_of(
    batch: Mapping[str, Any], ends: Sequence[str] = ("input_ids", "sentence_embedding", "pixel_values")
) -> list[str]:
    """The columns of a batch, in order.

    Args:
        batch: What a collator made.
        ends: A feature that every column has, one of these.

    Returns:
        Names of the columns.

    Example:
        >>> columns_of({"a_input_ids": 0, "a_b_input_ids": 0, "a_attention_mask": 0})
        ['a', 'a_b']
    """
    found = [name[: -len(end) - 1] for name in batch for end in ends if name.endswith(f"_{end}")]
    return list(dict.fromkeys(found))


def split_columns(batch: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The features of each column.

    Args:
        batch: What a collator made.

    Returns:
        One feature dictionary for each column, in order.

    Example:
        >>> split_columns({"a_input_ids": 1, "a_b_input_ids": 2, "a_b_attention_mask": 3, "label": 4})
        [{'input_ids': 1}, {'input_ids': 2, 'attention_mask': 3}]
    """
    columns = columns_of(batch)
    features: dict[str, dict[str, Any]] = {column: {} for column in columns}
    longest_first = sorted(columns, key=len, reverse=True)
    for name, value in batch.items():
        owner = next((column for column in longest_first if name.startswith(f"{column}_")), None)
        if owner is not None:
            features[owner][name[len(owner) + 1 :]] = value
    return list(features.values())
