"""What a re-ranker's folder says about it beside its weights: activation, prompts. Reads and writes every form of it.

The activation stands in three places, by version: `sbert_ce_default_activation_function` in `config.json` (up to 3.4),
`sentence_transformers.activation_fn` there (4.0 to 5.3), `activation_fn` in `config_sentence_transformers.json`
(from 5.4 on). All three are written, so that every version opens what we save; the newest counts.
"""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, final

from likewise._version import __version__
from likewise.hub.folder import ModelFolder
from likewise.sentence_transformer.settings import FILE_NAME, FORMAT_VERSION, ModelSettings

if TYPE_CHECKING:
    from torch import nn  # reading what a folder says does without it

FAMILY = "CrossEncoder"
_BODY_CONFIG = "config.json"
_TOKENIZER_CONFIG = "tokenizer_config.json"
_OLD_KEY = "sbert_ce_default_activation_function"
_KEY = "sentence_transformers"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CrossEncoderSettings:
    """What the folder says about the model as a whole.

    Args:
        prompts: Prompt name to text.
        default_prompt_name: The prompt that is used when none is given.
        activation: Dotted path of the activation, or None for the default.
        where: File and key that say it, for messages.
        max_length: Most tokens of a pair; None is what the tokenizer says.
        model_type: The family that wrote the folder.
    """

    prompts: Mapping[str, str] = field(default_factory=dict)
    default_prompt_name: str | None = None
    activation: str | None = None
    where: str = ""
    max_length: int | None = None
    model_type: str = FAMILY

    @classmethod
    def read(cls, folder: ModelFolder) -> Self:
        """Read the files of a model folder.

        Args:
            folder: The model's folder.

        Returns:
            The settings; those of a folder of another family have neither prompts nor an activation.

        Raises:
            CheckpointError: If a value has the wrong type, or the default prompt does not exist.
        """
        is_modular = folder.find(FILE_NAME) is not None
        general = ModelSettings.read(folder) if is_modular else ModelSettings(model_type=FAMILY)
        if general.model_type != FAMILY:
            return cls(model_type=general.model_type)
        activation, where = _activation(folder)
        return cls(
            prompts=general.prompts,
            default_prompt_name=general.default_prompt_name,
            activation=activation,
            where=where,
        )

    def build_activation(self, trust_remote_code: bool) -> nn.Module | None:
        """Build the activation that the folder names.

        Args:
            trust_remote_code: Whether one outside of torch.nn may be imported.

        Returns:
            The activation, or None if the folder names none.

        Raises:
            UntrustedCodeError: If it is outside of torch.nn and code is not trusted.
        """
        if self.activation is None:
            return None
        from likewise.models.activations import activation_of

        return activation_of(self.activation, trust_remote_code=trust_remote_code, where=self.where)

    def write(self, folder: Path) -> None:
        """Write `config_sentence_transformers.json`, and what older versions look for in other files.

        Args:
            folder: An existing directory, with the files of the modules.
        """
        data: dict[str, Any] = {
            "__version__": {
                "likewise": __version__,
                "pytorch": importlib.metadata.version("torch"),
                "sentence_transformers": FORMAT_VERSION,
                "transformers": importlib.metadata.version("transformers"),
            },
            "activation_fn": self.activation,
            "default_prompt_name": self.default_prompt_name,
            "model_type": self.model_type,
            "prompts": dict(self.prompts),
        }
        _write_json(folder / FILE_NAME, data)
        old = {_KEY: {"activation_fn": self.activation, "version": FORMAT_VERSION}, _OLD_KEY: self.activation}
        _add(folder / _BODY_CONFIG, old)
        if self.max_length is not None:
            _add(folder / _TOKENIZER_CONFIG, {"model_max_length": self.max_length})


def _activation(folder: ModelFolder) -> tuple[str | None, str]:
    """The dotted path of the activation, None if no file names one, and where it stands."""
    newest = folder.config(FILE_NAME, optional=True)
    body = folder.config(_BODY_CONFIG, optional=True)
    middle = body.object(_KEY, default=None)
    for reader, key in ((newest, "activation_fn"), (middle, "activation_fn"), (body, _OLD_KEY)):
        path = None if reader is None else reader.text(key, default=None)
        if reader is not None and path is not None:
            return path, f"{reader.where}: {key!r}"
    return None, ""


def _add(path: Path, values: Mapping[str, Any]) -> None:
    if path.is_file():
        _write_json(path, {**json.loads(path.read_text(encoding="utf-8")), **values})


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
