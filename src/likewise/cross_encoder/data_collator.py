"""Rows to a batch for a cross-encoder: the columns as texts, and the pairs that the loss asks for, tokenised.

Runs in the loader's workers. Knows what tokenises and which pairs a loss wants, no model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from likewise.cross_encoder.losses.candidates import Candidates
from likewise.errors import ConfigError
from likewise.training.collator import SentenceTransformerDataCollator
from likewise.training.prompts import prompts_for

# Unlike any name of a column.
PAIRS = "pairs:features"
COUNTS = "pairs:of_each_row"
PROMPT = "pairs:prompt"
TASK = "pairs:task"

Chooses = Callable[[Sequence[Sequence[Any]]], Candidates]


def shared_epoch() -> Tensor:
    """A number in shared memory, so that workers of a loader that stay from one epoch to the next learn of it."""
    shared: Tensor = torch.zeros((), dtype=torch.int64).share_memory_()  # type: ignore[no-untyped-call]
    return shared


@dataclass
class CrossEncoderDataCollator(SentenceTransformerDataCollator):
    """Makes a batch of rows: each column as a list of texts, and `label`, as custom losses take them.

    For losses of this package the pairs that the loss scores are tokenised as well. Where a loss draws some of them,
    what is drawn follows from the rows, the seed and the epoch: a run that is resumed draws what it would have drawn.

    Args:
        tokenize_fn: Pairs of texts to features, such as `model.tokenize`.
        valid_label_columns: Names that a label column may have.
        router_mapping: Column to route, or data set to such a mapping; that of the first column counts.
        prompts: Text put before the first text of each pair, see `prompts_for`.
        include_prompt_lengths: Taken and not used: nothing is pooled.
        columns: Data set ("" if there is one without a name) to its input columns, in the order of the loss's roles.
        candidates: Data set to the method of its loss that says which pairs are scored; none for losses that are
            given texts.
        seed: Seed of what is drawn.
        epoch: The epoch, in shared memory.

    Example:
        >>> collate = CrossEncoderDataCollator(lambda pairs: {})
        >>> collate([{"query": "q", "documents": ["a", "b"], "labels": [1, 0]}])
        {'query': ['q'], 'documents': [['a', 'b']], 'label': tensor([[1, 0]])}
    """

    candidates: Mapping[str, Chooses] = field(default_factory=dict)
    seed: int = 0
    epoch: Tensor = field(default_factory=shared_epoch)

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch it is.

        Args:
            epoch: The epoch, from 0.
        """
        self.epoch.fill_(epoch)

    def check_prompts(self) -> None:
        """Refuse prompts that go before anything but the first text of pairs.

        Raises:
            ConfigError: If there is a prompt for another column than the first.
        """
        given = self.prompts
        if given is None or isinstance(given, str):
            return
        names = tuple(name for name in self.columns if name)
        for name, (first, *others) in self.columns.items():
            wrong = sorted({*others} & {*prompts_for(given, name, [first, *others], names)})
            if wrong and not isinstance(given.get(name), str):
                raise ConfigError(
                    f"prompts for {wrong[0]!r}", accepted=f"a prompt of the first text of pairs: {{{first!r}: ...}}"
                )

    def inputs_of(
        self, columns: Mapping[str, list[Any]], options: Mapping[str, Mapping[str, Any]], dataset_name: str | None
    ) -> dict[str, Any]:
        """What a batch holds of its input columns.

        Args:
            columns: Column to its texts, or lists of texts.
            options: Column to its `prompt` and `task`, where there are any.
            dataset_name: Name of the data set, if it has one.

        Returns:
            The columns; and, where the loss is known, features of pairs and how many of them each row has.
        """
        first = next(iter(columns))
        batch: dict[str, Any] = dict(columns)
        choose = self.candidates.get(dataset_name or "")
        if choose is None:
            names = {"prompt": PROMPT, "task": TASK}
            return {**batch, **{names[key]: value for key, value in options[first].items()}}
        with _drawn_from(f"{self.seed} {int(self.epoch)} {columns[first]!r}"):
            found = choose(list(columns.values()))
        return {**batch, PAIRS: dict(self.tokenize_fn(found.pairs, **options[first])), COUNTS: found.counts}

    def labels_of(self, values: list[Any]) -> Any:
        """The labels of a batch.

        Args:
            values: A label for each row, perhaps a list.

        Returns:
            A tensor; for lists of different lengths a list of tensors.
        """
        if isinstance(values[0], list | tuple) and len({len(value) for value in values}) > 1:
            return [torch.tensor(value) for value in values]
        if isinstance(values[0], Tensor) and len({value.shape for value in values}) > 1:
            return values
        return super().labels_of(values)


@contextmanager
def _drawn_from(text: str) -> Iterator[None]:
    """Let torch's CPU generator begin with a seed made of a text, and leave it as it was; GPUs are left alone."""
    generator = torch.default_generator
    state = generator.get_state()
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=7).digest()
    generator.manual_seed(int.from_bytes(digest))
    try:
        yield
    finally:
        generator.set_state(state)
