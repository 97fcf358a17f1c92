"""The named parts of a loss, averaged until they are logged. Knows numbers only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor


@final
class LossParts:
    """Running means of the parts of a loss.

    Example:
        >>> parts = LossParts()
        >>> for value in (1.0, 3.0):
        ...     parts.add({"kl": torch.tensor(value)}, training=True)
        >>> parts.means(), parts.means()
        ({'kl': 2.0}, {})
    """

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}
        self._not_finite = torch.zeros((), dtype=torch.int64)

    def add(self, parts: Mapping[str, Tensor], *, training: bool) -> None:
        """Note the parts of one batch.

        Args:
            parts: Name to scalar.
            training: Whether the batch is trained on; others do not count.
        """
        if not training:
            return
        for name, value in parts.items():
            value = value.detach().float()
            self._sums[name] = self._sums[name] + value if name in self._sums else value
            self._counts[name] = self._counts.get(name, 0) + 1

    def watch(self, loss: Tensor) -> None:
        """Count a loss that is not finite; transformers would log another number in its place.

        Args:
            loss: A scalar.
        """
        self._not_finite = self._not_finite + ~torch.isfinite(loss.detach())

    def not_finite(self) -> int:
        """How many losses were not finite since the last call."""
        number, self._not_finite = int(self._not_finite), torch.zeros((), dtype=torch.int64)
        return number

    def means(self) -> dict[str, float]:
        """The means since the last call.

        Returns:
            Name to mean.
        """
        means = {name: float(total) / self._counts[name] for name, total in self._sums.items()}
        self._sums, self._counts = {}, {}
        return means
