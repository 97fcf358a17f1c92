"""What a command prints and where: results on stdout, everything else on stderr. Knows no command."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TextIO, final


@final
@dataclass(frozen=True, slots=True)
class Console:
    """The two streams of one command, and how much is said.

    Args:
        out: Stream of the results.
        err: Stream of notes, warnings, progress and errors.
        json: Whether results are JSON, one object a line.
        quiet: Whether notes are left out.
        progress: Whether progress is shown; None shows it on a terminal.

    Example:
        >>> import sys
        >>> Console(sys.stdout, sys.stderr).line("3 texts")
        3 texts
    """

    out: TextIO
    err: TextIO
    json: bool = False
    quiet: bool = False
    progress: bool | None = None

    def line(self, text: str = "") -> None:
        """Print a line of the result.

        Args:
            text: The line, without its end.
        """
        self.out.write(f"{text}\n")

    def record(self, value: object) -> None:
        """Print one JSON object as a line of the result.

        Args:
            value: What `json` can write, without NaN and infinity.
        """
        self.line(json.dumps(value, ensure_ascii=False, allow_nan=False))

    def note(self, text: str) -> None:
        """Say something beside the result, unless quiet.

        Args:
            text: The line, without its end.
        """
        if not self.quiet:
            self.out.flush()
            self.err.write(f"{text}\n")
            self.err.flush()

    @property
    def shows_progress(self) -> bool:
        """Whether progress is shown."""
        if self.progress is not None:
            return self.progress
        return not self.quiet and self.err.isatty()


def printable(text: str, width: int | None = None) -> str:
    r"""Make a text safe and short enough for one line of a terminal.

    Args:
        text: Any text.
        width: Most characters; None keeps all.

    Returns:
        The text with white space as single spaces, control characters as U+FFFD, and "…" where it was cut.

    Example:
        >>> printable("one\n  two three", 9)
        'one two …'
    """
    if width is not None:
        text = text[: 8 * width]
    words = " ".join(text.split())
    clean = words if words.isprintable() else "".join(char if char.isprintable() else "\ufffd" for char in words)
    return clean if width is None or len(clean) <= width else f"{clean[: width - 1]}…"


def aligned(rows: list[tuple[Any, ...]], gap: str = "  ") -> list[str]:
    """Lay out rows in columns.

    Args:
        rows: Cells of each row, the same number in each.
        gap: What stands between columns.

    Returns:
        One line per row.

    Example:
        >>> aligned([("name", "likewise-mini"), ("dimension", 168)])
        ['name       likewise-mini', 'dimension  168']
    """
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]) if cells else 0)]
    return [gap.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
