"""The progress bar of a call, on stderr, counting inputs. Knows the documented rule for when it is shown."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from likewise.encoding.report import logger


def is_shown(show: bool | None) -> bool:
    """Decide whether the bar is shown.

    Args:
        show: What the caller said; None leaves it to the logger of this package.

    Returns:
        The caller's word, else whether the logger's level is INFO or DEBUG.

    Example:
        >>> is_shown(False), is_shown(True)
        (False, True)
    """
    if show is not None:
        return bool(show)
    return logger.getEffectiveLevel() in (logging.INFO, logging.DEBUG)


@contextmanager
def progress(total: int | None, show: bool | None) -> Iterator[Callable[[int], object]]:
    """Show a bar for the length of a `with` block.

    Args:
        total: Inputs of the call; None if that is not known.
        show: As in `is_shown`.

    Yields:
        A function to call with the number of inputs that were done since.
    """
    if not is_shown(show):
        yield lambda count: None
        return
    from tqdm.auto import tqdm

    with tqdm(total=total, desc="Encoding", unit=" inputs", unit_scale=True) as bar:
        yield bar.update
