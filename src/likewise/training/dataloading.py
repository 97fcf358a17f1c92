"""Data sets to loaders: samplers, streams, and rows that know their data set. Knows arguments, not the trainer."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch.utils.data import BatchSampler, ConcatDataset, DataLoader, Dataset

from likewise.errors import ConfigError
from likewise.training.arguments import SentenceTransformerTrainingArguments
from likewise.training.samplers.default import DefaultBatchSampler
from likewise.training.samplers.group_by_label import GroupByLabelBatchSampler
from likewise.training.samplers.multi_dataset import ProportionalBatchSampler, RoundRobinBatchSampler
from likewise.training.samplers.names import BatchSamplers, MultiDatasetBatchSamplers
from likewise.training.samplers.no_duplicates import NoDuplicatesBatchSampler
from likewise.training.streams import StreamBatches

BATCH_SAMPLERS: dict[BatchSamplers, type[BatchSampler]] = {
    BatchSamplers.BATCH_SAMPLER: DefaultBatchSampler,
    BatchSamplers.NO_DUPLICATES: NoDuplicatesBatchSampler,
    BatchSamplers.NO_DUPLICATES_HASHED: NoDuplicatesBatchSampler,
    BatchSamplers.GROUP_BY_LABEL: GroupByLabelBatchSampler,
}
MULTI_DATASET_BATCH_SAMPLERS: dict[MultiDatasetBatchSamplers, type[BatchSampler]] = {
    MultiDatasetBatchSamplers.ROUND_ROBIN: RoundRobinBatchSampler,
    MultiDatasetBatchSamplers.PROPORTIONAL: ProportionalBatchSampler,
}


class NamedRows(Dataset[dict[str, Any]]):
    """Rows of a data set that say which data set they are from.

    Args:
        name: Its name.
        dataset: Its rows, as dictionaries.

    Example:
        >>> NamedRows("pairs", [{"anchor": "a"}])[0]
        {'anchor': 'a', 'dataset_name': 'pairs'}
    """

    def __init__(self, name: str, dataset: Any) -> None:
        self.name = name
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, row: int) -> dict[str, Any]:
        return {**self.dataset[row], "dataset_name": self.name}

    def __getitems__(self, rows: list[int]) -> list[dict[str, Any]]:
        # A data set of `datasets` reads a batch many times as fast at once as row by row.
        read = getattr(self.dataset, "__getitems__", None)
        found = [self.dataset[row] for row in rows] if read is None else read(rows)
        return [{**row, "dataset_name": self.name} for row in found]


class JoinedRows(ConcatDataset[dict[str, Any]]):
    """Data sets one after the other, of which a batch is read at once.

    Args:
        datasets: The data sets.

    Example:
        >>> JoinedRows([NamedRows("a", [{"x": 1}]), NamedRows("b", [{"x": 2}, {"x": 3}])]).__getitems__([2, 1])
        [{'x': 3, 'dataset_name': 'b'}, {'x': 2, 'dataset_name': 'b'}]
    """

    datasets: list[NamedRows]  # type: ignore[assignment]

    def __init__(self, datasets: list[NamedRows]) -> None:
        super().__init__(datasets)

    def __getitems__(self, rows: list[int]) -> list[dict[str, Any]]:
        places = {bisect_right(self.cumulative_sizes, row) for row in rows}
        if len(places) != 1:
            return [self[row] for row in rows]
        place = places.pop()
        start = self.cumulative_sizes[place - 1] if place else 0
        return self.datasets[place].__getitems__([row - start for row in rows])


def is_stream(dataset: Any) -> bool:
    """Whether rows can only be read one after the other: there is no length."""
    return not hasattr(dataset, "__len__")


def one_batch_sampler(
    args: SentenceTransformerTrainingArguments,
    dataset: Any,
    *,
    batch_size: int,
    drop_last: bool,
    valid_label_columns: Sequence[str],
    generator: torch.Generator | None,
    seed: int,
) -> BatchSampler:
    """Make the sampler of one data set.

    Args:
        args: The arguments; they name the sampler.
        dataset: The data set.
        batch_size: Rows of a batch.
        drop_last: Whether a last batch with fewer rows is left out.
        valid_label_columns: Names that a label column may have.
        generator: For the sampler.
        seed: For the sampler.

    Returns:
        The sampler.

    Raises:
        ConfigError: If what the arguments name makes no sampler.
    """
    chosen: Any = args.batch_sampler
    kind: Any = BATCH_SAMPLERS.get(chosen, chosen)
    if kind in (NoDuplicatesBatchSampler, GroupByLabelBatchSampler) and not hasattr(dataset, "column_names"):
        raise ConfigError(
            f"batch_sampler={args.batch_sampler!r} and a {type(dataset).__name__}",
            accepted="a datasets.Dataset, whose columns can be read",
            fix="datasets.Dataset.from_list(rows)",
        )
    made = kind(
        dataset,
        batch_size=batch_size,
        drop_last=drop_last,
        valid_label_columns=list(valid_label_columns),
        generator=generator,
        seed=seed,
    )
    if not isinstance(made, BatchSampler):
        raise ConfigError(f"batch_sampler made a {type(made).__name__}", accepted="a torch.utils.data.BatchSampler")
    return made


def multi_batch_sampler(
    args: SentenceTransformerTrainingArguments,
    dataset: ConcatDataset[Any],
    batch_samplers: list[BatchSampler],
    generator: torch.Generator | None,
    seed: int,
) -> BatchSampler:
    """Make the sampler over several data sets.

    Args:
        args: The arguments; they name the sampler.
        dataset: The data sets, one after the other.
        batch_samplers: One for each.
        generator: For the sampler.
        seed: For the sampler.

    Returns:
        The sampler.

    Raises:
        ConfigError: If what the arguments name makes no sampler.
    """
    chosen: Any = args.multi_dataset_batch_sampler
    kind: Any = MULTI_DATASET_BATCH_SAMPLERS.get(chosen, chosen)
    made = kind(dataset, batch_samplers, generator=generator, seed=seed)
    if not isinstance(made, BatchSampler):
        raise ConfigError(
            f"multi_dataset_batch_sampler made a {type(made).__name__}", accepted="a torch.utils.data.BatchSampler"
        )
    return made


def stream_batches(
    args: SentenceTransformerTrainingArguments,
    streams: Mapping[str, Any],
    *,
    batch_size: int,
    drop_last: bool,
    training: bool = False,
) -> StreamBatches:
    """Batches of streams, as the arguments say.

    Args:
        args: The arguments.
        streams: Name to stream.
        batch_size: Rows of a batch.
        drop_last: Whether a last batch with fewer rows is left out.
        training: Whether they are trained on. The number of steps ends training then, not the streams, so that a run is
            resumed exactly however often they have begun again; unless something is to happen after each epoch.

    Returns:
        The batches.
    """
    strategies = {str(getattr(each, "value", each)) for each in (args.eval_strategy, args.save_strategy)}
    in_turn = args.multi_dataset_batch_sampler is MultiDatasetBatchSamplers.ROUND_ROBIN
    weights: Any = args.dataset_weights or None
    return StreamBatches(
        streams,
        batch_size,
        drop_last,
        in_turn=in_turn,
        weights=weights,
        seed=args.seed,
        process=args.process_index,
        processes=args.world_size,
        repeats=training and "epoch" not in strategies,
        even=not training,
    )


def make_loader(
    args: SentenceTransformerTrainingArguments, dataset: Any, collate: Callable[..., Any], sampler: BatchSampler | None
) -> DataLoader[Any]:
    """Make a loader. It has random numbers of its own, so that making it leaves those of the program alone.

    Args:
        args: The arguments.
        dataset: Rows; or, without a sampler, batches of rows.
        collate: Rows to a batch.
        sampler: Which rows make a batch.

    Returns:
        The loader.
    """
    workers = args.dataloader_num_workers
    options: dict[str, Any] = {} if sampler is None else {"batch_sampler": sampler}
    return DataLoader(
        dataset,
        **(options or {"batch_size": None}),
        collate_fn=collate,
        num_workers=workers,
        pin_memory=args.dataloader_pin_memory and torch.cuda.is_available(),
        persistent_workers=args.dataloader_persistent_workers and workers > 0,
        prefetch_factor=args.dataloader_prefetch_factor if workers > 0 else None,
        generator=torch.Generator().manual_seed(args.seed),
    )
