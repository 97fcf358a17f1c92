"""Lets tasks and inputs {key: text} reach a Router or Asym behind the first module. Knows no encode loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, final

from torch import nn

from likewise.models.asym import Asym
from likewise.models.module import Features, Prepared
from likewise.models.routed_input import Part, Reader, RoutedRows, collate_part, prepare_parts, split_key
from likewise.models.router import Router


@final
@dataclass(frozen=True, slots=True)
class KeyedInput:
    """Reads texts and {key: text} with one and the same reader, and notes the key for later modules.

    Args:
        reader: The first module.

    Example:
        >>> from tokenizers import Tokenizer, models
        >>> from likewise.models import StaticEmbedding
        >>> words = Tokenizer(models.WordLevel({"[UNK]": 0, "cat": 1}, unk_token="[UNK]"))
        >>> reader = KeyedInput(StaticEmbedding(words, embedding_dim=4))
        >>> reader.collate(reader.prepare([{"query": "cat"}, "cat"]), [0])["text_keys"]
        ['query']
    """

    reader: Reader

    def prepare(self, inputs: Sequence[Any], *, prompt: str = "", task: str | None = None) -> Prepared:
        """Tokenise inputs.

        Args:
            inputs: Texts, or {key: text}. Keys may be mixed.
            prompt: Text put before each text.
            task: Task of the inputs without a key; the key is the task of the others.

        Returns:
            The tokenised inputs, grouped by key.
        """
        if not any(isinstance(value, dict) for value in inputs):
            prepared = self.reader.prepare(inputs, prompt=prompt, task=task)
            return prepared if task is None else replace(prepared, extras={**prepared.extras, "task": task})
        parts: dict[str | None, Part] = {}
        for position, value in enumerate(inputs):
            key, inner = split_key(value)
            own_task = task if key is None else key
            part = parts.setdefault(key, Part(self.reader, own_task, key, {"task": own_task}))
            part.add(position, inner)
        return prepare_parts(list(parts.values()), prompt=prompt)

    def collate(self, prepared: Prepared, indices: Sequence[int]) -> Features:
        """Make the features of one batch.

        Args:
            prepared: What `prepare` gave.
            indices: Which inputs, all of one group.

        Returns:
            The features of the first module, with `text_keys` and `task` where the inputs have them.
        """
        if isinstance(prepared.rows, RoutedRows):
            return collate_part(prepared, indices)
        return self.reader.collate(prepared, indices)

    def accepts(self, value: object) -> bool:
        """Whether the first module reads this, or the text of this {key: text}.

        Args:
            value: One input.

        Returns:
            Whether it does.
        """
        return self.reader.accepts(value) or self.reader.accepts(split_key(value)[1])


def keyed(modules: Sequence[nn.Module], reader: Reader) -> Reader:
    """Choose what reads the inputs of a model.

    Args:
        modules: The modules of the model, in order.
        reader: The first of them, or what stands in for it.

    Returns:
        A `KeyedInput` if a later module goes by tasks or keys, else the reader itself.
    """
    later = any(isinstance(module, Router | Asym) for module in modules[1:])
    return KeyedInput(reader) if later else reader
