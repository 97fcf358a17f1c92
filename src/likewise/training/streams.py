"""Streams of rows, one or several, as batches; a batch never mixes two streams. The order depends on seed and epoch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from likewise.errors import ConfigError
from likewise.training.shares import Uncounted


class StreamBatches(IterableDataset[list[dict[str, Any]]]):
    """Batches of rows from several streams.

    In turn, until one ends (round robin); or drawn at random by weight, until all have ended. Several processes are
    given as many batches each. The workers of a loader share the rows: streams of `datasets` by their shards, others
    row by row.

    Args:
        streams: Name to rows.
        batch_size: Rows of a batch.
        drop_last: Whether a last batch with fewer rows is left out.
        in_turn: Whether streams take turns.
        weights: Name to weight; None draws all equally often.
        seed: Seed of the draws.
        process: Number of this process; it is given every n-th batch.
        processes: Number of processes.
        repeats: Whether the streams begin again, as another epoch, whenever they have ended.
        even: Whether, at the end, processes without a batch are given one that does not count; else that last round of
            batches is left out, which is what training needs.

    Raises:
        ConfigError: If weights are not those of the streams, or not positive.

    Example:
        >>> streams = {"a": [{"x": 1}, {"x": 2}], "b": [{"x": 3}]}
        >>> [[row["dataset_name"] for row in batch] for batch in StreamBatches(streams, 1, False, in_turn=True)]
        [['a'], ['b'], ['a']]
    """

    def __init__(
        self,
        streams: Mapping[str, Iterable[Mapping[str, Any]]],
        batch_size: int,
        drop_last: bool,
        *,
        in_turn: bool,
        weights: Mapping[str, float] | None = None,
        seed: int = 0,
        process: int = 0,
        processes: int = 1,
        repeats: bool = False,
        even: bool = False,
    ) -> None:
        if weights and (set(weights) != set(streams) or min(weights.values()) <= 0):
            raise ConfigError(
                f"dataset_weights={dict(weights)}", accepted=f"a positive weight for each of {list(streams)}"
            )
        self.streams = dict(streams)
        self.batch_size, self.drop_last, self.in_turn, self.seed = batch_size, drop_last, in_turn, seed
        self.weights = dict(weights or dict.fromkeys(streams, 1.0))
        self.process, self.processes, self.repeats, self.even = process, processes, repeats, even
        # In shared memory, so that workers of a loader that stay from one epoch to the next learn of it.
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()  # type: ignore[no-untyped-call]

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch is next, to streams that shuffle as well.

        Args:
            epoch: Its number, from 0.
        """
        self._epoch.fill_(epoch)

    def __iter__(self) -> Iterator[list[dict[str, Any]]]:
        batches = self._passes()
        # Whole rounds only: a process with a batch more than the others would wait for them.
        while len(together := list(islice(batches, self.processes))) == self.processes:
            yield together[self.process]
        if together and self.even:
            yield together[self.process] if self.process < len(together) else Uncounted(together[0])

    def _passes(self) -> Iterator[list[dict[str, Any]]]:
        epoch = int(self._epoch)
        while True:
            some = False
            for batch in self._pass(epoch):
                some = True
                yield batch
            if not (self.repeats and some):
                return
            epoch += 1

    def _pass(self, epoch: int) -> Iterator[list[dict[str, Any]]]:
        for stream in self.streams.values():
            tell = getattr(stream, "set_epoch", None)
            if callable(tell):
                tell(epoch)
        batches = {name: self._batches(name) for name in self.streams}
        random = np.random.default_rng([self.seed, epoch])
        turn = 0
        while batches:
            names = list(batches)
            if self.in_turn:
                name = names[turn % len(names)]
                turn += 1
            else:
                weights = np.array([self.weights[each] for each in names])
                name = str(random.choice(names, p=weights / weights.sum()))
            batch = next(batches[name], None)
            if batch is not None:
                yield batch
            elif self.in_turn:
                return
            else:
                del batches[name]

    def _batches(self, name: str) -> Iterator[list[dict[str, Any]]]:
        rows = _own_rows(self.streams[name])
        while batch := [{**row, **({"dataset_name": name} if name else {})} for row in islice(rows, self.batch_size)]:
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch


def _own_rows(stream: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    worker = get_worker_info()
    from datasets import IterableDataset as ShardedStream

    if worker is None or isinstance(stream, ShardedStream):
        return iter(stream)
    return islice(iter(stream), worker.id, None, worker.num_workers)
