"""The library's log messages and Python's warnings as lines on stderr, each kind once. Knows no command."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, final

from likewise.cli.console import Console


@final
class MessageHandler(logging.Handler):
    """Prints a message of each kind once, and counts those that follow.

    Long commands call the library many times; a warning that comes with every call would bury the others.

    Args:
        console: Where messages go.
    """

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console
        self._counts: dict[tuple[str, str], int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Print a log message.

        Args:
            record: The message.
        """
        self.show(record.levelname.lower(), record.getMessage(), (record.name, str(record.msg)))

    def show(self, level: str, text: str, kind: tuple[str, str]) -> None:
        """Print a message, unless one of its kind was printed.

        Args:
            level: Such as "warning".
            text: The message.
            kind: What makes two messages the same.
        """
        self._counts[kind] = self._counts.get(kind, 0) + 1
        if self._counts[kind] == 1:
            self._console.out.flush()
            self._console.err.write(f"likewise: {level}: {text}\n")

    def close(self) -> None:
        """Say how many messages were not printed."""
        repeated = sum(count - 1 for count in self._counts.values())
        if repeated:
            self._console.err.write(f"likewise: {repeated:,} more messages like these\n")
        self._counts.clear()
        super().close()


@contextmanager
def messages(console: Console, level: int) -> Iterator[None]:
    """Show the library's messages for the length of a command.

    Args:
        console: Where they go.
        level: Least level that is shown, such as `logging.WARNING`.

    Yields:
        Nothing.
    """
    logger = logging.getLogger("likewise")
    before = (logger.level, logger.propagate)
    handler = MessageHandler(console)
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False

    def show_warning(message: Warning | str, category: type[Warning], *args: Any, **kwargs: Any) -> None:
        del args, kwargs
        if level <= logging.WARNING:
            handler.show("warning", str(message), (category.__name__, str(message)))

    try:
        with warnings.catch_warnings():
            warnings.showwarning = show_warning
            yield
    finally:
        logger.removeHandler(handler)
        handler.close()
        logger.setLevel(before[0])
        logger.propagate = before[1]
