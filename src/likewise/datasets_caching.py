"""The cache of the `datasets` package, off for a while. Knows nothing else of that package."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def disable_datasets_caching() -> Iterator[None]:
    """Keep `datasets` from writing its cache within a `with` block; without that package there is nothing to do.

    Yields:
        Nothing. The cache is on again at the end if it was before, whatever happens.

    Example:
        >>> with disable_datasets_caching():
        ...     pass
    """
    if importlib.util.find_spec("datasets") is None:
        yield
        return
    datasets = importlib.import_module("datasets")
    was_on = datasets.is_caching_enabled()
    datasets.disable_caching()
    try:
        yield
    finally:
        if was_on:
            datasets.enable_caching()
