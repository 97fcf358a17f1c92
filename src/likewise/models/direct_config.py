"""`config.json` of an architecture that runs packed, read without transformers. Knows no weights.

Whatever is not plainly one of the tabled architectures is left to transformers (`None`), which also words the errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from likewise.encoder.parts import Part, PartWidths, parts_of
from likewise.encoder.spec import EncoderSpec
from likewise.encoder.supports import support_for
from likewise.errors import LikewiseError
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.models.direct_architectures import ARCHITECTURES, Architecture
from likewise.models.transformer_config import CONFIG_FILE, ESSENTIAL, check_values, stripped


@final
@dataclass(frozen=True, slots=True)
class DirectConfig:
    """A configuration that was understood as a whole.

    Args:
        architecture: What is known about its model type.
        spec: The encoder that it describes.
        parts: The encoder's parts.
        data: The file's content, without loader options, with the caller's options.
        where: The file.
    """

    architecture: Architecture
    spec: EncoderSpec
    parts: tuple[Part, ...]
    data: Mapping[str, Any]
    where: Path

    @property
    def all_layers(self) -> bool:
        """Whether the hidden values of every layer are asked for."""
        return bool(self.data.get("output_hidden_states"))

    @property
    def dtype(self) -> str | None:
        """The data type that the file names, without "torch."; None if it names none."""
        named = self.data.get("dtype") or self.data.get("torch_dtype")
        return None if named is None else str(named).removeprefix("torch.")


def read_direct_config(folder: ModelFolder, options: Mapping[str, Any]) -> DirectConfig | None:
    """Read the configuration of a folder.

    Args:
        folder: The folder with `config.json`.
        options: The caller's keyword arguments for the configuration.

    Returns:
        The configuration, or None where transformers has to read it.
    """
    if any(name != "output_hidden_states" or type(value) is not bool for name, value in options.items()):
        return None
    try:
        reader = folder.config(CONFIG_FILE)
        architecture = ARCHITECTURES.get(reader.text("model_type", default=""))
        if architecture is None or "quantization_config" in reader:
            return None
        if any(common in reader for common in architecture.aliases):
            return None
        check_values(reader, architecture.aliases, ESSENTIAL)
        data = {**architecture.defaults, **stripped(reader.data), **options}
        return _understood(architecture, data, reader)
    except LikewiseError:
        return None


def completed(reader: ConfigReader) -> ConfigReader:
    """Add to a configuration what its file leaves out and transformers adds, where the architecture is known.

    Args:
        reader: The file as it is.

    Returns:
        What says how the model will run.

    Example:
        >>> reader = ConfigReader({"model_type": "modernbert", "num_hidden_layers": 1}, Path("config.json"))
        >>> completed(reader).data["layer_types"]
        ['full_attention']
    """
    architecture = ARCHITECTURES.get(reader.text("model_type", default=""))
    return reader if architecture is None else _complete(architecture, reader.data, reader.where)


def _complete(architecture: Architecture, data: Mapping[str, Any], where: Path) -> ConfigReader:
    whole = {**architecture.defaults, **data}
    return ConfigReader(whole if architecture.complete is None else architecture.complete(whole), where)


def _understood(architecture: Architecture, data: Mapping[str, Any], reader: ConfigReader) -> DirectConfig | None:
    complete = _complete(architecture, data, reader.where)
    spec = support_for(complete).spec
    padding = data.get("pad_token_id")
    if spec is None or not (padding is None or (type(padding) is int and 0 <= padding < spec.vocabulary)):
        return None
    if padding is None and spec.position_offset:
        return None
    widths = PartWidths(
        table=complete.integer("embedding_size", low=1, default=spec.width),
        inner=complete.integer(architecture.inner, low=1),
        **architecture.fixed,
        **{name: complete.boolean(key) for name, key in architecture.switches.items()},
    )
    said = {**stripped(reader.data), **{key: data[key] for key in data if key == "output_hidden_states"}}
    return DirectConfig(architecture, spec, tuple(parts_of(spec, widths)), said, reader.where)
