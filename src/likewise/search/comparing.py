"""How far a comparison of rows is, shown as a bar. Knows counts of pairs, not how they are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

Advance: TypeAlias = Callable[[int], object]


def ignore(pairs: int) -> None:
    """Show nothing.

    Args:
        pairs: How many more pairs of rows have been compared.
    """


@contextmanager
def comparing(pairs: int, *, show: bool) -> Iterator[Advance]:
    """Show how many of some pairs have been compared.

    Args:
        pairs: Number of pairs of rows that are compared in all.
        show: Whether it is shown at all, on stderr.

    Yields:
        To be called with how many more pairs have been compared.

    Example:
        >>> with comparing(6, show=False) as advance:
        ...     advance(6)
    """
    if not show:
        yield ignore
        return
    from tqdm.auto import tqdm

    with tqdm(total=pairs, desc="Comparing", unit=" pairs", unit_scale=True) as bar:
        yield bar.update
