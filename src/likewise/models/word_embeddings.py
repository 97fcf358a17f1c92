"""WordEmbeddings: texts to the vectors of their words, from a table. Knows words and vectors, no context of words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor, nn

from likewise.errors import CheckpointError, InputTypeError, ShapeError
from likewise.hub.folder import ModelFolder
from likewise.hub.weights import check_tensors, load_folder
from likewise.models.arguments import checked_integer
from likewise.models.module import Features, InputModule, LoadContext, Prepared
from likewise.models.tokenizer.registry import tokenizer_class, tokenizer_path
from likewise.models.tokenizer.transformers_tokenizer import TransformersTokenizerWrapper
from likewise.models.tokenizer.whitespace_tokenizer import WhitespaceTokenizer
from likewise.models.tokenizer.word_tokenizer import WordTokenizer
from likewise.models.word_vectors import read_word_vectors
from likewise.ops.packing import padded_features

MAX_LENGTH = 2**31 - 1
PADDING_WORD = "PADDING_TOKEN"


class WordEmbeddings(InputModule):
    """Makes `token_embeddings` by looking words up in a table such as GloVe's.

    Args:
        tokenizer: A `WordTokenizer`, or a tokenizer of transformers.
        embedding_weights: Floating-point [words, D], a row for every word of the tokenizer.
        update_embeddings: Whether training changes the table.
        max_seq_length: Most words of a text that are read.

    Raises:
        InputTypeError: If the tokenizer is of another kind.
        ShapeError: If the table has another number of axes, or fewer rows than the tokenizer has words.

    Example:
        >>> from likewise.models.tokenizer import WhitespaceTokenizer
        >>> words = WordEmbeddings(WhitespaceTokenizer(["cat", "dog"]), [[1.0, 0.0], [0.0, 1.0]])
        >>> words(words.tokenize(["The dog and the cat"]))["token_embeddings"].tolist()
        [[[0.0, 1.0], [1.0, 0.0]]]
    """

    config_file_name: ClassVar[str] = "wordembedding_config.json"
    config_keys: ClassVar[list[str]] = ["tokenizer_class", "update_embeddings", "max_seq_length"]
    save_in_root: ClassVar[bool] = False
    takes_packed: ClassVar[bool] = True

    def __init__(
        self,
        tokenizer: Any,
        embedding_weights: Tensor | np.ndarray | Sequence[Sequence[float]],
        update_embeddings: bool = False,
        max_seq_length: int | None = 1000000,
    ) -> None:
        super().__init__()
        weights = torch.as_tensor(embedding_weights)
        self._tokenizer = _as_word_tokenizer(tokenizer)
        words = len(self._tokenizer.get_vocab())
        if weights.dim() != 2 or 0 in weights.shape or len(weights) < words:
            raise ShapeError(
                f"embedding_weights of shape {tuple(weights.shape)}",
                accepted=f"shape (words, dimensions) with a row for each of the tokenizer's {words} words",
            )
        if weights.dtype == torch.float64 or not weights.is_floating_point():
            weights = weights.float()
        self.emb_layer = nn.Embedding(weights.shape[0], weights.shape[1], _weight=weights)
        self.emb_layer.requires_grad_(update_embeddings)
        self.embeddings_dimension: int = weights.shape[1]
        self.update_embeddings = update_embeddings
        self.max_seq_length = max_seq_length

    @classmethod
    def from_text_file(
        cls,
        embeddings_file_path: str | Path,
        update_embeddings: bool = False,
        item_separator: str = " ",
        tokenizer: WordTokenizer | None = None,
        max_vocab_size: int | None = None,
    ) -> Self:
        r"""Read the table from a text file with a word and its vector on each line, such as GloVe's.

        Args:
            embeddings_file_path: The file; gzip if its name ends in .gz.
            update_embeddings: Whether training changes the table.
            item_separator: What stands between word and numbers.
            tokenizer: A tokenizer, whose vocabulary is replaced; None is a new `WhitespaceTokenizer`.
            max_vocab_size: Most words that are read; None reads all.

        Returns:
            The module; its word 0 is padding, with a vector of zeros.

        Raises:
            InputError: If the file cannot be read.

        Example:
            >>> import tempfile
            >>> file = Path(tempfile.mkdtemp()) / "vectors.txt"
            >>> _ = file.write_text("cat 1 2\ndog 3 4\n")
            >>> WordEmbeddings.from_text_file(file).emb_layer.weight.tolist()
            [[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]]
        """
        if max_vocab_size is not None:
            checked_integer("max_vocab_size", max_vocab_size)
        words, vectors = read_word_vectors(Path(embeddings_file_path), item_separator, max_vocab_size)
        tokenizer = WhitespaceTokenizer() if tokenizer is None else tokenizer
        tokenizer.set_vocab([PADDING_WORD, *words])
        table = np.concatenate([np.zeros((1, vectors.shape[1]), dtype=np.float32), vectors])
        return cls(tokenizer, table, update_embeddings)

    @property
    def tokenizer(self) -> WordTokenizer:
        """The tokenizer; settable."""
        return self._tokenizer

    @tokenizer.setter
    def tokenizer(self, value: Any) -> None:
        self._tokenizer = _as_word_tokenizer(value)

    @property
    def max_seq_length(self) -> int | None:
        """Most words of a text that are read; settable, None is no limit."""
        return self._max_seq_length

    @max_seq_length.setter
    def max_seq_length(self, value: int | None) -> None:
        self._max_seq_length = None if value is None else checked_integer("max_seq_length", value, high=MAX_LENGTH)

    @property
    def tokenizer_class(self) -> str:
        """The dotted path of the tokenizer's class, as saved."""
        return tokenizer_path(self._tokenizer)

    def accepts(self, value: object) -> bool:
        """Whether this is a text.

        Args:
            value: The input.

        Returns:
            True for a text, False for pairs and all else.
        """
        return isinstance(value, str)

    def prepare(self, inputs: Sequence[Any], *, prompt: str = "", task: str | None = None) -> Prepared:
        """Look words up.

        Args:
            inputs: Texts.
            prompt: Text put before each.
            task: Not used.

        Returns:
            The numbers of the words; `extras["prompt_length"]` counts those of the prompt.
        """
        del task
        words = [self._tokenizer.tokenize(prompt + text) for text in inputs]
        limit = MAX_LENGTH if self._max_seq_length is None else self._max_seq_length
        truncated = np.array([len(row) > limit for row in words], dtype=bool)
        rows = [np.asarray(row[:limit], dtype=np.int64) for row in words]
        sizes = np.array([len(row) for row in rows], dtype=np.int64)
        extras = {"prompt_length": min(self._prompt_length(prompt), limit)} if prompt else {}
        return Prepared(rows=rows, sizes=sizes, truncated=truncated, extras=extras, packed=True)

    def collate(self, prepared: Prepared, indices: Sequence[int]) -> Features:
        """Put the words of one batch side by side, without padding.

        Args:
            prepared: What `prepare` gave.
            indices: Which inputs.

        Returns:
            `input_ids` int64 [T], `cu_seqlens` int32 [B + 1], `max_seqlen`, and `sentence_lengths` int64 [B].
        """
        rows = [prepared.rows[index] for index in indices]
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        ids = np.concatenate([np.empty(0, dtype=np.int64), *rows])
        return {
            "input_ids": torch.from_numpy(ids),
            "cu_seqlens": torch.from_numpy(offsets),
            "max_seqlen": int(lengths.max(initial=0)),
            "sentence_lengths": torch.from_numpy(lengths),
            **prepared.extras,
        }

    def tokenize(self, texts: Sequence[Any], **kwargs: Any) -> Features:
        """Turn texts into the documented, padded features of one batch.

        Args:
            texts: The texts.
            **kwargs: Taken and not used.

        Returns:
            `input_ids` and `attention_mask` int64 [B, S], and `sentence_lengths` int64 [B].
        """
        return padded_features(super().tokenize(texts, **kwargs))

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Add `token_embeddings`.

        Args:
            features: `input_ids` [B, S] or [T].
            **kwargs: Taken and not used.

        Returns:
            The features with `token_embeddings` [B, S, D] or [T, D].
        """
        del kwargs
        features["token_embeddings"] = self.emb_layer(features["input_ids"])
        return features

    def embedding_dimension(self) -> int:
        """Width of the token embeddings.

        Returns:
            D.
        """
        return self.embeddings_dimension

    def get_word_embedding_dimension(self) -> int:
        """Width of the token embeddings.

        Returns:
            D.
        """
        return self.embeddings_dimension

    def get_embedding_dimension(self) -> int:
        """Later name of `get_word_embedding_dimension`."""
        return self.embeddings_dimension

    def get_config_dict(self) -> dict[str, Any]:
        """The settings to be saved.

        Returns:
            A dictionary of JSON values.
        """
        return {**super().get_config_dict(), "max_seq_length": self._max_seq_length or MAX_LENGTH}

    def save(self, output_path: str | Path, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        """Write settings, table and tokenizer.

        Args:
            output_path: An existing directory.
            *args: Taken and not used.
            safe_serialization: Whether the table is written as safetensors.
            **kwargs: Taken and not used.
        """
        super().save(output_path, *args, safe_serialization=safe_serialization, **kwargs)
        self._tokenizer.save(output_path)

    @classmethod
    def from_folder(cls, folder: ModelFolder, context: LoadContext) -> Self:
        """Build the module from an opened folder.

        Args:
            folder: The module's folder.
            context: What the caller decided, such as whether a tokenizer of another package may be imported.

        Returns:
            The module with its table and tokenizer.

        Raises:
            CheckpointError: If the table is no table, or smaller than the vocabulary.
        """
        config = folder.config(cls.config_file_name)
        update = config.boolean("update_embeddings", default=False)
        length = config.integer("max_seq_length", low=1, high=MAX_LENGTH, default=1000000)
        kind = tokenizer_class(
            config.text("tokenizer_class"),
            trust_remote_code=context.trust_remote_code,
            where=f"{config.where}: 'tokenizer_class'",
        )
        tokenizer = kind.from_folder(folder)
        tensors = load_folder(folder)
        table = tensors.get("emb_layer.weight", torch.empty(0))
        check_tensors({"emb_layer.weight": table.float()}, tensors, folder.path)
        words = len(tokenizer.get_vocab())
        if table.dim() != 2 or 0 in table.shape or len(table) < words:
            raise CheckpointError(
                f"{folder.path}: the weight 'emb_layer.weight' has shape {tuple(table.shape)}",
                accepted=f"(words, dimensions) with a row for each of the tokenizer's {words} words",
            )
        return cls(tokenizer, table, update_embeddings=update, max_seq_length=length)

    def _prompt_length(self, prompt: str) -> int:
        numbers = self._tokenizer.tokenize(prompt)
        if isinstance(self._tokenizer, TransformersTokenizerWrapper):
            # What ends a text stands after the text, not after the prompt.
            ends = (self._tokenizer.tokenizer.sep_token_id, self._tokenizer.tokenizer.eos_token_id)
            return len(numbers) - (1 if numbers and numbers[-1] in ends else 0)
        return len(numbers)


def _as_word_tokenizer(tokenizer: Any) -> WordTokenizer:
    if isinstance(tokenizer, WordTokenizer):
        return tokenizer
    from transformers import PreTrainedTokenizerBase

    if isinstance(tokenizer, PreTrainedTokenizerBase):
        return TransformersTokenizerWrapper(tokenizer)
    raise InputTypeError(
        f"tokenizer of type {type(tokenizer).__name__}",
        accepted="a WordTokenizer, or a tokenizer of transformers",
        fix="likewise.models.tokenizer.WhitespaceTokenizer(words)",
    )
