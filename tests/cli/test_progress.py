"""Progress: what it says, where, and how often."""

import io

import pytest

from likewise.cli.console import Console, aligned, printable
from likewise.cli.progress import Progress


class Clock:
    """Time that passes when told."""

    now = 100.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_rate_and_time_left():
    clock = Clock()
    progress = Progress(Console(io.StringIO(), io.StringIO()), clock=clock)
    clock.now += 4
    progress.advance(12_000, 0.4)

    assert progress.describe(0.4) == "12,000 texts, 40 %, 3,000 texts/s, 0:06 left"


def test_without_a_known_end_there_is_no_time_left():
    clock = Clock()
    progress = Progress(Console(io.StringIO(), io.StringIO()), clock=clock)
    clock.now += 2
    progress.advance(10, None)

    assert progress.describe(None) == "10 texts, 5 texts/s"


def test_long_times_have_hours():
    clock = Clock()
    progress = Progress(Console(io.StringIO(), io.StringIO()), clock=clock)
    clock.now += 60
    progress.advance(60, 0.01)

    assert progress.describe(0.01).endswith("1:39:00 left")


def test_a_terminal_shows_one_line_that_is_rewritten_and_cleared():
    clock, err = Clock(), Terminal()
    progress = Progress(Console(io.StringIO(), err), clock=clock)
    for _ in range(3):
        clock.now += 1
        progress.advance(10, None)
    progress.close()

    assert err.getvalue().count("\r10 texts") == 1
    assert "\n" not in err.getvalue()
    assert err.getvalue().endswith(" \r")


@pytest.mark.parametrize(("flag", "shown"), [(None, ""), (True, "30 texts, 5 texts/s\n"), (False, "")])
def test_elsewhere_it_shows_only_when_asked_and_every_five_seconds(flag, shown):
    clock, err = Clock(), io.StringIO()
    progress = Progress(Console(io.StringIO(), err, progress=flag), clock=clock)
    for _ in range(3):
        clock.now += 2
        progress.advance(10, None)

    assert err.getvalue() == shown


def test_quiet_shows_no_progress_on_a_terminal():
    assert not Console(io.StringIO(), Terminal(), quiet=True).shows_progress


def test_printable_keeps_one_line_and_its_width():
    assert printable("a\n\tb  c") == "a b c"
    assert printable("x" * 50, 10) == "x" * 9 + "…"
    assert printable("a\x1b[2Jb\x00") == "a\ufffd[2Jb\ufffd"
    assert len(printable("y" * 10_000_000, 20)) == 20


def test_columns_are_aligned():
    assert aligned([("a", "bbb", 1), ("aaa", "b", 22)]) == ["a    bbb  1", "aaa  b    22"]
    assert aligned([]) == []
