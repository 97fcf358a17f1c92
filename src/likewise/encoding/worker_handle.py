"""One worker process as the pool sees it: its state, and what is said to it. Knows no inputs and no results."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import pickle
import signal
import time
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from typing import final

from likewise.encoding.messages import Failed, Ready, Reply
from likewise.encoding.worker import work
from likewise.errors import WorkerError

_GUARD = "put the code that starts the pool under `if __name__ == '__main__':`, and see its error on stderr"


@final
class WorkerHandle:
    """A worker process, started at once.

    Args:
        path: Where the worker reads its model.
        device: Where it runs.
        threads: How many threads it may use.
        number: Its place in the pool.
    """

    def __init__(self, path: str, device: str, threads: int, number: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.device = device
        self.name = f"worker {number} on {device}"
        self.job: tuple[int, int] | None = None
        """Call and part that the worker is at; None while it waits."""
        self._transferring = False
        self.connection, other_end = context.Pipe()
        self.process: BaseProcess = context.Process(
            target=work, args=(other_end, path, device, threads), name=f"likewise {self.name}", daemon=True
        )
        try:
            self.process.start()
        finally:
            # Only the worker may hold its end: so each side notices when the other one dies.
            other_end.close()

    @property
    def in_step(self) -> bool:
        """Whether both sides agree on what comes next; an interrupt in the middle of a message ends that for good."""
        return not self._transferring and not self.connection.closed

    @property
    def is_alive(self) -> bool:
        """Whether jobs can be given to the worker, now or later."""
        return self.in_step and self.process.is_alive()

    def wait_ready(self, deadline: float) -> None:
        """Wait until the worker has its model.

        Args:
            deadline: Value of `time.monotonic()` at which to give up.

        Raises:
            WorkerError: If it cannot start, with its traceback, or takes too long.
        """
        if not multiprocessing.connection.wait([self.connection, self.process.sentinel], deadline - time.monotonic()):
            raise WorkerError(f"{self.name} was not ready in time", fix="start fewer workers, or a smaller model")
        reply = self.take(starting=True)
        if isinstance(reply, Failed):
            raise reply.as_error(self.name)
        if not isinstance(reply, Ready):
            raise WorkerError(f"{self.name} answered {type(reply).__name__} instead of being ready")

    def give(self, message: bytes, job: tuple[int, int]) -> None:
        """Send a job to a waiting worker.

        Args:
            message: The job, serialised.
            job: Call and part.

        Raises:
            WorkerError: If the worker has died.
        """
        self._transferring = True
        try:
            self.connection.send_bytes(message)
        except OSError as error:
            raise self.died() from error
        self.job = job
        self._transferring = False

    def take(self, *, starting: bool = False) -> Reply:
        """Receive the reply to the job; waits for it.

        Args:
            starting: Whether the worker is only just being started.

        Returns:
            The reply.

        Raises:
            WorkerError: If the worker has died, or the reply cannot be read.
        """
        self._transferring = True
        try:
            message = self.connection.recv_bytes()
        except (EOFError, OSError) as error:
            raise self.died(starting=starting) from error
        self.job = None
        self._transferring = False
        try:
            reply: Reply = pickle.loads(message)  # noqa: S301  # from a process that this one started
        except Exception as error:
            raise WorkerError(f"the reply of {self.name} cannot be read: {error}") from error
        return reply

    def died(self, *, starting: bool = False) -> WorkerError:
        """Say how the worker ended.

        Args:
            starting: Whether it had not been ready yet.

        Returns:
            The error.
        """
        self.process.join(5)
        code = self.process.exitcode
        self.kill()
        if code is None:
            how = "closed its connection"
        elif code < 0:
            how = f"was killed by signal {-code} ({_signal_name(-code)})"
        else:
            how = f"ended with exit code {code}"
        when = "before it was ready" if starting else "in the middle of a call"
        fix = "give the process more memory, or start fewer workers" if code == -9 else _GUARD if starting else ""
        return WorkerError(f"{self.name} {how} {when}", fix=fix)

    def kill(self) -> None:
        """End the worker at once."""
        self.process.kill()
        self.connection.close()


def shut_down(workers: Sequence[WorkerHandle], seconds: float = 2.0) -> None:
    """End workers. They hold nothing that would have to be put in order, and leaving Python takes long with torch.

    Args:
        workers: The workers; those that have ended already are left alone.
        seconds: How long they may take, before they are killed.
    """
    for worker in workers:
        worker.process.terminate()
    deadline = time.monotonic() + seconds
    for worker in workers:
        worker.process.join(max(0.0, deadline - time.monotonic()))
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join(seconds)
        worker.connection.close()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
