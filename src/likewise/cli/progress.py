"""How far a long command is, on stderr, with rate and time left. Knows counts and the clock, not what is counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import final

from likewise.cli.console import Console


@final
class Progress:
    """A line that is rewritten on a terminal, or one line every few seconds elsewhere.

    Args:
        console: Where it goes, and whether it is shown at all.
        unit: What is counted, in the plural.
        clock: Seconds, rising.
    """

    def __init__(self, console: Console, unit: str = "texts", clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._unit = unit
        self._clock = clock
        self._start = clock()
        self._shown = self._start
        self._rewrites = console.err.isatty()
        self._width = 0
        self.count = 0

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._start

    @property
    def rate(self) -> float:
        """How many a second, so far."""
        return self.count / max(self.seconds, 1e-9)

    def advance(self, count: int, fraction: float | None) -> None:
        """Tell that more is done.

        Args:
            count: How many more.
            fraction: Share of the whole that is done now, 0 to 1; None if the whole is not known.
        """
        self.count += count
        now = self._clock()
        if not self._console.shows_progress or now - self._shown < (0.1 if self._rewrites else 5.0):
            return
        self._shown = now
        self._write(self.describe(fraction))

    def describe(self, fraction: float | None) -> str:
        """Say how far it is.

        Args:
            fraction: Share of the whole that is done, or None.

        Returns:
            Such as "12,000 texts, 40 %, 3,000 texts/s, 0:06 left".
        """
        parts = [f"{self.count:,} {self._unit}"]
        if fraction is not None:
            parts.append(f"{fraction:.0%}".replace("%", " %"))
        parts.append(f"{self.rate:,.0f} {self._unit}/s")
        if fraction:
            parts.append(f"{_clock_time(self.seconds * (1 - fraction) / fraction)} left")
        return ", ".join(parts)

    def close(self) -> None:
        """Clear the line."""
        if self._width:
            self._console.err.write("\r" + " " * self._width + "\r")
            self._console.err.flush()
            self._width = 0

    def _write(self, text: str) -> None:
        err = self._console.err
        if self._rewrites:
            err.write(f"\r{text.ljust(self._width)}")
            self._width = max(self._width, len(text))
        else:
            err.write(f"{text}\n")
        err.flush()


def _clock_time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
