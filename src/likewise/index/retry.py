"""Trying again while a database is away, and what to say when it does not come back. Knows no engine."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, final

from likewise.errors import DatabaseError, InputError

T = TypeVar("T")
logger = logging.getLogger(__name__)


@final
@dataclass(frozen=True, slots=True)
class Retry:
    """How often and after which waits something is tried again.

    A wait is drawn between half and all of a length that doubles each time, so that many clients do not come back at
    the same moment.

    Args:
        attempts: How often at most, the first time included.
        first_s: Length of the first wait, in seconds.
        longest_s: Length that none exceeds, in seconds.
        sleep: What waits.
        draw: Draws a number of [0, 1).

    Raises:
        InputError: If `attempts` is below 1.

    Example:
        >>> waits = []
        >>> retry = Retry(3, sleep=waits.append, draw=lambda: 1.0)
        >>> retry.run(lambda attempt: 1 // attempt, lambda error: isinstance(error, ZeroDivisionError))
        1
        >>> waits
        [0.5]
    """

    attempts: int = 6
    first_s: float = 0.5
    longest_s: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    draw: Callable[[], float] = random.random

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise InputError(f"attempts={self.attempts}", accepted="an integer of at least 1")

    def run(self, work: Callable[[int], T], passes: Callable[[Exception], bool]) -> T:
        """Do something until it succeeds.

        Args:
            work: What to do; it gets the number of the attempt, from 0.
            passes: Whether an error may be gone the next time.

        Returns:
            What `work` returned.

        Raises:
            Exception: The error of the last attempt, or the first one that does not pass.
        """
        for attempt in range(self.attempts):
            try:
                return work(attempt)
            except Exception as error:
                if attempt + 1 == self.attempts or not passes(error):
                    raise
                wait_s = min(self.first_s * 2**attempt, self.longest_s) * (0.5 + self.draw() / 2)
                logger.warning("%s; attempt %d of %d in %.1f s", _line(error), attempt + 2, self.attempts, wait_s)
                self.sleep(wait_s)
        raise AssertionError


def unreachable(database: str, error: Exception) -> DatabaseError:
    """The error for a database that does not answer, or refuses.

    Args:
        database: Its name.
        error: What its client raised.

    Returns:
        The error, to be raised.
    """
    return DatabaseError(f"{database}: {type(error).__name__}: {_line(error)}", fix="see whether it is up, then again")


def arguments_again(ids: object, fields: object) -> str:
    """The arguments of an `add` that is to be called again for the rest.

    Args:
        ids: What the caller gave.
        fields: What the caller gave.

    Returns:
        Code, {} in the place of the slice.

    Example:
        >>> arguments_again([1, 2], None)
        'embeddings{}, ids{}'
    """
    given = ["embeddings{}"]
    if ids is not None:
        given.append("ids{}")
    if fields is not None:
        given.append("fields=fields{}")
    return ", ".join(given)


def load_interrupted(
    database: str, error: Exception, *, done: int, total: int, given: str, unsure: int = 0
) -> DatabaseError:
    """The error for a load that ended before its end.

    Args:
        database: Name of the database.
        error: What its client raised.
        done: How many vectors are in for certain.
        total: How many were to be added.
        given: What to pass again, as code with {} for the slice, from `arguments_again`.
        unsure: How many of the next ones may be in, too.

    Returns:
        The error, to be raised.

    Example:
        >>> error = load_interrupted("X", OSError("gone"), done=2, total=5, given="embeddings{}, ids{}")
        >>> print(error.fix)
        once it is up: index.add(embeddings[2:], ids[2:])
    """
    again = "index.add(" + given.replace("{}", f"[{done}:]") + ")"
    state = f"The first {done} of {total} vectors are in"
    if unsure:
        state += f", of the {unsure} after them any number"
        again = f"index.remove(ids[{done}:{done + unsure}]); {again}"
    else:
        state += ", the others are not"
    return DatabaseError(f"{database}: {type(error).__name__}: {_line(error)}. {state}", fix=f"once it is up: {again}")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
