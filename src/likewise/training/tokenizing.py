"""How a model's inputs become the features of a training batch, with prompt and task. Knows models; no rows.

Most first modules take both in their `tokenize`. Those written for the documented contract take texts alone, and where
a Router or Asym stands later in the model, the features must carry the task: those are read as `encode` reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from likewise.encoding.foreign_input import ForeignInput
from likewise.models.keyed_input import KeyedInput, keyed
from likewise.models.module import Features, InputModule
from likewise.models.routed_input import Reader
from likewise.models.sequence import ModuleSequence
from likewise.ops.packing import padded_features


@final
@dataclass(frozen=True, slots=True)
class ReaderTokenize:
    """Tokenises with what reads the inputs of a model.

    Args:
        reader: Prepares and collates.
    """

    reader: Reader

    def __call__(self, texts: Sequence[Any], prompt: str = "", task: str | None = None) -> Features:
        """Turn inputs into the padded features of one batch.

        Args:
            texts: The inputs.
            prompt: Text put before each.
            task: Their task.

        Returns:
            The features, on the CPU.
        """
        prepared = self.reader.prepare(list(texts), prompt=prompt, task=task)
        return padded_features(self.reader.collate(prepared, range(len(prepared))))


def tokenize_of(model: ModuleSequence) -> Any:
    """What tokenises the inputs of a model for training.

    Args:
        model: The model.

    Returns:
        A function of inputs, `prompt` and `task`.

    Example:
        >>> from likewise import SentenceTransformer
        >>> tokenize = tokenize_of(SentenceTransformer("likewise-mini", device="cpu"))
        >>> "input_ids" in tokenize(["a text"], prompt="query: ")
        True
    """
    first = model._first_module()
    if isinstance(first, InputModule):
        reader = keyed(list(model), first)
        return ReaderTokenize(reader) if isinstance(reader, KeyedInput) else model.tokenize
    return ReaderTokenize(keyed(list(model), ForeignInput(first)))
