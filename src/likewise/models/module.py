"""The module contract: features in, features out, one folder each. Knows nothing of the model that holds the modules.

A feature dictionary describes one batch. Padded: `input_ids`, `attention_mask` [B, S] and later `token_embeddings`
[B, S, D]. Packed (no padding): `input_ids` [T], `cu_seqlens` [B + 1], `max_seqlen`, and `token_embeddings` [T, D], T
being all tokens of the batch. Both end in `sentence_embedding` [B, D]. `likewise.ops.packing` converts between the two.
"""

from __future__ import annotations

import itertools
import json
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import nn

from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.hub.resolve import resolve_folder
from likewise.hub.weights import load_into, save_weights

Features = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LoadContext:
    """What the caller of a load decided, beside the folder; nothing in it comes from a file.

    Args:
        trust_remote_code: Whether code named by the folder may run.
        token: Token for the hub.
        cache_folder: Where the hub cache lies; None is the default place.
        revision: Branch, tag or commit.
        local_files_only: Whether the network is out of bounds.
        model_kwargs: Keyword arguments for the transformers model.
        tokenizer_kwargs: Keyword arguments for the tokenizer (or processor).
        config_kwargs: Keyword arguments for the transformers configuration.
    """

    trust_remote_code: bool = False
    token: str | bool | None = None
    cache_folder: str | None = None
    revision: str | None = None
    local_files_only: bool = False
    model_kwargs: Mapping[str, Any] = field(default_factory=dict)
    tokenizer_kwargs: Mapping[str, Any] = field(default_factory=dict)
    config_kwargs: Mapping[str, Any] = field(default_factory=dict)


class Module(nn.Module, ABC):
    """One step of a pipeline: reads some features, adds others, and can be saved to and loaded from a folder.

    A subclass implements `forward`, names its settings in `config_keys` (attributes that are also constructor
    arguments), and overrides `from_folder` where reading them needs more than passing them on.

    Example:
        >>> from likewise.models import Normalize
        >>> import torch
        >>> Normalize()({"sentence_embedding": torch.tensor([[3.0, 4.0]])})["sentence_embedding"]
        tensor([[0.6000, 0.8000]])
    """

    config_file_name: ClassVar[str] = "config.json"
    config_keys: ClassVar[list[str]] = []
    save_in_root: ClassVar[bool] = False
    forward_kwargs: ClassVar[set[str]] = set()
    takes_packed: ClassVar[bool] = False
    """Whether `forward` also takes packed features; where not, it is given padded ones."""
    takes_logits: ClassVar[bool] = False
    """Whether `forward` takes `token_logits`, not yet computed; where not, it is given `token_embeddings`."""

    @abstractmethod
    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Add this module's result to the features of one batch.

        Args:
            features: The batch, as described on top of this file.
            **kwargs: The arguments of `encode` that `forward_kwargs` names.

        Returns:
            The features with the result added.
        """

    def get_config_dict(self) -> dict[str, Any]:
        """The settings to be saved.

        Returns:
            A dictionary of JSON values, by the names in `config_keys`.
        """
        return {key: getattr(self, key) for key in self.config_keys}

    def save_config(self, output_path: str | Path, filename: str | None = None) -> None:
        """Write the settings.

        Args:
            output_path: An existing directory.
            filename: File name, if it differs from `config_file_name`.
        """
        text = json.dumps(self.get_config_dict(), indent=2, ensure_ascii=False)
        (Path(output_path) / (filename or self.config_file_name)).write_text(text + "\n", encoding="utf-8")

    def save(self, output_path: str | Path, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        """Write settings, and weights if there are any, into a directory.

        Args:
            output_path: An existing directory.
            *args: Taken and not used, for modules written for other versions of this contract.
            safe_serialization: Whether weights are safetensors; False writes `pytorch_model.bin`.
            **kwargs: Taken and not used.
        """
        del args, kwargs
        if self.config_keys:
            self.save_config(output_path)
        if self.state_dict():
            save_weights(self, Path(output_path), safe_serialization=safe_serialization)

    @classmethod
    def load(
        cls,
        model_name_or_path: str,
        subfolder: str = "",
        token: str | bool | None = None,
        cache_folder: str | None = None,
        revision: str | None = None,
        local_files_only: bool = False,
        **kwargs: Any,
    ) -> Self:
        """Load the module from its folder in a model.

        Args:
            model_name_or_path: Local folder or hub name of the model.
            subfolder: The module's folder within the model.
            token: Token for the hub.
            cache_folder: Where the hub cache lies.
            revision: Branch, tag or commit.
            local_files_only: Whether the network is out of bounds.
            **kwargs: Further fields of `LoadContext`.

        Returns:
            The module.
        """
        hub = {"token": token, "cache_folder": cache_folder, "revision": revision, "local_files_only": local_files_only}
        trust = bool(kwargs.get("trust_remote_code", False))
        root = resolve_folder(model_name_or_path, **hub, trust_remote_code=trust)  # type: ignore[arg-type]
        folder = ModelFolder(root).sub(subfolder)
        return cls.from_folder(folder, LoadContext(**hub, **kwargs))  # type: ignore[arg-type]

    @classmethod
    def from_folder(cls, folder: ModelFolder, context: LoadContext) -> Self:
        """Build the module from an opened folder.

        Args:
            folder: The module's folder.
            context: What the caller decided.

        Returns:
            The module, with weights if it has any.
        """
        del context
        settings = cls.read_config(folder.config(cls.config_file_name, optional=not cls.config_keys))
        module = cls(**settings)
        if module.state_dict():
            load_into(module, folder)
        return module

    @classmethod
    def read_config(cls, config: ConfigReader) -> dict[str, Any]:
        """Turn the settings file into constructor arguments, each checked. Unknown keys are left alone.

        Args:
            config: Reader of the file.

        Returns:
            Keyword arguments for the constructor.
        """
        return {key: config.data[key] for key in cls.config_keys if key in config}

    @property
    def device(self) -> torch.device:
        """Where the module's tensors are (CPU if it has none)."""
        tensor = next(itertools.chain(self.parameters(), self.buffers()), None)
        return torch.device("cpu") if tensor is None else tensor.device


@dataclass(frozen=True, slots=True)
class Prepared:
    """One chunk of inputs, tokenised but not yet batched.

    Args:
        rows: One entry per input; only the module that made them knows what they are.
        sizes: int64 [N], what each input costs, in tokens.
        truncated: bool [N], which inputs were cut to the model's maximum length.
        groups: int64 [N] or None: inputs of different groups must not share a batch.
        extras: Features that every batch of this chunk gets (`prompt_length`, `task`, ...).
        packed: Whether `collate` makes packed features, so that a batch costs the sum of its sizes and no padding.
        keys: One for each input, or None if the module does not say: inputs of one chunk and one group with equal keys
            have the same features and so the same results, which need be computed only once.
    """

    rows: Sequence[Any]
    sizes: np.ndarray
    truncated: np.ndarray
    groups: np.ndarray | None = None
    extras: Mapping[str, Any] = field(default_factory=dict)
    packed: bool = False
    keys: Sequence[Hashable] | None = None

    def __len__(self) -> int:
        return len(self.rows)


class InputModule(Module):
    """A first module: turns inputs (texts, pairs, images, ...) into features.

    `prepare` does the work that can run ahead in a thread, once per input; `collate` makes the tensors of one batch.
    Neither keeps state on the module, so threads may share it.

    Example:
        >>> from likewise.models import BoW
        >>> BoW(["cat", "dog"]).tokenize(["a cat"])["sentence_embedding"]
        tensor([[1., 0.]])
    """

    save_in_root: ClassVar[bool] = True

    @property
    @abstractmethod
    def tokenizer(self) -> Any:
        """The tokenizer (or processor) in the form that users of the module expect."""

    @property
    @abstractmethod
    def max_seq_length(self) -> int | None:
        """Most tokens of an input that are read, special tokens included; None is no limit."""

    @abstractmethod
    def prepare(self, inputs: Sequence[Any], *, prompt: str = "", task: str | None = None) -> Prepared:
        """Tokenise inputs, without padding.

        Args:
            inputs: Texts, or whatever else the module documents. Already checked to be of a supported kind.
            prompt: Text put before each input.
            task: "query", "document" or None, for modules that treat them differently.

        Returns:
            The tokenised inputs, in the same order.
        """

    @abstractmethod
    def collate(self, prepared: Prepared, indices: Sequence[int]) -> Features:
        """Make the features of one batch, on the CPU.

        Args:
            prepared: What `prepare` gave.
            indices: Which inputs make the batch, all of one group.

        Returns:
            The features, `prepared.extras` included.
        """

    @abstractmethod
    def embedding_dimension(self) -> int | None:
        """Width of the `token_embeddings` or `sentence_embedding` that the module makes; None if it makes neither."""

    def accepts(self, value: object) -> bool:
        """Whether one input is of a kind that this module reads.

        Args:
            value: The input: a text, a pair of texts, or what the subclass adds.

        Returns:
            True for a text and for a tuple or list of two texts.
        """
        if isinstance(value, tuple | list):
            return len(value) == 2 and all(isinstance(part, str) for part in value)
        return isinstance(value, str)

    def tokenize(self, texts: Sequence[Any], **kwargs: Any) -> Features:
        """Turn inputs into the features of one batch.

        Args:
            texts: The inputs.
            **kwargs: `prompt` and `task` as in `prepare`; others are taken and not used.

        Returns:
            The features, on the CPU.
        """
        prepared = self.prepare(list(texts), prompt=kwargs.get("prompt") or "", task=kwargs.get("task"))
        return self.collate(prepared, range(len(prepared)))
