"""Which column of the data is what to the loss: by name where names are roles, else by position, as documented.

Knows names and roles; looks at no row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from likewise.errors import ConfigError, InputError
from likewise.losses.roles import Label, Roles

LABEL_COLUMNS = ("label", "score", "labels", "scores")
_ID = re.compile(r"(^|[_-])(u?u?id|idx|index|key)s?$|[a-z]Id$", re.ASCII)
RESERVED = ("return_loss", "dataset_name")
_SAME = {"query": "anchor", "question": "anchor", "premise": "anchor", "answer": "positive", "passage": "positive"}
_SURE = ("anchor", "query", "positive", "negative")
_NUMBERED = re.compile(r"[_-]?\d+$")


@final
@dataclass(frozen=True, slots=True)
class Binding:
    """Which columns a loss is given, in the order of its roles.

    Args:
        inputs: The columns to embed.
        roles: What each is to the loss; empty for a loss that does not say.
        label: The label column, None if there is none.
        unused: Columns that the loss does not use.
    """

    inputs: tuple[str, ...]
    roles: tuple[str, ...] = ()
    label: str | None = None
    unused: tuple[str, ...] = ()

    def __str__(self) -> str:
        names = self.roles or self.inputs
        parts = [
            role if role == column else f"{role} <- {column}" for role, column in zip(names, self.inputs, strict=True)
        ]
        label = [f"label <- {self.label}"] if self.label and self.label not in self.unused else []
        unused = [f"not used: {', '.join(self.unused)}"] if self.unused else []
        return ", ".join([*parts, *label, *unused])


def bind(columns: Sequence[str], roles: Roles | None, label_columns: Sequence[str] = LABEL_COLUMNS) -> Binding:
    """Say which column is what.

    Args:
        columns: Names of the columns, in the order of the data.
        roles: What the loss takes; None for a loss that does not say, which is given all columns in their order.
        label_columns: Names that a label column may have.

    Returns:
        The binding.

    Raises:
        InputError: If names contradict the order that counts, or a name is reserved.
        ConfigError: If the loss cannot take so many columns, or needs a label that is not there.

    Example:
        >>> str(bind(["positive", "anchor"], Roles(("anchor", "positive"))))
        'anchor, positive'
        >>> str(bind(["question", "text", "label"], Roles(("first", "second"), label=Label.SCORE)))
        'first <- question, second <- text, label <- label'
    """
    reserved = [name for name in columns if name in RESERVED]
    if reserved:
        raise InputError(
            f"a column called {reserved[0]!r}",
            accepted="any other name; the trainer uses this one itself",
            fix=f"dataset.rename_column({reserved[0]!r}, {reserved[0] + '_column'!r})",
        )
    label = next((name for name in label_columns if name in columns), None)
    inputs = [name for name in columns if name != label]
    if roles is None:
        return Binding(tuple(inputs), label=label)
    label = _checked_label(label, roles, columns)
    wanted = roles.fit(len(inputs))
    if wanted is None:
        raise ConfigError(
            f"columns {inputs}",
            accepted=f"what the loss takes: {roles}",
            fix="dataset.select_columns([...]) with the columns to train on, in this order",
        )
    unused = (label,) if label is not None and roles.label is Label.NONE else ()
    return Binding(_ordered(inputs, wanted), wanted, label, unused)


def _checked_label(label: str | None, roles: Roles, columns: Sequence[str]) -> str | None:
    if label is None and roles.label is not Label.NONE and not roles.label_optional:
        raise ConfigError(
            f"columns {list(columns)}, none of them a label",
            accepted=f"what the loss takes: {roles}; a label column is called 'label' or 'score'",
            fix="dataset.rename_column(<yours>, 'label')",
        )
    return label


def _ordered(inputs: list[str], wanted: tuple[str, ...]) -> tuple[str, ...]:
    said = [_role_of(name) for name in inputs]
    meant = [_SAME.get(role, role) for role in wanted]
    if sorted(said) == sorted(meant):
        left = list(zip(said, inputs, strict=True))
        ordered = []
        for role in meant:
            entry = next(each for each in left if each[0] == role)
            left.remove(entry)
            ordered.append(entry[1])
        return tuple(ordered)
    for place, (name, role) in enumerate(zip(inputs, wanted, strict=True)):
        said_role, meant_role = _role_of(name), _SAME.get(role, role)
        if _NUMBERED.sub("", name) in _SURE and said_role != meant_role and said_role in (*meant, "negative"):
            raise InputError(
                f"the column {name!r} stands where the loss takes its {role}",
                accepted=f"columns in the order {', '.join(wanted)}, or with these names",
                fix=f"dataset.select_columns([...]) in that order, or rename {name!r} (column {place + 1} of {inputs})",
            )
    return tuple(inputs)


def _role_of(column: str) -> str:
    plain = _NUMBERED.sub("", column)
    return _SAME.get(plain, plain)


def id_columns(binding: Binding) -> list[str]:
    """Columns that are given to the loss as texts, and whose names are those of identifiers.

    Args:
        binding: The binding.

    Returns:
        Their names.

    Example:
        >>> id_columns(Binding(("anchor", "positive", "doc_id")))
        ['doc_id']
    """
    return [name for name in binding.inputs if _ID.search(name)]
