"""A chain of modules that run one after the other on one feature dictionary. Knows no folder, prompt or batch loop."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Self

import torch
from torch import nn

from likewise.errors import ConfigError, InputError
from likewise.models import int8_mode
from likewise.models.feature_layout import features_for
from likewise.models.module import Features, InputModule, Module
from likewise.models.module_traits import (
    HasActivationCheckpointing,
    HasAutoModel,
    HasDimension,
    HasIncludePrompt,
    HasMaxLength,
    HasModalities,
    HasProcessor,
    HasSentenceFeatures,
    HasTokenizer,
    RunsPacked,
)
from likewise.ops.column_batch import ColumnBatch, run_columns

logger = logging.getLogger(__name__)


class ModuleSequence(nn.Sequential):
    """Modules in order, named as in `modules.json`; the base of every model family.

    Args:
        modules: The modules in order; a mapping gives them names other than "0", "1", ...
        forward_kwargs: Module name to the names of keyword arguments of `forward` that it takes, where the model's
            folder says so; a module's own `forward_kwargs` count as well.
    """

    def __init__(
        self,
        modules: Iterable[nn.Module] | Mapping[str, nn.Module] = (),
        forward_kwargs: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        named = modules if isinstance(modules, Mapping) else {str(at): module for at, module in enumerate(modules)}
        for name, module in named.items():
            if not isinstance(module, nn.Module):
                raise ConfigError(
                    f"module {name!r} is a {type(module).__name__}",
                    accepted="torch.nn.Module objects, such as likewise.models.Pooling(384)",
                )
        super().__init__(OrderedDict(named))
        self._forward_kwargs = {name: set(kwargs) for name, kwargs in (forward_kwargs or {}).items()}

    def forward(self, input: Features | ColumnBatch, **kwargs: Any) -> Any:
        """Run all modules.

        Args:
            input: Features of one batch, as the first module's `tokenize` makes them, on the model's device; or several
                columns of a training batch.
            **kwargs: Keyword arguments for the modules that take them.

        Returns:
            The features with every module's result added, `sentence_embedding` float [B, D] among them; a list of
            feature dictionaries, one for each column, if there are several.
        """
        if isinstance(input, ColumnBatch):
            return self.embed_columns(input)
        return self._run(self._chain(), input, kwargs)

    def embed_columns(self, batch: ColumnBatch) -> list[Features]:
        """Embed all columns of a training batch, joined without padding; call the model itself, as wrappers need.

        Args:
            batch: The columns.

        Returns:
            For each column, `sentence_embedding` [B, D] and, if asked for, `layer_embeddings`, one of each layer.
        """
        first = self._first_module()
        joins = isinstance(first, RunsPacked) and first.how_it_runs().encoder is not None
        # Not `self.forward`, which accelerate may have put into its autocast, and that cannot be entered twice.
        run = self._embed_layers if batch.layers else partial(type(self).forward, self)
        return run_columns(batch, run, joins=joins)

    def _embed_layers(self, features: Features) -> Features:
        (_, first), *rest = self._chain()
        if not isinstance(first, RunsPacked):
            raise ConfigError(
                f"{type(first).__name__} has no layers", accepted="a model that begins with a Transformer"
            )
        features = first(features, output_hidden_states=True)
        layers = features["all_layer_embeddings"]
        pooled = [self._run(rest, {**features, "token_embeddings": layer}, {}) for layer in layers]
        return {**pooled[-1], "layer_embeddings": [each["sentence_embedding"] for each in pooled]}

    def _run(self, chain: Sequence[tuple[str, nn.Module]], features: Features, kwargs: Mapping[str, Any]) -> Features:
        for name, module in chain:
            names = self._kwargs_of(name, module)
            features = features_for(module, features)
            features = module(features, **{key: value for key, value in kwargs.items() if key in names})
        return features

    def check_forward_kwargs(self, kwargs: Iterable[str]) -> None:
        """Refuse keyword arguments that no module takes.

        Args:
            kwargs: Their names.

        Raises:
            InputError: If one is taken by no module.
        """
        taken = self.get_model_kwargs() if kwargs else []
        unknown = sorted(set(kwargs) - set(taken))
        if unknown:
            raise InputError(
                f"unexpected keyword argument {unknown[0]!r}",
                accepted=f"the documented arguments, and those the modules take: {taken or 'none'}",
            )

    def get_model_kwargs(self) -> list[str]:
        """Names of the keyword arguments of `encode` that the modules take, sorted."""
        return sorted(set().union(*(self._kwargs_of(name, module) for name, module in self._chain())))

    def __getitem__(self, index: Any) -> Any:
        # A part of a model is no model: it has no prompts, and perhaps nothing that reads texts.
        if isinstance(index, slice):
            return nn.Sequential(*list(self)[index])
        return super().__getitem__(index)

    def __delitem__(self, index: Any) -> None:
        entries = self._chain()
        dropped = entries[index] if isinstance(index, slice) else [entries[index]]
        self._renumber([entry for entry in entries if entry not in dropped])

    def insert(self, index: int, module: nn.Module) -> Self:
        """Put a module in front of the one at a place; all modules are then named by their places.

        Args:
            index: The place; negative ones count from the end.
            module: The module.

        Returns:
            The model.
        """
        if not isinstance(module, nn.Module) or not -len(self) <= index <= len(self):
            raise InputError(
                f"insert({index}, {type(module).__name__})", accepted=f"a module, and a place of at most {len(self)}"
            )
        entries: list[tuple[str, nn.Module]] = self._chain()
        entries.insert(index, ("", module))
        self._renumber(entries)
        return self

    def append(self, module: nn.Module) -> Self:
        """Add a module at the end.

        Args:
            module: The module.

        Returns:
            The model.
        """
        name = str(len(self))
        if name in self._modules:
            return self.insert(len(self), module)
        self.add_module(name, module)
        return self

    def _renumber(self, entries: Sequence[tuple[str, nn.Module]]) -> None:
        names = [str(at) for at in range(len(entries))]
        kwargs = {new: self._forward_kwargs.get(old) for new, (old, _) in zip(names, entries, strict=True)}
        self._forward_kwargs = {name: taken for name, taken in kwargs.items() if taken}
        self._modules = OrderedDict((new, module) for new, (_, module) in zip(names, entries, strict=True))

    def _chain(self) -> list[tuple[str, nn.Module]]:
        # Unlike `named_children`, also names a module that stands in the chain twice.
        return [(name, module) for name, module in self._modules.items() if module is not None]

    def _kwargs_of(self, name: str, module: nn.Module) -> set[str]:
        own = set(module.forward_kwargs) if isinstance(module, Module) else set()
        return own | self._forward_kwargs.get(name, set())

    def _first_module(self) -> nn.Module:
        """The module that reads the inputs."""
        if not len(self):
            raise ConfigError("the model has no modules", fix="SentenceTransformer('likewise-mini')")
        return next(iter(self))

    def _last_module(self) -> nn.Module:
        """The module that makes the final features."""
        self._first_module()
        return list(self)[-1]

    @property
    def tokenizer(self) -> Any:
        """The first module's tokenizer."""
        first = self._first_module()
        return first.tokenizer if isinstance(first, HasTokenizer) else None

    @tokenizer.setter
    def tokenizer(self, value: Any) -> None:
        self._first_module().tokenizer = value

    @property
    def processor(self) -> Any:
        """The first module's processor, which for texts is its tokenizer."""
        first = self._first_module()
        return first.processor if isinstance(first, HasProcessor) else self.tokenizer

    @property
    def modalities(self) -> list[Any]:
        """What the model reads: "text", "image", ..."""
        first = self._first_module()
        return list(first.modalities) if isinstance(first, HasModalities) else ["text"]

    def supports(self, modality: str | tuple[str, ...]) -> bool:
        """Say whether the model reads a kind of input.

        Args:
            modality: "text", "image", "audio", "video", or a tuple for inputs of several at once.

        Returns:
            Whether it does.
        """
        wanted = modality if isinstance(modality, str) else tuple(sorted(modality))
        return wanted in [each if isinstance(each, str) else tuple(sorted(each)) for each in self.modalities]

    @property
    def max_seq_length(self) -> Any:
        """Most tokens of a text that are read; settable."""
        first = self._first_module()
        return first.max_seq_length if isinstance(first, HasMaxLength) else None

    @max_seq_length.setter
    def max_seq_length(self, value: int | None) -> None:
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise InputError(f"max_seq_length={value!r}", accepted="an integer of at least 1, or None")
        self._first_module().max_seq_length = value  # type: ignore[assignment]

    @property
    def device(self) -> torch.device:
        """Where the model's tensors are (CPU if it has none)."""
        tensor: torch.Tensor | None = next(self.parameters(), None)
        if tensor is None:
            tensor = next(self.buffers(), None)
        return torch.device("cpu") if tensor is None else tensor.device

    @property
    def dtype(self) -> torch.dtype | None:
        """Type of the model's weights (None if it has none)."""
        return next((tensor.dtype for tensor in self.parameters() if tensor.is_floating_point()), None)

    def tokenize(self, texts: Any, **kwargs: Any) -> Features:
        """Turn inputs into the features of one batch, on the CPU.

        Args:
            texts: List of texts, or whatever else the first module reads.
            **kwargs: Keyword arguments for the first module's `tokenize`.

        Returns:
            The features.
        """
        return self._first_module().tokenize(texts, **kwargs)  # type: ignore[operator, no-any-return]

    def preprocess(self, inputs: Any, **kwargs: Any) -> Features:
        """The later name of `tokenize`."""
        return self.tokenize(inputs, **kwargs)

    def get_sentence_features(self, *features: Any) -> Any:
        """Call the first module's method of this name, which a few old modules have."""
        first = self._first_module()
        if isinstance(first, HasSentenceFeatures):
            return first.get_sentence_features(*features)
        raise ConfigError(f"{type(first).__name__} has no get_sentence_features", fix="model.tokenize(texts)")

    def output_dimension(self) -> int | None:
        """Width of the sentence embedding, from the last module that knows it.

        Returns:
            The width, or None if no module knows it.
        """
        for module in reversed(list(self)):
            width = module.get_sentence_embedding_dimension() if isinstance(module, HasDimension) else None
            if width is None and isinstance(module, InputModule):
                width = module.embedding_dimension()
            if width is not None:
                return width
        return None

    def set_pooling_include_prompt(self, include_prompt: bool) -> None:
        """Decide whether the tokens of a prompt count in pooling.

        Args:
            include_prompt: Whether they do; INSTRUCTOR-type models say False.
        """
        for module in self.modules():
            if isinstance(module, HasIncludePrompt):
                module.include_prompt = include_prompt

    def get_max_seq_length(self) -> Any:
        """Most tokens of a text that are read; None if there is no limit known."""
        return self.max_seq_length

    def get_backend(self) -> str:
        """The backend that runs the model: "torch"."""
        return "torch"

    @property
    def transformers_model(self) -> Any:
        """The transformers model of the first module that has one, None if there is none."""
        return next((module.auto_model for module in self.modules() if isinstance(module, HasAutoModel)), None)

    @property
    def config(self) -> Any:
        """Configuration of the transformers model, None if there is none; settable."""
        body = self.transformers_model
        return None if body is None else body.config

    @config.setter
    def config(self, value: Any) -> None:
        self._body_for("a configuration").config = value

    def _body_for(self, purpose: str) -> Any:
        if self.transformers_model is None:
            raise ConfigError(f"{purpose} needs a transformers model, and this model has none")
        return self.transformers_model

    @property
    def _target_device(self) -> torch.device:
        """Older name of `device`, which SetFit and others read and set."""
        return self.device

    @_target_device.setter
    def _target_device(self, value: str | torch.device) -> None:
        self.to(value)

    def gradient_checkpointing_enable(
        self, gradient_checkpointing_kwargs: dict[str, Any] | None = None, **options: Any
    ) -> None:
        """Trade compute for memory in training: recompute activations in the backward pass.

        Args:
            gradient_checkpointing_kwargs: Keyword arguments for `torch.utils.checkpoint`.
            **options: What else the transformers model takes.
        """
        self.activation_checkpointing_enable(gradient_checkpointing_kwargs, **options)

    def activation_checkpointing_enable(
        self, activation_checkpointing_kwargs: dict[str, Any] | None = None, **options: Any
    ) -> None:
        """The name of `gradient_checkpointing_enable` in newer versions of transformers."""
        body, kwargs = self._body_for("gradient checkpointing"), activation_checkpointing_kwargs
        newer = isinstance(body, HasActivationCheckpointing)
        (body.activation_checkpointing_enable if newer else body.gradient_checkpointing_enable)(kwargs, **options)
        if not (kwargs or {}).get("use_reentrant"):
            # A hook that only the older, re-entrant form needs, and that would make the model run padded.
            body.disable_input_require_grads()

    def quantize_int8(self, texts: Sequence[Any] | None = None) -> int8_mode.Int8Report:
        """Let the transformers model multiply in 8-bit integers on the CPU: faster, and nearly the same embeddings.

        The weights stay as they are and are saved as they are. Where int8 does not run (gradients, a GPU, a processor
        without it), they are used, and `describe()` says why.

        Args:
            texts: Texts like those to come, to calibrate with, some 100 to 1,000 of them; None takes a list of ours.

        Returns:
            What was done, and how close the embeddings are.
        """
        return int8_mode.turn_on(self, texts)

    def dequantize(self) -> None:
        """Undo `quantize_int8`."""
        int8_mode.turn_off(self)

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Compile, with `torch.compile`, the transformers models that run padded.

        A model that runs packed does so in kernels of its own, which a compiler does not make faster.

        Args:
            *args: What `torch.compile` takes.
            **kwargs: What `torch.compile` takes.
        """
        packed = [each for each in self.modules() if isinstance(each, RunsPacked) and each.how_it_runs().encoder]
        padded = [each for each in self.modules() if each not in packed and isinstance(each, HasAutoModel)]
        for module in padded:
            body: Any = module.auto_model
            body.compile(*args, **kwargs)
        if not padded:
            why = "its transformers model runs packed" if packed else "it has no transformers model"
            logger.warning("compile() changed nothing: %s, see model.describe()", why)
