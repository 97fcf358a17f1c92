"""What a loss wants from the data: the roles of its columns, in the documented order, and the kind of its label."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import final


class Label(Enum):
    """Kinds of label.

    Example:
        >>> Label.SCORE.value
        'a number, such as a similarity'
    """

    NONE = "no label"
    SCORE = "a number, such as a similarity"
    BINARY = "0 or 1"
    CLASS = "an integer class"
    VECTOR = "one teacher vector for each row, or one for each row and column"
    MARGINS = "a number, or one for each negative"
    SCORES = "one number for each candidate"


@final
@dataclass(frozen=True, slots=True)
class Roles:
    """The columns that a loss takes.

    Args:
        columns: Roles of the columns that must be there, in order.
        more: Role of any further columns ("negative"), None if there must be none.
        label: Kind of the label.
        label_optional: Whether the data may lack the label.
        lists: Roles of the columns that hold a list in each row.

    Example:
        >>> Roles(("anchor", "positive"), more="negative").fit(4)
        ('anchor', 'positive', 'negative', 'negative')
    """

    columns: tuple[str, ...]
    more: str | None = None
    label: Label = Label.NONE
    label_optional: bool = False
    lists: tuple[str, ...] = ()

    def fit(self, number: int) -> tuple[str, ...] | None:
        """Name the roles of a number of columns.

        Args:
            number: How many columns there are, the label not counted.

        Returns:
            One role each, or None if the loss cannot take so many.
        """
        surplus = number - len(self.columns)
        if surplus < 0 or (surplus and self.more is None):
            return None
        return self.columns + (str(self.more),) * surplus

    def __str__(self) -> str:
        columns = [*self.columns, *([f"{self.more}, ..."] if self.more else [])]
        label = "" if self.label is Label.NONE else f" + label ({self.label.value})"
        return f"({', '.join(columns)}){label}"
