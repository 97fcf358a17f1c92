"""Normalize: one feature at unit length. Knows features and settings."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from torch import Tensor

from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.models.feature_names import read_names, to_layout
from likewise.models.module import Features, LoadContext, Module
from likewise.ops.normalize import normalize_embeddings


class Normalize(Module):
    r"""Scales each vector of a feature to unit length: $y = x / \lVert x \rVert_2$; zeros stay zeros.

    Args:
        module_input_name: The feature that is read.
        module_output_name: The feature that is written; None is the one that is read.

    Example:
        >>> import torch
        >>> Normalize()({"sentence_embedding": torch.tensor([[3.0, 4.0], [0.0, 0.0]])})["sentence_embedding"]
        tensor([[0.6000, 0.8000],
                [0.0000, 0.0000]])
    """

    takes_packed: ClassVar[bool] = True

    def __init__(self, module_input_name: str = "sentence_embedding", module_output_name: str | None = None) -> None:
        super().__init__()
        self.module_input_name = module_input_name
        self.module_output_name = module_output_name or module_input_name

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Write the vectors at unit length.

        Args:
            features: The feature to read is [..., D].
            **kwargs: Taken and not used.

        Returns:
            The features with the output [..., D].
        """
        del kwargs
        features = to_layout(features, self.module_input_name, self.module_output_name)
        value: Tensor = features[self.module_input_name]
        rows = normalize_embeddings(value.reshape(-1, value.shape[-1]))
        features[self.module_output_name] = rows.reshape(value.shape)
        return features

    def get_config_dict(self) -> dict[str, Any]:
        """The settings to be saved: none in the usual case, which versions before 6 have no file for.

        Returns:
            A dictionary of JSON values.
        """
        if (self.module_input_name, self.module_output_name) == ("sentence_embedding", "sentence_embedding"):
            return {}
        return {"module_input_name": self.module_input_name, "module_output_name": self.module_output_name}

    def save(self, output_path: Any, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        """Write the settings if there are any.

        Args:
            output_path: An existing directory.
            *args: Taken and not used.
            safe_serialization: Not used: there are no weights.
            **kwargs: Taken and not used.
        """
        del args, kwargs, safe_serialization
        if self.get_config_dict():
            self.save_config(output_path)

    @classmethod
    def read_config(cls, config: ConfigReader) -> dict[str, Any]:
        """Read the settings.

        Args:
            config: Reader of the file, which may be absent.

        Returns:
            Keyword arguments for the constructor.
        """
        return read_names(config)

    @classmethod
    def from_folder(cls, folder: ModelFolder, context: LoadContext) -> Self:
        """Build the module from its folder, which need not exist: git drops empty folders.

        Args:
            folder: The module's folder.
            context: Not used.

        Returns:
            The module.
        """
        del context
        return cls(**cls.read_config(folder.config(cls.config_file_name, optional=True)))
