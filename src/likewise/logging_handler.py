"""Log messages that do not tear progress bars apart. Does not know what is logged."""

from __future__ import annotations

import logging
from typing import final

from tqdm.auto import tqdm


@final
class LoggingHandler(logging.Handler):
    """Writes log messages above the progress bars that are shown, instead of through them.

    Args:
        level: Messages below this level are left out.

    Example:
        >>> handler = LoggingHandler(logging.INFO)
        >>> logging.basicConfig(format="%(message)s", handlers=[handler])
    """

    def __init__(self, level: int = logging.NOTSET) -> None:
        super().__init__(level)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one message.

        Args:
            record: The message.
        """
        try:
            tqdm.write(self.format(record))
            self.flush()
        except Exception:  # the contract of logging: a message that cannot be written must not stop the program
            self.handleError(record)


def install_logger(
    given_logger: logging.Logger, level: int = logging.WARNING, fmt: str = "%(levelname)s:%(name)s:%(message)s"
) -> None:
    """Make a logger write through a `LoggingHandler`; one that was installed before is replaced.

    Args:
        given_logger: The logger.
        level: Messages below this level are left out.
        fmt: Format of a message, as in `logging.Formatter`.

    Example:
        >>> logger = logging.getLogger("likewise.example")
        >>> install_logger(logger, logging.INFO)
        >>> logger.isEnabledFor(logging.INFO)
        True
    """
    for handler in [each for each in given_logger.handlers if isinstance(each, LoggingHandler)]:
        given_logger.removeHandler(handler)
    handler = LoggingHandler()
    handler.setFormatter(logging.Formatter(fmt))
    given_logger.addHandler(handler)
    given_logger.setLevel(level)
