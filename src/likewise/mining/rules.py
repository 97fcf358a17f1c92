"""What counts as a hard negative: the numbers that a caller gives, checked together. Does not know texts or vectors."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, final, get_args

from likewise.errors import ConfigError, InputError, InputTypeError
from likewise.search.arguments import at_least_one, one_of, real_number

OutputFormat: TypeAlias = Literal["triplet", "n-tuple", "labeled-pair", "labeled-list"]
SamplingStrategy: TypeAlias = Literal["top", "random"]

_SEARCHED = 10  # so many candidates for each negative, if some of them may be turned down


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NegativeRules:
    """Which candidates become negatives.

    Args:
        num_negatives: Most negatives of an anchor, at least 1.
        range_min: How many of the best admissible candidates are passed over, at least 0.
        range_max: How many candidates are looked at, besides positives; None for as many as seem to be needed.
        max_score: Highest score of a negative.
        min_score: Lowest score of a negative.
        absolute_margin: By how much a negative stays below every positive of its anchor.
        relative_margin: The same, as a share of the positive's score.
        sampling_strategy: "top" takes the best that are left, "random" any.
        include_positives: Whether positives count as candidates, too.
        rescored: Whether candidates are scored again by another model.

    Raises:
        ConfigError: If they contradict each other.
        InputError: If one is out of its range.
        InputTypeError: If one has the wrong type.

    Example:
        >>> NegativeRules(num_negatives=2, max_score=0.9).depth(1)
        22
    """

    num_negatives: int = 3
    range_min: int = 0
    range_max: int | None = None
    max_score: float | None = None
    min_score: float | None = None
    absolute_margin: float | None = None
    relative_margin: float | None = None
    sampling_strategy: SamplingStrategy = "top"
    include_positives: bool = False
    rescored: bool = False

    def __post_init__(self) -> None:
        at_least_one(self.num_negatives, "num_negatives")
        _at_least_zero(self.range_min, "range_min")
        if self.range_max is not None:
            at_least_one(self.range_max, "range_max")
            if self.range_max - self.range_min < self.num_negatives:
                raise ConfigError(
                    f"range_min={self.range_min} and range_max={self.range_max} leave "
                    f"{max(0, self.range_max - self.range_min)} candidates for num_negatives={self.num_negatives}",
                    accepted="range_max - range_min >= num_negatives",
                    fix=f"range_max={self.range_min + self.num_negatives}",
                )
        for name in ("max_score", "min_score", "absolute_margin", "relative_margin"):
            if getattr(self, name) is not None:
                real_number(getattr(self, name), name)
        if self.min_score is not None and self.max_score is not None and self.min_score > self.max_score:
            raise ConfigError(
                f"min_score={self.min_score} is above max_score={self.max_score}", accepted="min_score <= max_score"
            )
        one_of(self.sampling_strategy, get_args(SamplingStrategy), "sampling_strategy")

    def depth(self, most_rows: int) -> int:
        """How many passages are looked for, positives among them.

        Args:
            most_rows: The largest number of rows of an anchor.

        Returns:
            The number.
        """
        if self.range_max is not None:
            return self.range_max + most_rows
        limits = (self.max_score, self.min_score, self.absolute_margin, self.relative_margin)
        choosy = self.rescored or any(limit is not None for limit in limits)
        wanted = self.num_negatives * (_SEARCHED if choosy else 1)
        return self.range_min + wanted + 2 * most_rows


def _at_least_zero(value: Any, name: str) -> None:
    try:
        number = operator.index(value)
    except TypeError as error:
        raise InputTypeError(f"{name}={value!r}", accepted="an integer of at least 0") from error
    if number < 0:
        raise InputError(f"{name}={number}", accepted="an integer of at least 0", fix=f"{name}=0")
