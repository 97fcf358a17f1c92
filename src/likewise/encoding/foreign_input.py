"""Lets a first module that only has the documented `tokenize(texts)` take part in the encode loop.

Such a module tokenises a batch at once and with padding, so texts are measured by their characters, nothing is
tokenised ahead, and nobody learns which texts it cut.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, final, runtime_checkable

import numpy as np
from torch import nn

from likewise.encoding.inputs import rough_size
from likewise.errors import ConfigError
from likewise.models.module import Features, Prepared
from likewise.models.module_traits import HasMaxLength, HasTokenizer

# Tokenizers of transformers keep the padding and truncation of the last call, so that two calls at a time disturb
# each other. The lock belongs to no module: modules come and go, and need not be hashable.
_ONE_AT_A_TIME = threading.Lock()
_CHARACTERS_PER_TOKEN = 4


@runtime_checkable
class HasTokenize(Protocol):
    """A first module with the documented method."""

    def tokenize(self, texts: list[Any]) -> Features:
        """Turn texts into the features of one batch."""


@runtime_checkable
class HasPreprocess(Protocol):
    """A first module with the method under its later name."""

    def preprocess(self, inputs: list[Any]) -> Features:
        """Turn inputs into the features of one batch."""


@final
@dataclass(frozen=True, slots=True)
class ForeignInput:
    """Gives `prepare` and `collate` to a module written for the documented contract.

    Args:
        module: The module, with `tokenize` or `preprocess`.

    Example:
        >>> import torch
        >>> class Lengths(nn.Module):
        ...     def tokenize(self, texts):
        ...         return {"length": torch.tensor([len(text) for text in texts])}
        >>> reader = ForeignInput(Lengths())
        >>> reader.collate(reader.prepare(["a", "bcd"]), [1])
        {'length': tensor([3])}
    """

    module: nn.Module

    def prepare(self, inputs: Sequence[Any], *, prompt: str = "", task: str | None = None) -> Prepared:
        """Keep the inputs as they are, prompts put before them, and estimate their tokens.

        Args:
            inputs: Texts, pairs, dictionaries, or what else the module reads.
            prompt: Text put before each text, before the first of a pair, before each in a dictionary.
            task: Not used: a module of this kind does not know it.

        Returns:
            The inputs; with a prompt, `extras["prompt_length"]` counts its tokens.
        """
        del task
        rows = [_with_prompt(value, prompt) for value in inputs] if prompt else list(inputs)
        sizes = np.array([rough_size(row) for row in rows], dtype=np.int64) // _CHARACTERS_PER_TOKEN + 2
        if isinstance(self.module, HasMaxLength) and isinstance(self.module.max_seq_length, int):
            sizes = np.minimum(sizes, self.module.max_seq_length)
        extras = self._prompt_length(prompt) if prompt else {}
        return Prepared(rows=rows, sizes=sizes, truncated=np.zeros(len(rows), dtype=bool), extras=extras)

    def collate(self, prepared: Prepared, indices: Sequence[int]) -> Features:
        """Let the module tokenise one batch.

        Args:
            prepared: What `prepare` gave.
            indices: Which inputs.

        Returns:
            The features, on the CPU.
        """
        return {**self._tokenize([prepared.rows[at] for at in indices]), **prepared.extras}

    def accepts(self, value: object) -> bool:
        """Whether the module may read this: only it knows, so all but what no module reads.

        Args:
            value: One input.

        Returns:
            False for None, numbers, bytes, and iterators and the like, which hold inputs.
        """
        if isinstance(value, list | tuple):
            return len(value) > 0 and all(isinstance(part, str | Mapping) for part in value)
        return isinstance(value, str | Mapping) or _is_picture(value)

    def _tokenize(self, inputs: list[Any]) -> Features:
        method: Callable[[list[Any]], Features]
        if isinstance(self.module, HasTokenize):
            method = self.module.tokenize
        elif isinstance(self.module, HasPreprocess):
            method = self.module.preprocess
        else:
            raise ConfigError(
                f"the first module, {type(self.module).__name__}, has no method 'tokenize'",
                accepted="a first module that reads texts",
                fix="SentenceTransformer(modules=[models.Transformer(name), models.Pooling(dim)])",
            )
        with _ONE_AT_A_TIME:
            return method(inputs)

    def _prompt_length(self, prompt: str) -> dict[str, int]:
        ids = self._tokenize([prompt]).get("input_ids")
        if ids is None:
            return {}
        ends = 1
        if isinstance(self.module, HasTokenizer):
            special = getattr(self.module.tokenizer, "all_special_ids", None)
            ends = 1 if special is None else int(int(ids[0][-1]) in special)
        return {"prompt_length": len(ids[0]) - ends}


@runtime_checkable
class _Picture(Protocol):
    """What pictures, and no containers of texts, have in common."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""

    def convert(self, mode: str) -> Any:
        """The picture in other colours."""


def _is_picture(value: object) -> bool:
    return isinstance(value, _Picture)


def _with_prompt(value: Any, prompt: str) -> Any:
    if isinstance(value, str):
        return prompt + value
    if isinstance(value, tuple | list) and value and isinstance(value[0], str):
        return (prompt + value[0], *value[1:])
    if isinstance(value, Mapping):
        return {key: prompt + part if isinstance(part, str) else part for key, part in value.items()}
    return value
