"""CNN over token embeddings. Knows features and settings.

Legend: B texts, S padded length, D width in, E width out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from likewise.errors import ConfigError, InputError
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.models.arguments import MAX_DIMENSION, checked_integer, one_spelling
from likewise.models.building import build_and_fill
from likewise.models.module import Features, LoadContext, Module
from likewise.models.token_layers import map_sequences

MAX_KERNELS = 64
MAX_KERNEL_SIZE = 1023


class CNN(Module):
    """Replaces the token embeddings by convolutions over neighbouring tokens, one per kernel size, side by side.

    Beyond the ends of a text there are zeros: a text gives the same result alone and in a batch.

    Args:
        in_word_embedding_dimension: Width of the token embeddings.
        out_channels: Width of the result of one convolution.
        kernel_sizes: How many tokens each convolution sees; odd numbers.
        stride_sizes: Step of each convolution. Only 1 keeps one embedding per token, and so only 1 is accepted.
        in_embedding_dimension: Later name of `in_word_embedding_dimension`.

    Raises:
        InputError: If a kernel size is even or out of bounds.
        ConfigError: If a stride is not 1.

    Example:
        >>> features = {"token_embeddings": torch.ones(1, 4, 2), "attention_mask": torch.ones(1, 4)}
        >>> CNN(2, out_channels=5, kernel_sizes=[1, 3])(features)["token_embeddings"].shape
        torch.Size([1, 4, 10])

    Reference:
        Kim, Convolutional Neural Networks for Sentence Classification, arXiv:1408.5882.
    """

    config_file_name: ClassVar[str] = "cnn_config.json"
    config_keys: ClassVar[list[str]] = ["in_word_embedding_dimension", "out_channels", "kernel_sizes"]
    takes_packed: ClassVar[bool] = True

    def __init__(
        self,
        in_word_embedding_dimension: int | None = None,
        out_channels: int = 256,
        kernel_sizes: Sequence[int] = (1, 3, 5),
        stride_sizes: Sequence[int] | None = None,
        *,
        in_embedding_dimension: int | None = None,
    ) -> None:
        super().__init__()
        dimension = one_spelling(
            in_word_embedding_dimension=in_word_embedding_dimension, in_embedding_dimension=in_embedding_dimension
        )
        self.in_word_embedding_dimension = checked_integer("in_word_embedding_dimension", dimension)
        self.out_channels = checked_integer("out_channels", out_channels)
        self.kernel_sizes = _checked_kernels(kernel_sizes)
        if stride_sizes is not None and list(stride_sizes) != [1] * len(self.kernel_sizes):
            raise ConfigError(
                f"stride_sizes={list(stride_sizes)!r} with {len(self.kernel_sizes)} kernels",
                accepted="None, or 1 for each kernel: other strides leave tokens without an embedding",
            )
        self.embeddings_dimension = out_channels * len(self.kernel_sizes)
        self.convs = nn.ModuleList(
            nn.Conv1d(dimension, out_channels, kernel_size=size, padding=(size - 1) // 2) for size in self.kernel_sizes
        )

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Replace `token_embeddings`.

        Args:
            features: `token_embeddings` [B, S, D] with `attention_mask`, or [T, D] with `cu_seqlens`.
            **kwargs: Taken and not used.

        Returns:
            The features with `token_embeddings` [B, S, E] (zeros for padding) or [T, E].
        """
        del kwargs
        features["token_embeddings"] = map_sequences(features, self.in_word_embedding_dimension, self._run)
        return features

    def _run(self, hidden_BSD: Tensor, lengths_B: Tensor) -> Tensor:
        del lengths_B
        hidden_BDS = hidden_BSD.transpose(1, 2)
        return torch.cat([conv(hidden_BDS) for conv in self.convs], dim=1).transpose(1, 2)

    @property
    def in_embedding_dimension(self) -> int:
        """Later name of `in_word_embedding_dimension`."""
        return self.in_word_embedding_dimension

    def get_word_embedding_dimension(self) -> int:
        """Width of the token embeddings that are made.

        Returns:
            `out_channels` times the number of kernels.
        """
        return self.embeddings_dimension

    def get_embedding_dimension(self) -> int:
        """Later name of `get_word_embedding_dimension`."""
        return self.embeddings_dimension

    @classmethod
    def read_config(cls, config: ConfigReader) -> dict[str, Any]:
        """Read the settings, in the form of any version.

        Args:
            config: Reader of the file.

        Returns:
            Keyword arguments for the constructor.
        """
        sizes = config.integers("kernel_sizes", low=1, high=MAX_KERNEL_SIZE, default=[1, 3, 5])
        if not 0 < len(sizes) <= MAX_KERNELS or any(size % 2 == 0 for size in sizes):
            raise config.fail("kernel_sizes", sizes, f"1 to {MAX_KERNELS} odd numbers")
        return {
            "in_word_embedding_dimension": config.integer(
                ("in_word_embedding_dimension", "in_embedding_dimension"), low=1, high=MAX_DIMENSION
            ),
            "out_channels": config.integer("out_channels", low=1, high=MAX_DIMENSION, default=256),
            "kernel_sizes": sizes,
            "stride_sizes": config.integers("stride_sizes", low=1, high=1, default=None),
        }

    @classmethod
    def from_folder(cls, folder: ModelFolder, context: LoadContext) -> Self:
        """Build the module from an opened folder.

        Args:
            folder: The module's folder.
            context: Not used.

        Returns:
            The module with its weights.
        """
        del context
        settings = cls.read_config(folder.config(cls.config_file_name))
        return build_and_fill(lambda: cls(**settings), folder)


def _checked_kernels(kernel_sizes: Sequence[int]) -> list[int]:
    sizes = [checked_integer("kernel_sizes", size, high=MAX_KERNEL_SIZE) for size in kernel_sizes]
    if not 0 < len(sizes) <= MAX_KERNELS or any(size % 2 == 0 for size in sizes):
        raise InputError(
            f"kernel_sizes={sizes}",
            accepted=f"1 to {MAX_KERNELS} odd numbers: an even kernel leaves a token without an embedding",
        )
    return sizes
