"""The predecessor of Router: inputs are dictionaries {key: text}, and the key alone chooses the modules.

Knows how it is stored (v0.4 to v4.1); does not know tasks, modalities or a default route.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from torch import nn

from likewise.errors import CheckpointError, ConfigError, InputError
from likewise.hub.folder import ModelFolder
from likewise.models.module import Features, InputModule, LoadContext, Prepared
from likewise.models.route_folders import load_routes, save_routes
from likewise.models.routed_input import Part, Reader, collate_part, prepare_parts, split_key
from likewise.models.routes import build_routes, taken_kwargs
from likewise.models.sequence import ModuleSequence

CONFIG_FILE = "config.json"


class Asym(InputModule):
    """Sends inputs {key: text} through the modules of their key: first in a model, or after others.

    Args:
        sub_modules: Key -> its modules, in order.
        allow_empty_key: Whether features without a key pass unchanged; if not, they are refused.

    Raises:
        ConfigError: If there are no keys, or one cannot be the name of a module.

    Example:
        >>> import torch
        >>> from likewise.models import Normalize
        >>> asym = Asym({"query": [Normalize()], "doc": []})
        >>> features = {"sentence_embedding": torch.tensor([[3.0, 4.0]]), "text_keys": ["query"]}
        >>> asym(features)["sentence_embedding"]
        tensor([[0.6000, 0.8000]])
    """

    config_file_name: ClassVar[str] = CONFIG_FILE
    save_in_root: ClassVar[bool] = False
    takes_packed: ClassVar[bool] = True

    def __init__(self, sub_modules: Mapping[str, Sequence[nn.Module]], allow_empty_key: bool = True) -> None:
        super().__init__()
        self.sub_modules = build_routes(sub_modules)
        self.allow_empty_key = allow_empty_key
        # An instance takes what its modules take.
        self.forward_kwargs = set().union(*map(taken_kwargs, self._chains()))  # type: ignore[misc]

    def _chains(self) -> list[ModuleSequence]:
        return [chain for chain in self.sub_modules.values() if isinstance(chain, ModuleSequence)]

    def _chain(self, key: str) -> ModuleSequence:
        chain = dict(self.sub_modules).get(key)
        if not isinstance(chain, ModuleSequence):
            raise InputError(f"the key {key!r}", accepted=f"one of {list(self.sub_modules)}", fix="{key: text}")
        return chain

    @property
    def tokenizer(self) -> Any:
        """Tokenizer of the first key's modules; setting it sets that of every key."""
        return self._chains()[0].tokenizer

    @tokenizer.setter
    def tokenizer(self, value: Any) -> None:
        for chain in self._chains():
            chain.tokenizer = value

    @property
    def max_seq_length(self) -> Any:
        """Most tokens that the modules of the first key read; setting it sets that of every key."""
        return self._chains()[0].max_seq_length

    @max_seq_length.setter
    def max_seq_length(self, value: int | None) -> None:
        for chain in self._chains():
            chain.max_seq_length = value

    def accepts(self, value: object) -> bool:
        """Whether one input is {key: what the first module of the key reads}.

        Args:
            value: The input.

        Returns:
            Whether it is; any key counts, so that a wrong one is told with the right ones.
        """
        key, inner = split_key(value)
        firsts = [module for chain in self._chains() for module in list(chain)[:1]]
        return key is not None and any(isinstance(first, Reader) and first.accepts(inner) for first in firsts)

    def prepare(self, inputs: Sequence[Any], *, prompt: str = "", task: str | None = None) -> Prepared:
        """Tokenise inputs, each with the first module of its key.

        Args:
            inputs: {key: text} each. Keys may be mixed.
            prompt: Text put before each text.
            task: Handed to the modules.

        Returns:
            The tokenised inputs, grouped by key.

        Raises:
            InputError: If an input has no key, or one that does not exist.
        """
        parts: dict[str, Part] = {}
        for position, value in enumerate(inputs):
            key, inner = split_key(value)
            if key is None:
                raise InputError(
                    f"input {position} has no key", accepted=f"{{key: text}} with a key of {list(self.sub_modules)}"
                )
            if key not in parts:
                parts[key] = Part(self._reader(key), task, key)
            parts[key].add(position, inner)
        return prepare_parts(list(parts.values()), prompt=prompt)

    def _reader(self, key: str) -> Reader:
        first: Any = next(iter(self._chain(key)), None)
        if not isinstance(first, Reader):
            raise ConfigError(
                f"the modules of the key {key!r} start with {type(first).__name__}, which reads no inputs",
                accepted="an InputModule in first place, or an Asym behind one",
            )
        return first

    def collate(self, prepared: Prepared, indices: Sequence[int]) -> Features:
        """Make the features of one batch.

        Args:
            prepared: What `prepare` gave.
            indices: Which inputs, all of one key.

        Returns:
            The features of the key's first module, and `text_keys`.
        """
        return collate_part(prepared, indices)

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Run the modules of the key that stands first in `text_keys`.

        Args:
            features: The batch; all its inputs have one key.
            **kwargs: Keyword arguments for the modules that take them.

        Returns:
            The features with the results added.

        Raises:
            InputError: If there is no key and none may be missing, or no such key.
        """
        keys = features.get("text_keys") or []
        if not keys:
            if self.allow_empty_key:
                return features
            raise InputError("the inputs have no key", accepted=f"{{key: text}} with a key of {list(self.sub_modules)}")
        result: Features = self._chain(keys[0])(features, **kwargs)
        return result

    def embedding_dimension(self) -> int | None:
        """Width of what the modules of the keys make, from the first that knows it."""
        widths = [chain.output_dimension() for chain in self._chains()]
        return next((width for width in widths if width is not None), None)

    def get_sentence_embedding_dimension(self) -> int | None:
        """Width of what the modules of the keys make, from the first that knows it."""
        return self.embedding_dimension()

    def save(self, output_path: str | Path, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        """Write each module into a folder `<number>_<Class>`, and `config.json`.

        Args:
            output_path: An existing directory.
            *args: Taken and not used.
            safe_serialization: Whether weights are safetensors.
            **kwargs: Taken and not used.
        """
        del args, kwargs
        save_routes(
            {key: list(chain) for key, chain in zip(self.sub_modules, self._chains(), strict=True)},
            lambda _, __, number, module: f"{number}_{type(module).__name__}",
            {"allow_empty_key": self.allow_empty_key},
            Path(output_path),
            file_name=CONFIG_FILE,
            safe_serialization=safe_serialization,
        )

    @classmethod
    def from_folder(cls, folder: ModelFolder, context: LoadContext) -> Self:
        """Load the modules of all keys.

        Args:
            folder: The folder.
            context: What the caller decided.

        Returns:
            The module.

        Raises:
            CheckpointError: If the settings or a module's folder are wrong.
        """
        config = folder.config(CONFIG_FILE)
        parameters = config.object("parameters", default=None)
        allow = True if parameters is None else parameters.boolean("allow_empty_key", default=True)
        try:
            return cls(load_routes(config, folder, context), allow_empty_key=allow)
        except ConfigError as error:
            raise CheckpointError(f"{config.where}: {error}") from error
