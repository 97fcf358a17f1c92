"""Some texts of long sequences, read when they are asked for. Does not know what they are about."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, final

from likewise.search.top_k import Ids


@final
class PickedTexts(Sequence[str]):
    """Texts by their rows; memory holds the rows only.

    Args:
        sources: Sequences, whose rows are counted through.
        rows: Row of each text, (n,).

    Example:
        >>> import numpy as np
        >>> PickedTexts([["a", "b"], ["c"]], np.array([2, 0]))[0]
        'c'
    """

    def __init__(self, sources: Sequence[Sequence[str]], rows: Ids) -> None:
        self._sources, self._rows = sources, rows
        self._firsts = [0, *accumulate(map(len, sources))]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: Any) -> Any:
        """The text of a place from 0, or the texts of a slice."""
        if isinstance(place, slice):
            return PickedTexts(self._sources, self._rows[place])
        row = int(self._rows[place])
        source = bisect_right(self._firsts, row) - 1
        return self._sources[source][row - self._firsts[source]]
