"""What a call has to tell once it is done: inputs that were cut, results that are no numbers. Knows positions only."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import final

import numpy as np

from likewise.encoding.options import EncodeOptions
from likewise.errors import TruncationError

logger = logging.getLogger("likewise.encoding")
_MOST_NAMED = 5


@final
@dataclass(slots=True)
class Report:
    """Gathers facts in the course of one call; belongs to that call alone.

    Args:
        options: Options of the call.
        max_length: Most tokens that the model reads, for the messages; None if it is not known.
        truncated: Positions of inputs that were cut.
        not_finite: Positions of inputs whose result holds NaN or infinity.
        too_wide: The width of the embeddings, where `truncate_dim` exceeds it.
    """

    options: EncodeOptions
    max_length: int | float | None
    truncated: list[int] = field(default_factory=list)
    not_finite: list[int] = field(default_factory=list)
    too_wide: int | None = None

    def add_truncated(self, positions: Iterable[int]) -> None:
        """Note inputs that were cut.

        Args:
            positions: Their positions in the call.

        Raises:
            TruncationError: If there are any and the caller asked for an error.
        """
        found = [int(at) for at in positions]
        if found and self.options.truncation == "error":
            verb = "input {} is" if len(found) == 1 else "inputs {} are"
            raise TruncationError(
                f"{verb.format(_named(found))} longer than {self._limit}",
                accepted="shorter inputs, as truncation='error' was asked for",
                fix="truncation='warn', or cut the texts into parts",
            )
        self.truncated += found

    def merge(self, other: Report) -> None:
        """Add the report on a part of the call.

        Args:
            other: The part's report, with positions in the whole call.
        """
        self.add_truncated(other.truncated)
        self.not_finite += other.not_finite
        self.too_wide = self.too_wide if other.too_wide is None else other.too_wide

    def at(self, positions: np.ndarray) -> Report:
        """Translate positions in a part to positions in the whole.

        Args:
            positions: int64 [n], for each input of the part its position in the whole call.

        Returns:
            A report on the whole.
        """
        return Report(
            self.options,
            self.max_length,
            positions[self.truncated].tolist() if self.truncated else [],
            positions[self.not_finite].tolist() if self.not_finite else [],
            self.too_wide,
        )

    def tell(self, total: int) -> None:
        """Log what there is to tell, once each.

        Args:
            total: Inputs of the call.
        """
        if self.truncated and self.options.truncation == "warn":
            logger.warning(
                "%d of %d inputs %s longer than %s and %s cut (%s)",
                len(self.truncated),
                total,
                "is" if len(self.truncated) == 1 else "are",
                self._limit,
                "was" if len(self.truncated) == 1 else "were",
                _named(self.truncated),
            )
        if self.not_finite:
            logger.warning(
                "the results of %d of %d inputs hold NaN or infinity (%s)",
                len(self.not_finite),
                total,
                _named(self.not_finite),
            )
        if self.too_wide is not None:
            logger.warning(
                "truncate_dim=%s, but the embeddings have only %d dimensions; all are kept",
                self.options.truncate_dim,
                self.too_wide,
            )

    @property
    def _limit(self) -> str:
        known = self.max_length is not None and self.max_length < float("inf")
        return f"{int(self.max_length or 0)} tokens" if known else "the model reads"


def _named(positions: list[int]) -> str:
    first = sorted(positions)[:_MOST_NAMED]
    more = len(positions) - len(first)
    return ", ".join(map(str, first)) + (f" and {more} more" if more else "")
