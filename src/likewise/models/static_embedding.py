"""One vector per token, no transformer: a text is the mean of its tokens. Does not know how a table is made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Self, final

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from likewise.errors import CheckpointError, ConfigError, InputError, InputTypeError, ShapeError
from likewise.hub.folder import ModelFolder
from likewise.hub.resolve import resolve_folder
from likewise.hub.weights import load_folder
from likewise.models.module import Features, InputModule, LoadContext, Prepared
from likewise.models.static_mean import Float32Table, mean_of_rows
from likewise.models.static_tokens import StaticTokens
from likewise.models.static_weights import check_vocabulary, read_table
from likewise.models.tokenizer_file import TOKENIZER_FILE, read_tokenizer
from likewise.models.word_cache import spans


@final
class StaticEmbedding(InputModule):
    """Embeds a text as the mean of the vectors of its tokens (a bag: the order of the words does not matter).

        sentence_embedding[b] = mean over the tokens t of text b of weight[t];  zero for a text without tokens

    No special tokens are added, and texts of any length are read whole.

    Args:
        tokenizer: A `tokenizers.Tokenizer`, or a fast tokenizer of transformers. It is not changed. If it truncates,
            texts are cut to that many tokens.
        embedding_weights: float [V, D], one row per token id; None starts from random rows.
        embedding_dim: D, where there are no weights.
        **kwargs: `base_model`, the name of the model that the table was made from; kept for the model card.

    Raises:
        ConfigError: If neither or both of `embedding_weights` and `embedding_dim` make sense.
        InputTypeError: If the tokenizer is of another kind, or a keyword argument is unknown.

    Example:
        >>> import torch
        >>> from tokenizers import Tokenizer, models, pre_tokenizers
        >>> tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "hello": 1, "world": 2}, unk_token="[UNK]"))
        >>> tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        >>> module = StaticEmbedding(tokenizer, embedding_weights=[[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]])
        >>> module(module.tokenize(["hello world", ""]))["sentence_embedding"].detach()
        tensor([[2., 3.],
                [0., 0.]])

    Reference:
        Mikolov et al., Efficient Estimation of Word Representations in Vector Space (arXiv 1301.3781); for tables
        distilled from a transformer see `StaticEmbedding.from_distillation`.
    """

    def __init__(
        self,
        tokenizer: Any,
        embedding_weights: Tensor | np.ndarray | Sequence[Sequence[float]] | None = None,
        embedding_dim: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        self.base_model: str | None = kwargs.pop("base_model", None)
        if kwargs:
            raise InputTypeError(f"unknown keyword argument {next(iter(kwargs))!r}", accepted="base_model")
        self._tokens = StaticTokens(_backend_of(tokenizer))
        if embedding_weights is not None:
            weights = torch.as_tensor(embedding_weights)
            if weights.ndim != 2 or not weights.is_floating_point() or 0 in weights.shape:
                raise ShapeError(
                    f"embedding_weights is {weights.dtype} {tuple(weights.shape)}",
                    accepted="floating-point numbers of shape (tokens, dimensions)",
                )
            self.embedding = nn.EmbeddingBag.from_pretrained(weights, freeze=False, mode="mean")
        elif embedding_dim is not None and embedding_dim >= 1:
            self.embedding = nn.EmbeddingBag(self.tokenizer.get_vocab_size(), embedding_dim, mode="mean")
        else:
            raise ConfigError(
                f"embedding_weights=None and embedding_dim={embedding_dim!r}",
                accepted="embedding_weights, or embedding_dim of at least 1",
                fix="StaticEmbedding(tokenizer, embedding_dim=512)",
            )
        self.num_embeddings: int = self.embedding.num_embeddings
        self.embedding_dim: int = self.embedding.embedding_dim
        self._float32 = Float32Table()

    @property
    def tokenizer(self) -> Tokenizer:
        """The `tokenizers.Tokenizer` of the module; settable."""
        return self._tokens.source

    @tokenizer.setter
    def tokenizer(self, value: Any) -> None:
        self._tokens = StaticTokens(_backend_of(value))

    @property
    def max_seq_length(self) -> Any:
        """Infinity: texts are read whole, unless the tokenizer truncates. Settable; it is saved with the tokenizer."""
        return math.inf if self._tokens.limit is None else self._tokens.limit

    @max_seq_length.setter
    def max_seq_length(self, value: float | None) -> None:
        copy = Tokenizer.from_str(self.tokenizer.to_str())
        if value is None or value == math.inf:
            copy.no_truncation()
        elif isinstance(value, int) and not isinstance(value, bool) and value >= 1:
            copy.enable_truncation(value)
        else:
            raise InputError(f"max_seq_length={value!r}", accepted="an integer of at least 1, math.inf or None")
        self._tokens = StaticTokens(copy)

    def prepare(self, inputs: Sequence[Any], *, prompt: str = "", task: str | None = None) -> Prepared:
        """Tokenise texts.

        Args:
            inputs: Texts, or pairs of texts, which are read one after the other.
            prompt: Text put before each input.
            task: Not used: queries and documents are treated alike.

        Returns:
            The token ids, without special tokens.

        Raises:
            CheckpointError: If the tokenizer makes an id that has no row in the table.
            InputError: If an input is no text, or not valid Unicode.
        """
        del task
        texts = [_with_prompt(text, prompt) for text in inputs] if prompt else inputs
        tokens = self._tokens.encode(texts)
        largest = int(tokens.rows.ids.max(initial=-1))
        if largest >= self.num_embeddings:
            raise CheckpointError(
                f"the tokenizer makes the token id {largest}, the embedding table has {self.num_embeddings} rows",
                accepted="a table with a row for every token",
            )
        return Prepared(rows=tokens.rows, sizes=tokens.rows.sizes, truncated=tokens.truncated, packed=True)

    def collate(self, prepared: Prepared, indices: Sequence[int]) -> Features:
        """Gather the token ids of one batch.

        Args:
            prepared: What `prepare` gave.
            indices: Which inputs.

        Returns:
            `input_ids` int64 [T], the ids of all texts one after the other, and `offsets` int64 [B], where each begins.
        """
        rows: Any = prepared.rows
        chosen = np.asarray(indices, dtype=np.int64)
        sizes = rows.sizes[chosen]
        ids = rows.ids[spans(rows.offsets[chosen], sizes)]
        offsets = np.cumsum(sizes) - sizes
        return {"input_ids": torch.from_numpy(ids), "offsets": torch.from_numpy(offsets), **prepared.extras}

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Average the vectors of each text's tokens.

        Args:
            features: `input_ids` int64 [T] and `offsets` int64 [B].
            **kwargs: Not used.

        Returns:
            The features with `sentence_embedding` [B, D], float32 also where the table is in half precision.
        """
        del kwargs
        table = self._float32.of(self.embedding.weight)
        features["sentence_embedding"] = mean_of_rows(table, features["input_ids"], features["offsets"])
        return features

    def embedding_dimension(self) -> int:
        """Width of the embedding, D."""
        return self.embedding_dim

    def get_sentence_embedding_dimension(self) -> int:
        """Width of the embedding, D."""
        return self.embedding_dim

    def get_embedding_dimension(self) -> int:
        """The later name of `get_sentence_embedding_dimension`."""
        return self.embedding_dim

    def save(self, output_path: str | Path, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        """Write the table and `tokenizer.json` into a directory.

        Args:
            output_path: An existing directory.
            *args: Taken and not used.
            safe_serialization: Whether to write safetensors; False writes `pytorch_model.bin`.
            **kwargs: Taken and not used.
        """
        super().save(output_path, *args, safe_serialization=safe_serialization, **kwargs)
        self.tokenizer.save(str(Path(output_path) / TOKENIZER_FILE))

    @classmethod
    def from_folder(cls, folder: ModelFolder, context: LoadContext) -> Self:
        """Build the module from its folder, or from a folder of model2vec.

        Args:
            folder: The module's folder, with `tokenizer.json` and the table.
            context: Not used.

        Returns:
            The module.

        Raises:
            CheckpointError: If a file is missing or damaged, or the table lacks rows for tokens of the tokenizer.
        """
        del context
        tokenizer = read_tokenizer(folder)
        weights = read_table(load_folder(folder), folder.path)
        check_vocabulary(tokenizer, weights, folder.path)
        return cls(tokenizer, embedding_weights=weights)

    @classmethod
    def from_model2vec(cls, model_id_or_path: str) -> Self:
        """Load the table of a model2vec model; its normalisation, if any, is a `Normalize` module to be added.

        Args:
            model_id_or_path: Hub name or local folder.

        Returns:
            The module.
        """
        module = cls.from_folder(ModelFolder(resolve_folder(model_id_or_path)), LoadContext())
        module.base_model = model_id_or_path
        return module

    @classmethod
    def from_distillation(
        cls,
        model_name: str,
        vocabulary: Sequence[str] | None = None,
        device: str | None = None,
        pca_dims: int | None = 256,
        apply_zipf: bool = True,
        use_subword: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Make a table by running every token of a vocabulary through a transformer (the teacher).

        Each token is embedded on its own, between the teacher's special tokens, as the mean of the outputs; the
        table is then reduced by PCA, and rows are weighted by log(1 + rank), as tokens are ordered by frequency.

        Args:
            model_name: Hub name or local folder of a Sentence Transformers or a transformers model.
            vocabulary: Words to add to the teacher's own tokens, most frequent first.
            device: Where to run the teacher; None is the CPU.
            pca_dims: Width D of the table; None keeps the teacher's.
            apply_zipf: Whether to weight rows by log(1 + rank).
            use_subword: Whether to keep the teacher's own tokens; False keeps the words of `vocabulary` alone.
            **kwargs: Further fields of `likewise.models.static_distillation.Distillation`, such as
                `sif_coefficient`, and of `LoadContext`, such as `local_files_only`.

        Returns:
            The module.

        Raises:
            ConfigError: If the settings contradict each other.

        Reference:
            Tulkens and van Dongen, Model2Vec: Fast State-of-the-Art Static Embeddings (doi 10.5281/zenodo.17270888).
        """
        # Only a distillation needs transformers, whose import takes longer than everything else here.
        from likewise.models.static_distillation import Distillation, distill

        loading = {each.name for each in fields(LoadContext)}
        context = LoadContext(**{key: value for key, value in kwargs.items() if key in loading})
        settings = Distillation(
            vocabulary=None if vocabulary is None else tuple(vocabulary),
            device=device,
            pca_dims=pca_dims,
            apply_zipf=apply_zipf,
            use_subword=use_subword,
            **{key: value for key, value in kwargs.items() if key not in loading},
        )
        tokenizer, weights = distill(model_name, settings, context)
        return cls(tokenizer, embedding_weights=weights, base_model=model_name)


def _backend_of(tokenizer: Any) -> Tokenizer:
    if isinstance(tokenizer, Tokenizer):
        return tokenizer
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if isinstance(backend, Tokenizer):
        return backend
    raise InputTypeError(
        f"the tokenizer is a {type(tokenizer).__name__}",
        accepted="a tokenizers.Tokenizer or a fast tokenizer of transformers",
        fix='StaticEmbedding(Tokenizer.from_file("tokenizer.json"), embedding_dim=512)',
    )


def _with_prompt(text: Any, prompt: str) -> Any:
    if isinstance(text, str):
        return prompt + text
    first, *rest = text
    return (prompt + first, *rest)
