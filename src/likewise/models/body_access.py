"""What a `Transformer` asks of its encoder, be it a transformers model or a `DirectBody`. Knows no features."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import nn

from likewise.errors import CheckpointError, ConfigError
from likewise.hub.folder import ModelFolder
from likewise.models import adapters
from likewise.models.adapter_files import is_adapter
from likewise.models.direct_body import DirectBody
from likewise.models.direct_loading import load_direct
from likewise.models.direct_model import DirectModel
from likewise.models.direct_saving import save_direct
from likewise.models.direct_tokenizer import read_direct_tokenizer
from likewise.models.file_tokenizer import FileTokenizer
from likewise.models.module import LoadContext
from likewise.models.position_limit import default_length
from likewise.models.token_rows import TokenRows
from likewise.models.tokenizer_loading import load_tokenizer
from likewise.models.transformer_config import load_config
from likewise.models.transformer_loading import load_model
from likewise.models.transformer_saving import save_model, save_tokenizer
from likewise.models.transformer_settings import TransformerSettings

_FORWARD_NAMES = ("input_ids", "attention_mask", "token_type_ids")


def load_body(folder: ModelFolder, settings: TransformerSettings, context: LoadContext) -> nn.Module:
    """Load an encoder, without transformers where that is possible.

    Args:
        folder: The folder with configuration and weights.
        settings: How to load it.
        context: What the caller decided.

    Returns:
        A `DirectBody` or a transformers model, in evaluation mode.
    """
    if is_adapter(folder):
        adapted: nn.Module = adapters.load_adapted_model(folder, settings, context)
        return adapted
    trust = context.trust_remote_code
    direct = load_direct(folder, settings, trust_remote_code=trust)
    if direct is not None:
        return direct
    config = load_config(folder, settings.config_options, trust_remote_code=trust)
    model: nn.Module = load_model(folder, config, settings.model_options, trust_remote_code=trust)
    return model


def load_any_tokenizer(
    folder: ModelFolder, settings: TransformerSettings, body: nn.Module, *, trust_remote_code: bool
) -> Any:
    """Load a tokenizer, without transformers where the encoder came without it.

    Args:
        folder: The folder with the tokenizer's files.
        settings: How to load it.
        body: The encoder.
        trust_remote_code: Whether code named by the folder may run.

    Returns:
        A `FileTokenizer` or a tokenizer of transformers.
    """
    options = settings.tokenizer_options
    direct = read_direct_tokenizer(folder, options) if isinstance(body, DirectBody) else None
    return direct or load_tokenizer(folder, options, trust_remote_code=trust_remote_code)


def keeps_all_layers(body: nn.Module) -> bool:
    """Whether the configuration asks for the hidden values of every layer.

    Args:
        body: The encoder.

    Returns:
        Its `output_hidden_states`.
    """
    if isinstance(body, DirectBody):
        return body.config.all_layers
    config: Any = body.config
    return bool(config.output_hidden_states)


def longest_input(body: nn.Module, tokenizer_length: object) -> int | None:
    """The documented default of `max_seq_length`.

    Args:
        body: The encoder.
        tokenizer_length: `model_max_length` of the tokenizer.

    Returns:
        The length, or None if there is no limit.
    """
    if isinstance(body, DirectBody):
        spec = body.config.spec
        positions: Any = spec.max_positions + spec.position_offset
    else:
        positions = getattr(body.config, "max_position_embeddings", None)
    return default_length(body, positions, tokenizer_length)


def hidden_width(body: nn.Module) -> int:
    """Width of the token embeddings.

    Args:
        body: The encoder.

    Returns:
        Its hidden size.

    Raises:
        ConfigError: If its configuration does not say it.
    """
    if isinstance(body, DirectBody):
        return body.config.spec.width
    config = body.config
    for holder in (config, getattr(config, "text_config", None)):
        for name in ("hidden_size", "d_model"):
            size = getattr(holder, name, None)
            if isinstance(size, int):
                return size
    raise ConfigError(f"the configuration of {type(body).__name__} does not say its hidden size")


def class_name(body: nn.Module) -> str:
    """Name of the transformers class.

    Args:
        body: The encoder.

    Returns:
        Such as "BertModel".
    """
    return body.architecture if isinstance(body, DirectModel) else type(body).__name__


def forward_names(model: nn.Module) -> tuple[str, ...]:
    """Which features a transformers model takes.

    Args:
        model: The model.

    Returns:
        Their names.
    """
    return _names_of(type(model).forward)


@cache
def _names_of(forward: Callable[..., Any]) -> tuple[str, ...]:
    accepted = inspect.signature(forward).parameters
    return tuple(name for name in _FORWARD_NAMES if name in accepted) or _FORWARD_NAMES


def check_ids(rows: TokenRows, body: nn.Module, source: Any) -> None:
    """Refuse token ids that the encoder has no embedding for.

    Args:
        rows: The ids.
        body: The encoder.
        source: The tokenizer that gave them.

    Raises:
        CheckpointError: If an id is too large; the message names the token.
    """
    embeddings: Any = body.get_input_embeddings()  # type: ignore[operator]
    largest = int(rows.ids.max(initial=0))
    if isinstance(embeddings, torch.nn.Embedding) and largest >= embeddings.num_embeddings:
        direct = isinstance(source, FileTokenizer)
        token = source.backend_tokenizer.id_to_token(largest) if direct else source.convert_ids_to_tokens(largest)
        raise CheckpointError(
            f"{source.name_or_path}: the tokenizer's token {token!r} has the id {largest}, the model has "
            f"embeddings for {embeddings.num_embeddings} ('vocab_size')",
            accepted="a tokenizer that fits the model",
            fix="model[0].auto_model.resize_token_embeddings(len(model.tokenizer))",
        )


def save_parts(body: nn.Module, tokenizer: Any, path: Path, *, safe_serialization: bool) -> None:
    """Write encoder and tokenizer.

    Args:
        body: The encoder.
        tokenizer: The tokenizer.
        path: An existing directory.
        safe_serialization: Whether weights are safetensors; False writes `pytorch_model.bin`.
    """
    if isinstance(body, DirectModel):
        save_direct(body, path, safe_serialization=safe_serialization)
    else:
        save_model(body, path, safe_serialization=safe_serialization)
    save_tokenizer(tokenizer, path)
