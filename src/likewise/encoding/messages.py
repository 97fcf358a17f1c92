"""What a pool and its workers say to each other. One job at a time goes to a worker, and one reply comes back."""

from __future__ import annotations

import pickle
import traceback
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from likewise.encoding.options import EncodeOptions
from likewise.errors import LikewiseError, WorkerError


@final
@dataclass(frozen=True, slots=True)
class Job:
    """Some of the inputs of a call.

    Args:
        values: The inputs.
        positions: int64 [n], their positions in the call.
        options: Options of the call.
    """

    values: list[Any]
    positions: np.ndarray
    options: EncodeOptions


@final
@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has its model and waits for jobs."""


@final
@dataclass(frozen=True, slots=True)
class Done:
    """A job is done.

    Args:
        rows: An array with one row for each input, or a list with one entry for each.
        truncated: Positions in the call of inputs that were cut.
        not_finite: Positions in the call of inputs whose result holds NaN or infinity.
        too_wide: Width of the embeddings, where `truncate_dim` exceeds it.
    """

    rows: Any
    truncated: list[int]
    not_finite: list[int]
    too_wide: int | None


@final
@dataclass(frozen=True, slots=True)
class Failed:
    """A job failed, or the start of the worker did; the worker itself goes on if it can.

    Args:
        error: The error, if it is one of ours, which can be sent; None for any other.
        summary: Type and text of the error.
        trace: The worker's traceback.
    """

    error: LikewiseError | None
    summary: str
    trace: str

    @classmethod
    def of(cls, error: BaseException) -> Failed:
        """Describe an error that is being handled.

        Args:
            error: The error.

        Returns:
            The message.
        """
        summary = "".join(traceback.format_exception_only(error)).strip()
        return cls(error if isinstance(error, LikewiseError) else None, summary, traceback.format_exc())

    def as_error(self, worker: str) -> LikewiseError:
        """Make the error to be raised in the caller's process.

        Args:
            worker: The worker's name.

        Returns:
            The worker's own error if it could be sent, caused by its traceback; else a `WorkerError` with it.
        """
        told = WorkerError(f"{worker} failed: {self.summary}\n\n{self.trace}")
        if self.error is None:
            return told
        self.error.__cause__ = told
        return self.error


Reply = Ready | Done | Failed


def dump_reply(reply: Reply) -> bytes:
    """Serialise a reply; what cannot be serialised becomes a failure that says so.

    Args:
        reply: The reply.

    Returns:
        Its bytes.
    """
    try:
        return pickle.dumps(reply, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        unsent = Failed.of(error)
        return pickle.dumps(Failed(None, f"the result cannot be sent back: {unsent.summary}", unsent.trace))
