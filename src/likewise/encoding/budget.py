"""How much work is taken on at once: tokens and rows of a batch, inputs tokenised together. Knows devices by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self, final

from likewise.encoding.options import EncodeOptions

# A batch that fills the caches of a CPU, and one that fills the units of an accelerator.
_TOKENS = {"cpu": 2048}
_TOKENS_ON_ACCELERATOR = 16384
# A batch size that the caller chose is meant for texts of about this length or shorter.
_TOKENS_PER_CHOSEN_ROW = 128
# Windows start small so that the model need not wait, and grow so that sorting finds inputs of equal size.
_FIRST_WINDOW = 2048
_LARGEST_WINDOW = 16384
_BATCHES_PER_WINDOW = 8


@final
@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one call.

    Args:
        max_tokens: Most tokens of a batch.
        max_rows: Most inputs of a batch, or None.
    """

    max_tokens: int
    max_rows: int | None

    @classmethod
    def of(cls, options: EncodeOptions, device_type: str) -> Self:
        """Derive the limits from what the caller chose and where the model is.

        Args:
            options: The caller's options.
            device_type: Such as "cpu" or "cuda".

        Returns:
            The limits.

        Example:
            >>> Budget.of(EncodeOptions(batch_size=16), "cpu")
            Budget(max_tokens=2048, max_rows=16)
        """
        if options.max_tokens is not None:
            return cls(options.max_tokens, options.batch_size)
        tokens = _TOKENS.get(device_type, _TOKENS_ON_ACCELERATOR)
        return cls(max(tokens, (options.batch_size or 0) * _TOKENS_PER_CHOSEN_ROW), options.batch_size)

    def windows(self, total: int) -> Iterator[range]:
        """Divide inputs into runs that are tokenised and sorted together.

        Args:
            total: How many inputs there are.

        Yields:
            Ranges that follow each other, from 0 to total.

        Example:
            >>> list(Budget(4096, None).windows(3000))
            [range(0, 2048), range(2048, 3000)]
        """
        least = _BATCHES_PER_WINDOW * (self.max_rows or 1)
        start, size = 0, max(_FIRST_WINDOW, least)
        while start < total:
            yield range(start, min(start + size, total))
            start += size
            size = max(min(2 * size, _LARGEST_WINDOW), least)
