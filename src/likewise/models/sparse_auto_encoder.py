"""CSR: a dense sentence embedding to a wide one of which only the k largest entries are kept. For inference.

Training it takes the losses of CSR, which this library does not have.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Final, Self

import torch
from torch import Tensor, nn

from likewise.errors import ShapeError
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.hub.weights import save_tensors
from likewise.models.arguments import MAX_DIMENSION, checked_integer
from likewise.models.building import build_and_fill
from likewise.models.module import Features, LoadContext, Module
from likewise.ops.sparse import check_max_active_dims

# The decoder is the encoder, transposed; files hold their joint weight under either name.
_JOINT: Final = {"decoder.linear.weight": "encoder.weight"}
_EPSILON: Final = 1e-5


class SparseAutoEncoder(Module):
    """Encodes a sentence embedding as a few of many features.

        z = relu(top_k(W (x - b_pre) + b_latent)),  x standardised first if `normalize`

    Args:
        input_dim: Width of the dense embedding, D.
        hidden_dim: Width of the sparse one, H.
        k: How many entries are kept.
        k_aux: How many entries the auxiliary loss of training reads; kept for the settings.
        normalize: Whether each embedding is first brought to mean 0 and standard deviation 1.
        dead_threshold: After how many steps without use training counts an entry as dead; kept for the settings.

    Example:
        >>> module = SparseAutoEncoder(4, hidden_dim=16, k=2)
        >>> embedding = module({"sentence_embedding": torch.ones(3, 4)})["sentence_embedding"]
        >>> embedding.shape, bool(((embedding != 0).sum(1) <= 2).all())
        (torch.Size([3, 16]), True)

    Reference:
        Wen et al., Beyond Matryoshka: Revisiting Sparse Coding for Adaptive Representation, arXiv:2503.01776; Gao et
        al., Scaling and evaluating sparse autoencoders, arXiv:2406.04093.
    """

    config_keys: ClassVar[list[str]] = ["input_dim", "hidden_dim", "k", "k_aux", "normalize", "dead_threshold"]
    forward_kwargs: ClassVar[set[str]] = {"max_active_dims"}
    takes_packed: ClassVar[bool] = True

    def __init__(
        self,
        input_dim: int,
        hidden_dim: int = 512,
        k: int = 8,
        k_aux: int = 512,
        normalize: bool = False,
        dead_threshold: int = 30,
    ) -> None:
        super().__init__()
        self.input_dim = checked_integer("input_dim", input_dim)
        self.hidden_dim = checked_integer("hidden_dim", hidden_dim)
        self.k = checked_integer("k", k)
        self.k_aux = checked_integer("k_aux", k_aux)
        self.normalize = normalize
        self.dead_threshold = checked_integer("dead_threshold", dead_threshold)
        self.pre_bias = nn.Parameter(torch.zeros(input_dim))
        self.encoder = nn.Linear(input_dim, hidden_dim, bias=False)
        self.latent_bias = nn.Parameter(torch.zeros(hidden_dim))
        self.stats_last_nonzero: Tensor
        self.register_buffer("stats_last_nonzero", torch.zeros(hidden_dim, dtype=torch.int64))

    def forward(self, features: Features, max_active_dims: int | None = None, **kwargs: Any) -> Features:
        """Replace `sentence_embedding`.

        Args:
            features: `sentence_embedding` float [B, D].
            max_active_dims: How many entries are kept, instead of k.
            **kwargs: Taken and not used.

        Returns:
            The features with `sentence_embedding` [B, H], of which at most k entries are above 0, and the dense one as
            `sentence_embedding_backbone`.
        """
        del kwargs
        dense_BD = features["sentence_embedding"]
        if dense_BD.shape[-1] != self.input_dim:
            raise ShapeError(
                f"sentence embeddings of width {dense_BD.shape[-1]}",
                accepted=f"width {self.input_dim}, as SparseAutoEncoder was made for",
            )
        x_BD = dense_BD
        if self.normalize:
            x_BD = x_BD - x_BD.mean(-1, keepdim=True)
            x_BD = x_BD / (x_BD.std(-1, keepdim=True) + _EPSILON)
        latent_BH = self.encoder(x_BD - self.pre_bias) + self.latent_bias
        kept = min(check_max_active_dims(max_active_dims) or self.k, self.hidden_dim)
        top_BK, at_BK = latent_BH.topk(kept, dim=-1)
        sparse_BH = torch.zeros_like(latent_BH).scatter(-1, at_BK, torch.relu(top_BK))
        return {**features, "sentence_embedding": sparse_BH, "sentence_embedding_backbone": dense_BD}

    def get_sentence_embedding_dimension(self) -> int:
        """Width of the sparse embedding, H."""
        return self.hidden_dim

    def get_embedding_dimension(self) -> int:
        """Later name of `get_sentence_embedding_dimension`."""
        return self.hidden_dim

    def save(self, output_path: str | Path, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        """Write settings and weights.

        Args:
            output_path: An existing directory.
            *args: Taken and not used.
            safe_serialization: Whether weights are safetensors; False writes `pytorch_model.bin`.
            **kwargs: Taken and not used.
        """
        del args, kwargs
        self.save_config(output_path)
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in self.state_dict().items()}
        if not safe_serialization:  # unlike safetensors, a pickle is read under both names
            tensors.update({other: tensors[own] for other, own in _JOINT.items()})
        save_tensors(tensors, Path(output_path), safe_serialization=safe_serialization)

    @classmethod
    def from_folder(cls, folder: ModelFolder, context: LoadContext) -> Self:
        """Build the module from its folder.

        Args:
            folder: The module's folder.
            context: Not used.

        Returns:
            The module.
        """
        del context
        settings = cls.read_config(folder.config(cls.config_file_name))
        return build_and_fill(lambda: cls(**settings), folder, aliases=_JOINT)

    @classmethod
    def read_config(cls, config: ConfigReader) -> dict[str, Any]:
        """Read the settings.

        Args:
            config: Reader of the file.

        Returns:
            Keyword arguments for the constructor.
        """
        return {
            "input_dim": config.integer("input_dim", low=1, high=MAX_DIMENSION),
            "hidden_dim": config.integer("hidden_dim", low=1, high=MAX_DIMENSION, default=512),
            "k": config.integer("k", low=1, high=MAX_DIMENSION, default=8),
            "k_aux": config.integer("k_aux", low=1, high=MAX_DIMENSION, default=512),
            "normalize": config.boolean("normalize", default=False),
            "dead_threshold": config.integer("dead_threshold", low=1, high=MAX_DIMENSION, default=30),
        }
