"""The `threads` setting of indexes. Knows no engine."""

from __future__ import annotations

from likewise.search.arguments import at_least_one


def check_threads(threads: int | None) -> int | None:
    """Check the setting.

    Args:
        threads: Threads that an engine may use, at least 1, or None for all processors.

    Returns:
        The same.

    Raises:
        InputError: If it is below 1.

    Example:
        >>> check_threads(2)
        2
    """
    return None if threads is None else at_least_one(threads, "threads")
