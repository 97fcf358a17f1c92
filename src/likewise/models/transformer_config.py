"""The transformers configuration of a folder, read as data: checked, bounded, and stripped of loader options.

Knows `config.json`; knows neither weights nor tokenizers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from likewise.errors import CheckpointError, ConfigError, UntrustedCodeError
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.models.quiet_transformers import quiet_transformers, translated_errors

CONFIG_FILE = "config.json"
# Keys that make transformers fetch or run something, or read another file: never taken from a folder.
_LOADER_KEYS = frozenset(
    {
        "_attn_implementation",
        "_attn_implementation_internal",
        "_experts_implementation",
        "_experts_implementation_internal",
        "_name_or_path",
        "attn_implementation",
        "auto_map",
        "code_revision",
        "custom_pipelines",
        "distributed_config",
        "experts_implementation",
        "fusion_config",
        "kernel_config",
        "name_or_path",
        "transformers_weights",
        "trust_remote_code",
        "use_kernels",
        "weights_only",
    }
)
# A wrong or missing value of these would load and give other embeddings, or exhaust the memory.
_BOUNDS = {
    "num_hidden_layers": 1024,
    "num_attention_heads": 4096,
    "hidden_size": 2**17,
    "intermediate_size": 2**20,
    "vocab_size": 2**25,
    "max_position_embeddings": 2**24,
    "type_vocab_size": 2**16,
}
ESSENTIAL = ("hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size")
_EPSILONS = ("layer_norm_eps", "layer_norm_epsilon", "rms_norm_eps", "norm_eps")
_DTYPES = ("float32", "float16", "bfloat16", "float64")


def load_config(folder: ModelFolder, options: Mapping[str, Any], *, trust_remote_code: bool) -> Any:
    """Build the transformers configuration of a folder.

    Args:
        folder: The folder with `config.json`.
        options: The caller's keyword arguments, which win over the file.
        trust_remote_code: Whether code named by the folder may run.

    Returns:
        A `transformers.PreTrainedConfig`.

    Raises:
        CheckpointError: If the file lacks an essential key, or a value is out of bounds.
        UntrustedCodeError: If the architecture is defined by code in the folder that may not run.
        ConfigError: If the checkpoint is of a kind that this version does not load.
    """
    from transformers import CONFIG_MAPPING, AutoConfig

    reader = folder.config(CONFIG_FILE)
    model_type = reader.text("model_type", default=None)
    if trust_remote_code and "auto_map" in reader:
        with quiet_transformers(), translated_errors(reader.where, "the configuration"):
            return AutoConfig.from_pretrained(
                str(folder.path), trust_remote_code=True, local_files_only=True, **dict(options)
            )
    if model_type is None or model_type not in CONFIG_MAPPING:
        raise _unknown_type(reader, model_type)
    if reader.data.get("quantization_config"):
        raise ConfigError(
            f"{reader.where}: the weights are quantised ('quantization_config')",
            accepted="float weights; this version does not load quantised checkpoints",
        )
    config_class = CONFIG_MAPPING[model_type]
    aliases, defaults = dict(config_class.attribute_map), vars(config_class)
    known = {name for name in ESSENTIAL if aliases.get(name, name) in defaults and "text_config" not in defaults}
    check_values(reader, aliases, known)
    _check_activation(reader)
    return build_config(stripped(reader.data), options, reader.where)


def build_config(data: Mapping[str, Any], options: Mapping[str, Any], where: Path) -> Any:
    """Build the transformers configuration of what its file says.

    Args:
        data: The content of `config.json`, checked and stripped of loader options.
        options: The caller's keyword arguments, which win over the file.
        where: The file, for messages.

    Returns:
        A `transformers.PreTrainedConfig`.

    Raises:
        CheckpointError: If transformers refuses it.
    """
    from transformers import CONFIG_MAPPING

    with quiet_transformers(), translated_errors(where, "the configuration"):
        config = CONFIG_MAPPING[data["model_type"]].from_dict(dict(data))
        for name, value in options.items():
            setattr(config, name, value)
    return config


def _unknown_type(reader: ConfigReader, model_type: str | None) -> CheckpointError:
    if "auto_map" in reader:
        return UntrustedCodeError(
            f"{reader.where}: the architecture {model_type!r} is defined by code in the folder ('auto_map')",
            accepted="architectures of transformers",
            fix="if you have read that code and trust it: trust_remote_code=True",
        )
    if model_type is None:
        return CheckpointError(
            f"{reader.where}: the key 'model_type' is missing", accepted="a transformers configuration"
        )
    return reader.fail("model_type", model_type, "an architecture of the installed transformers package")


def stripped(value: Any) -> Any:
    """Leave out the keys that make transformers fetch or run something, at any depth.

    Args:
        value: A JSON value.

    Returns:
        The same without them.
    """
    if isinstance(value, dict):
        return {key: stripped(item) for key, item in value.items() if key not in _LOADER_KEYS}
    return value


def check_values(reader: ConfigReader, aliases: Mapping[str, str], essential: Collection[str]) -> None:
    """Check sizes, epsilons and data types of a configuration.

    Args:
        reader: The file.
        aliases: Common name of a key to the architecture's own.
        essential: Which of the essential keys this architecture has; they must be there.

    Raises:
        CheckpointError: If a value is out of bounds, or an essential key is missing.
    """
    _check_sizes(reader, aliases, essential)
    for part in ("text_config", "vision_config"):
        nested = reader.object(part, default=None)
        if nested is None:
            continue
        for name, high in _BOUNDS.items():
            nested.integer(name, low=0, high=high, default=None)
    for name in _EPSILONS:
        if name in reader:
            reader.number(name, low=1e-30, high=1e-2)
    for name in ("torch_dtype", "dtype"):
        dtype = reader.text(name, default=None)
        if dtype is not None and dtype.removeprefix("torch.") not in _DTYPES:
            raise reader.fail(name, dtype, f"one of {list(_DTYPES)}")


def _check_sizes(reader: ConfigReader, aliases: Mapping[str, str], essential: Collection[str]) -> None:
    for name, high in _BOUNDS.items():
        spellings = (aliases.get(name, name), name)
        present = next((key for key in spellings if key in reader), None)
        if present is not None:
            # XLNet says "no limit" with -1.
            low = -1 if name == "max_position_embeddings" else 0
            if name in ESSENTIAL:
                reader.integer(present, low=1, high=high)
            else:
                reader.integer(present, low=low, high=high, default=None)
        elif name in essential:
            raise CheckpointError(
                f"{reader.where}: the key {spellings[0]!r} is missing",
                accepted="a configuration that says it: the default would build another model than was trained",
            )


def _check_activation(reader: ConfigReader) -> None:
    from transformers.activations import ACT2FN

    name = reader.text("hidden_act", default=None)
    if name is not None and name not in ACT2FN:
        raise reader.fail("hidden_act", name, f"one of {sorted(ACT2FN)}")
