"""The files of an adapter in a model folder, by name. Imports no torch."""

from __future__ import annotations

from likewise.hub.folder import ModelFolder

ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
ADAPTER_PICKLE = "adapter_model.bin"


def is_adapter(folder: ModelFolder) -> bool:
    """Whether a folder holds an adapter instead of a whole model.

    Args:
        folder: The folder.

    Returns:
        True if it has an adapter's configuration.
    """
    return folder.find(ADAPTER_CONFIG) is not None


def is_generative(folder: ModelFolder) -> bool:
    """Whether the adapter of a folder was trained on a generative model.

    Args:
        folder: The folder.

    Returns:
        Whether its configuration says so.
    """
    return folder.config(ADAPTER_CONFIG).text("task_type", default=None) == "CAUSAL_LM"
