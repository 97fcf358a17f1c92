"""LSTM over token embeddings. Knows features and settings.

Legend: B texts, S padded length, D width in, E width out.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.models.arguments import MAX_DIMENSION, checked_integer, one_spelling
from likewise.models.building import build_and_fill
from likewise.models.module import Features, LoadContext, Module
from likewise.models.token_layers import map_sequences

MAX_LAYERS = 64


class LSTM(Module):
    """Replaces the token embeddings by the states of an LSTM that reads each text.

    Args:
        word_embedding_dimension: Width of the token embeddings.
        hidden_dim: Width of the state of one direction.
        num_layers: Layers, from 1 to 64.
        dropout: Probability of a state between two layers to be dropped in training.
        bidirectional: Whether a second LSTM reads the text backwards; its states are appended.
        embedding_dimension: Later name of `word_embedding_dimension`.

    Example:
        >>> import torch
        >>> features = {"token_embeddings": torch.ones(1, 3, 2), "attention_mask": torch.ones(1, 3)}
        >>> LSTM(2, 4)(features)["token_embeddings"].shape
        torch.Size([1, 3, 8])

    Reference:
        Hochreiter and Schmidhuber, Long Short-Term Memory, Neural Computation 9(8), 1997.
    """

    config_file_name: ClassVar[str] = "lstm_config.json"
    config_keys: ClassVar[list[str]] = [
        "word_embedding_dimension",
        "hidden_dim",
        "num_layers",
        "dropout",
        "bidirectional",
    ]
    takes_packed: ClassVar[bool] = True

    def __init__(
        self,
        word_embedding_dimension: int | None = None,
        hidden_dim: int | None = None,
        num_layers: int = 1,
        dropout: float = 0,
        bidirectional: bool = True,
        *,
        embedding_dimension: int | None = None,
    ) -> None:
        super().__init__()
        dimension = one_spelling(
            word_embedding_dimension=word_embedding_dimension, embedding_dimension=embedding_dimension
        )
        self.word_embedding_dimension = checked_integer("word_embedding_dimension", dimension)
        self.hidden_dim = checked_integer("hidden_dim", hidden_dim)
        self.num_layers = checked_integer("num_layers", num_layers, high=MAX_LAYERS)
        self.dropout = dropout
        self.bidirectional = bidirectional
        self.embeddings_dimension = self.hidden_dim * (2 if bidirectional else 1)
        self.encoder = nn.LSTM(
            dimension,
            self.hidden_dim,
            num_layers=num_layers,
            dropout=dropout,
            bidirectional=bidirectional,
            batch_first=True,
        )

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Replace `token_embeddings`.

        Args:
            features: `token_embeddings` [B, S, D] with `attention_mask` (or `sentence_lengths`), or [T, D] with
                `cu_seqlens`.
            **kwargs: Taken and not used.

        Returns:
            The features with `token_embeddings` [B, S, E] (zeros for padding) or [T, E].
        """
        del kwargs
        features["token_embeddings"] = map_sequences(features, self.word_embedding_dimension, self._run)
        return features

    def _run(self, hidden_BSD: Tensor, lengths_B: Tensor) -> Tensor:
        # A text without tokens is run over one row of zeros, which the caller drops again.
        lengths = lengths_B.clamp(min=1).cpu()
        packed = pack_padded_sequence(hidden_BSD, lengths, batch_first=True, enforce_sorted=False)
        states, _ = self.encoder(packed)
        states_BSE: Tensor = pad_packed_sequence(states, batch_first=True, total_length=hidden_BSD.shape[1])[0]
        return states_BSE

    @property
    def embedding_dimension(self) -> int:
        """Later name of `word_embedding_dimension`."""
        return self.word_embedding_dimension

    def get_word_embedding_dimension(self) -> int:
        """Width of the token embeddings that are made.

        Returns:
            `hidden_dim`, twice if bidirectional.
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
        return {
            "word_embedding_dimension": config.integer(
                ("word_embedding_dimension", "embedding_dimension"), low=1, high=MAX_DIMENSION
            ),
            "hidden_dim": config.integer("hidden_dim", low=1, high=MAX_DIMENSION),
            "num_layers": config.integer("num_layers", low=1, high=MAX_LAYERS, default=1),
            "dropout": config.number("dropout", low=0.0, high=1.0, default=0.0),
            "bidirectional": config.boolean("bidirectional", default=True),
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
