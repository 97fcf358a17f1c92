"""Modules that read one feature and write another: the two names, and the layout of what lies behind them."""

from __future__ import annotations

from typing import Any

from likewise.errors import InputError
from likewise.hub.config_reader import ConfigReader
from likewise.models.module import Features
from likewise.ops.packing import TOKEN_FEATURES, padded_features


def read_names(config: ConfigReader) -> dict[str, Any]:
    """Read the two names from a settings file.

    Args:
        config: Reader of the file.

    Returns:
        `module_input_name` and `module_output_name`.

    Example:
        >>> from pathlib import Path
        >>> read_names(ConfigReader({}, Path("config.json")))
        {'module_input_name': 'sentence_embedding', 'module_output_name': None}
    """
    return {
        "module_input_name": config.text("module_input_name", default="sentence_embedding"),
        "module_output_name": config.text("module_output_name", default=None),
    }


def to_layout(features: Features, input_name: str, output_name: str) -> Features:
    """Make sure that the feature to be read is there, and that the one to be written has a known layout.

    Of packed features only the documented ones are known to have one entry per token. Where tokens are written to
    another name, the batch is padded first, so that whoever reads that name finds the documented shape.

    Args:
        features: The features of one batch.
        input_name: The feature that is read.
        output_name: The feature that is written.

    Returns:
        The features, padded if need be.

    Raises:
        InputError: If the feature to be read is missing.

    Example:
        >>> import torch
        >>> packed = {"token_embeddings": torch.ones(3, 2), "cu_seqlens": torch.tensor([0, 1, 3])}
        >>> to_layout(packed, "token_embeddings", "projected")["token_embeddings"].shape
        torch.Size([2, 2, 2])
    """
    if input_name not in features:
        raise InputError(
            f"the feature {input_name!r} is missing; there are {sorted(features)}",
            accepted="features that an earlier module of the model has added",
        )
    packed = "cu_seqlens" in features
    if packed and input_name in TOKEN_FEATURES and output_name not in TOKEN_FEATURES:
        return padded_features(features)
    return features
