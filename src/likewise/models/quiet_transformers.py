"""Runs code of transformers without its progress bars and reports, and turns its errors into ours. Loads nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from likewise.errors import CheckpointError, LikewiseError, MissingDependencyError

# The verbosity and the progress bars of transformers, and torch's default dtype while it builds a model, are global:
# one load at a time, so that each restores what it found.
_LOADING = threading.RLock()


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Silence transformers for the length of a block; afterwards everything is as it was.

    Yields:
        Nothing.
    """
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars
    from transformers.utils import logging as transformers_logging

    with _LOADING:
        verbosity = transformers_logging.get_verbosity()
        had_bars, had_hub_bars = transformers_logging.is_progress_bar_enabled(), not are_progress_bars_disabled()
        transformers_logging.disable_progress_bar()
        transformers_logging.set_verbosity(logging.CRITICAL)
        try:
            yield
        finally:
            transformers_logging.set_verbosity(verbosity)
            if had_bars:
                transformers_logging.enable_progress_bar()
            (enable_progress_bars if had_hub_bars else disable_progress_bars)()


@contextmanager
def translated_errors(where: Path, what: str) -> Iterator[None]:
    """Turn whatever a lower library raises into a `CheckpointError`, with the original as its cause.

    Args:
        where: The folder or file that is being read.
        what: What is being read, such as "the tokenizer".

    Yields:
        Nothing.

    Raises:
        CheckpointError: If the block raises anything but our own errors.
        MissingDependencyError: If the block needs a package that is not installed.
    """
    try:
        yield
    except (LikewiseError, MemoryError):
        raise
    except ImportError as error:
        raise MissingDependencyError(f"{where}: {what} needs a package that is not installed: {error}") from error
    except Exception as error:
        text = str(error).strip().split("\n")[0]
        raise CheckpointError(f"{where}: {what} cannot be loaded: {type(error).__name__}: {text}") from error
