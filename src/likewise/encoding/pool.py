"""A pool of worker processes with one model. Knows who does what and who has died, not how embeddings are made."""

from __future__ import annotations

import multiprocessing.connection
import os
import pickle
import threading
import time
import weakref
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, final

import numpy as np
import torch

from likewise.encoding.collect import collector_for
from likewise.encoding.handover import Handover
from likewise.encoding.inputs import Inputs, rough_size
from likewise.encoding.messages import Done, Failed, Job
from likewise.encoding.options import EncodeOptions
from likewise.encoding.pipeline import Pipeline
from likewise.encoding.progress import progress
from likewise.encoding.repeats import Places, Repeats
from likewise.encoding.report import Report
from likewise.encoding.worker_handle import WorkerHandle, shut_down
from likewise.errors import InputError, InputTypeError, WorkerError

_START_SECONDS = 300.0
_DEFAULT_CPU_WORKERS = 4
# Parts are small enough to keep all workers busy to the end, and large enough to sort by length.
_PARTS_PER_WORKER = 4
_LARGEST_PART = 5000
_SMALLEST_PART = 8
_CPU = torch.device("cpu")
_KEYS = ("processes", "input", "output")


@final
class WorkerPool(Mapping[str, Any]):
    """Worker processes that encode together. Several threads may use one pool; their calls take turns.

    Made by `WorkerPool.start`. As a mapping it has the documented keys: "processes", and "input" and "output", the
    connections to them. The workers have the model as it was when the pool was started; later changes do not reach
    them. A worker that died fails the call it was busy with, and is replaced at the next one.

    Args:
        pipeline: The model.
        devices: One device for each worker.

    Example:
        >>> from likewise.encoding.in_memory import HashPipeline
        >>> with WorkerPool.start(HashPipeline(), ["cpu"]) as pool:  # doctest: +SKIP
        ...     pool.encode(["a cat", "a dog"]).shape
        (2, 4)
    """

    def __init__(self, pipeline: Pipeline, devices: Sequence[str]) -> None:
        self._pipeline = pipeline
        self._devices = list(devices)
        self._lock = threading.Lock()
        self._calls = 0
        self._handover = Handover(pipeline)
        self._workers: list[WorkerHandle] = []
        self._finalizer = weakref.finalize(self, _end, self._workers, self._handover, os.getpid())

    @classmethod
    def start(cls, pipeline: Pipeline, devices: Sequence[str | torch.device] | None = None) -> Self:
        """Start workers and wait until they are ready.

        Args:
            pipeline: The model.
            devices: One device for each worker, such as `["cuda:0", "cuda:1"]` or `["cpu"] * 4`; None takes every
                GPU, else four workers on the CPU.

        Returns:
            The pool. End it with `stop`, or use it in a `with` block; at the latest it ends with this process.

        Raises:
            InputError: If a device has no valid name.
            WorkerError: If a worker cannot start; the message carries its own traceback.
        """
        pool = cls(pipeline, _checked_devices(devices))
        try:
            pool._fill()
        except BaseException:
            pool.stop()
            raise
        return pool

    def encode(self, inputs: Any, options: EncodeOptions | None = None, *, chunk_size: int | None = None) -> Any:
        """Encode one input or many.

        Args:
            inputs: As in `likewise.encoding.encode.encode`.
            options: The caller's options; None takes the defaults.
            chunk_size: Most inputs that go to a worker at once; None takes a size that keeps all workers busy.

        Returns:
            As in `likewise.encoding.encode.encode`, in input order; tensors are on the CPU.

        Raises:
            InputError: If an input cannot be used, or cannot be sent; the pool stays usable.
            WorkerError: If a worker dies or its model raises; the message carries its own traceback.
        """
        options = options or EncodeOptions()
        if chunk_size is not None and (isinstance(chunk_size, bool) or not isinstance(chunk_size, int)):
            raise InputTypeError(f"chunk_size={chunk_size!r}", accepted="an integer of at least 1, or None")
        if chunk_size is not None and chunk_size < 1:
            raise InputError(f"chunk_size={chunk_size}", accepted="an integer of at least 1, or None")
        given = Inputs.of(inputs, self._pipeline.accepts)
        report = Report(options, self._pipeline.max_length)
        collector = collector_for(options, len(given), _CPU)
        repeats = Repeats.of_inputs(given.values)
        values = given.values if repeats is None else [given.values[at] for at in repeats.first.tolist()]
        parts = split(values, len(self._devices), chunk_size)
        with self._lock, progress(len(given), options.show_progress) as advance:
            self._fill()
            jobs = (Job([values[at] for at in part.tolist()], part, options) for part in parts)
            for number, done in self._run(jobs):
                report.merge(_report(done, options, repeats))
                places = Places(parts[number]).through(repeats)
                collector.place(places, _rows(done, options))
                advance(len(places))
        result = collector.finish(report)
        report.tell(len(given))
        return result[0] if given.single else result

    def encode_each(self, jobs: Iterable[Job]) -> Generator[Done]:
        """Do jobs that are made as they are needed, each by one worker alone: what it gives is as in this process.

        Args:
            jobs: Of sentence embeddings. At most two for each worker are made ahead of the result that is given next.

        Yields:
            The results in the order of the jobs.

        Raises:
            InputError: If an input cannot be sent; the pool stays usable.
            WorkerError: If a worker dies or its model raises; the message carries its own traceback.
        """
        early: dict[int, Done] = {}
        following = 0
        with self._lock:
            self._fill()
            for number, done in self._run(iter(jobs), ahead=2 * len(self._devices)):
                early[number] = done
                while following in early:
                    yield early.pop(following)
                    following += 1

    def stop(self) -> None:
        """End the workers; a call that another thread has running fails. May be called again."""
        self._finalizer()

    def _fill(self) -> None:
        """Start the workers that are missing, and wait until they are ready."""
        if not self._finalizer.alive:
            raise WorkerError("the pool has been stopped", fix="pool = model.start_multi_process_pool()")
        started: list[WorkerHandle] = []
        deadline = time.monotonic() + _START_SECONDS
        threads = max(1, torch.get_num_threads() // len(self._devices))
        try:
            for number, device in enumerate(self._devices):
                if number < len(self._workers):
                    if self._workers[number].is_alive:
                        continue
                    self._workers[number].kill()
                started.append(WorkerHandle(self._handover.path, device, threads, number))
                self._workers[number : number + 1] = started[-1:]
            for worker in started:
                worker.wait_ready(deadline)
        except BaseException:
            for worker in started:
                worker.kill()
            raise

    def _run(self, jobs: Iterator[Job], ahead: int | None = None) -> Iterator[tuple[int, Done]]:
        """Have jobs done by whoever is free, and give number and result of each as they come.

        A job is started only if it is less than `ahead` jobs after the oldest that is not done.
        """
        self._calls += 1
        call = self._calls
        started = 0
        message = _next_message(jobs)
        at_work: set[int] = set()
        while at_work or message is not None:
            for worker in self._workers:
                held_back = ahead is not None and started - min(at_work, default=started) >= ahead
                if message is not None and not held_back and worker.job is None and worker.is_alive:
                    worker.give(message, (call, started))
                    at_work.add(started)
                    started += 1
                    message = _next_message(jobs)
            for worker in self._answered():
                job = worker.job
                # A call that failed may have left others at work; what they send then is nobody's.
                if job is not None and job[0] != call:
                    self._discard(worker)
                elif job is not None:
                    reply = worker.take()
                    if not isinstance(reply, Done):
                        raise _failure(reply, worker)
                    at_work.discard(job[1])
                    yield job[1], reply

    def _answered(self) -> list[WorkerHandle]:
        """Wait until a busy worker has answered or died."""
        busy = [worker for worker in self._workers if worker.job is not None and worker.in_step]
        if not busy:
            raise WorkerError("all workers of the pool have ended", fix="call again: they are started anew")
        handles = [handle for worker in busy for handle in (worker.connection, worker.process.sentinel)]
        ready = multiprocessing.connection.wait(handles)
        return [worker for worker in busy if worker.connection in ready or worker.process.sentinel in ready]

    def _discard(self, worker: WorkerHandle) -> None:
        try:
            worker.take()
        except WorkerError:
            worker.kill()  # the next call has it replaced

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __getitem__(self, key: str) -> Any:
        if key not in _KEYS:
            raise KeyError(key)
        return [worker.process if key == "processes" else worker.connection for worker in self._workers]

    def __iter__(self) -> Iterator[str]:
        return iter(_KEYS)

    def __len__(self) -> int:
        return len(_KEYS)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def split(values: Sequence[Any], workers: int, chunk_size: int | None) -> list[np.ndarray]:
    """Divide inputs into parts of equal number and like lengths, so that all take about equally long.

    Args:
        values: The inputs.
        workers: How many workers there are.
        chunk_size: Most inputs of a part; None decides by the number of workers.

    Returns:
        int64 arrays of positions; each position is in exactly one.

    Example:
        >>> [part.tolist() for part in split(["aaa", "b", "cc", "dddd"], 1, 2)]
        [[1, 0], [2, 3]]
    """
    if chunk_size is None:
        share = -(-len(values) // (_PARTS_PER_WORKER * workers))
        chunk_size = min(max(share, _SMALLEST_PART), _LARGEST_PART)
    order = np.argsort([rough_size(value) for value in values], kind="stable")
    count = -(-len(values) // chunk_size)
    return [order[at::count] for at in range(count)]


def _checked_devices(devices: Sequence[str | torch.device] | None) -> list[str]:
    if devices is None:
        return [f"cuda:{at}" for at in range(torch.cuda.device_count())] or ["cpu"] * _DEFAULT_CPU_WORKERS
    if isinstance(devices, str) or not devices:
        raise InputError(f"devices={devices!r}", accepted="a list with one device for each worker", fix="['cpu'] * 4")
    for device in devices:
        try:
            torch.device(device)
        except (RuntimeError, TypeError) as error:
            raise InputError(f"no device has the name {device!r}", accepted="such as 'cpu' or 'cuda:0'") from error
    return [str(device) for device in devices]


def _next_message(jobs: Iterator[Job]) -> bytes | None:
    job = next(jobs, None)
    if job is None:
        return None
    try:
        return pickle.dumps(job, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        raise InputTypeError(
            f"an input or an option cannot be sent to a worker process: {error}",
            accepted="inputs that can be pickled",
            fix="encode without a pool",
        ) from error


def _failure(reply: object, worker: WorkerHandle) -> Exception:
    if isinstance(reply, Failed):
        return reply.as_error(worker.name)
    return WorkerError(f"{worker.name} answered {type(reply).__name__} to a job")


def _report(done: Done, options: EncodeOptions, repeats: Repeats | None) -> Report:
    truncated, not_finite = (
        Places(np.array(numbers, dtype=np.int64)).through(repeats).positions.tolist()
        for numbers in (done.truncated, done.not_finite)
    )
    return Report(options, None, truncated, not_finite, done.too_wide)


def _rows(done: Done, options: EncodeOptions) -> Any:
    if isinstance(done.rows, list):
        return [torch.from_numpy(row) if isinstance(row, np.ndarray) else row for row in done.rows]
    return torch.from_numpy(done.rows) if options.result == "list" else done.rows


def _end(workers: list[WorkerHandle], handover: Handover, owner: int) -> None:
    # A forked copy of this process inherits the pool object, but not the right to end its workers.
    if os.getpid() == owner:
        shut_down(workers)
        handover.close()
