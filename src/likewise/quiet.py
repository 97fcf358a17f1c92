"""Less output: progress bars that stay hidden, and log messages held back for a while. Does not know what is logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, final

from tqdm.auto import tqdm


@final
class disabled_tqdm(tqdm):  # type: ignore[type-arg]  # noqa: N801 - the documented name
    """A progress bar that shows nothing, for functions that take a class of progress bars.

    Args:
        *args: What tqdm takes.
        **kwargs: What tqdm takes; `disable` has no effect.

    Example:
        >>> list(disabled_tqdm([1, 2]))
        [1, 2]
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "disable": True})


@contextmanager
def disable_logging(highest_level: int = logging.CRITICAL) -> Iterator[None]:
    """Hold back log messages, in the whole process, within a `with` block.

    Args:
        highest_level: Messages up to this level are held back.

    Yields:
        Nothing. The level that was set before is set again at the end, whatever happens.

    Example:
        >>> with disable_logging(logging.WARNING):
        ...     logging.getLogger().isEnabledFor(logging.WARNING)
        False
    """
    before = logging.root.manager.disable
    logging.disable(highest_level)
    try:
        yield
    finally:
        logging.disable(before)
