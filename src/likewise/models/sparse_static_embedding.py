"""One weight per token, no transformer: a text is the weights of its tokens. For queries of inference-free models.

Does not know how the weights are made; mostly they are inverse document frequencies.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self, cast, final

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from likewise.errors import CheckpointError, InputError, InputTypeError, ShapeError
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.hub.resolve import resolve_folder
from likewise.hub.strict_json import read_object
from likewise.hub.weights import find_weights, load_folder, save_tensors
from likewise.models.direct_tokenizer import read_direct_tokenizer
from likewise.models.file_tokenizer import FileTokenizer
from likewise.models.materialise import MATERIALISING
from likewise.models.module import Features, InputModule, LoadContext, Prepared
from likewise.models.static_tokens import StaticTokens
from likewise.models.token_rows import TokenRows
from likewise.models.tokenizer_loading import load_tokenizer
from likewise.models.transformer_saving import save_tokenizer
from likewise.ops.packing import cumulative_lengths, sequence_index

# What a row of the result costs beside its tokens: it is as wide as the vocabulary, and mostly zeros.
_ROW_COST = 32
_NO_LIMIT = 10**20


@final
class SparseStaticEmbedding(InputModule):
    """Embeds a text as the stored weights of the tokens that stand in it, each once.

        sentence_embedding[b, v] = weight[v] if token v stands in text b, else 0

    No special tokens are added.

    Args:
        tokenizer: A fast tokenizer of transformers. It is not changed.
        weight: float [V], one weight per token id; None starts from ones.
        frozen: Whether training leaves the weights alone.

    Raises:
        InputTypeError: If the tokenizer is of another kind.
        ShapeError: If the weights have another shape.

    Example:
        >>> from tokenizers import Tokenizer, models, pre_tokenizers
        >>> from transformers import PreTrainedTokenizerFast
        >>> words = Tokenizer(models.WordLevel({"[UNK]": 0, "hello": 1, "world": 2}, unk_token="[UNK]"))
        >>> words.pre_tokenizer = pre_tokenizers.Whitespace()
        >>> tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]")
        >>> module = SparseStaticEmbedding(tokenizer, weight=torch.tensor([0.0, 0.5, 2.0]))
        >>> module(module.tokenize(["world world", "hello world"]))["sentence_embedding"].detach()
        tensor([[0.0000, 0.0000, 2.0000],
                [0.0000, 0.5000, 2.0000]])

    Reference:
        Geng et al., Towards Competitive Search Relevance For Inference-Free Learned Sparse Retrievers,
        arXiv:2411.04403.
    """

    config_keys: ClassVar[list[str]] = ["frozen"]
    save_in_root: ClassVar[bool] = False
    takes_packed: ClassVar[bool] = True
    _tokenizer: Any

    def __init__(self, tokenizer: Any, weight: Tensor | None = None, frozen: bool = False) -> None:
        super().__init__()
        self.tokenizer = tokenizer
        size = _size_of(tokenizer)
        values = torch.ones(size) if weight is None else torch.as_tensor(weight)
        if values.shape != (size,) or not values.is_floating_point():
            raise ShapeError(
                f"weight is {values.dtype} {tuple(values.shape)}",
                accepted=f"floating-point numbers of shape ({size},), one for each token of the tokenizer",
            )
        self.frozen = frozen
        self.weight = nn.Parameter(values.detach().clone(), requires_grad=not frozen)

    @property
    def num_dimensions(self) -> int:
        """Width of the embedding, V."""
        return len(self.weight)

    @property
    def tokenizer(self) -> Any:
        """The tokenizer of transformers; settable. Built when it is asked for the first time."""
        if isinstance(self._tokenizer, FileTokenizer):
            with MATERIALISING:
                if isinstance(self._tokenizer, FileTokenizer):
                    self._tokenizer = self._tokenizer.build()
        return self._tokenizer

    @tokenizer.setter
    def tokenizer(self, value: Any) -> None:
        backend = _backend_of(value)
        limit = value.model_max_length
        self._tokens = _tokens_of(backend, None if limit > _NO_LIMIT else int(limit), value.truncation_side)
        self._tokenizer = value

    @property
    def max_seq_length(self) -> Any:
        """Most tokens of a text that are read, infinity if there is no limit; settable, saved with the tokenizer."""
        return math.inf if self._tokens.limit is None else self._tokens.limit

    @max_seq_length.setter
    def max_seq_length(self, value: float | None) -> None:
        if value is not None and value != math.inf and (isinstance(value, bool) or not isinstance(value, int)):
            raise InputTypeError(f"max_seq_length={value!r}", accepted="an integer of at least 1, math.inf or None")
        if value is not None and value < 1:
            raise InputError(f"max_seq_length={value!r}", accepted="an integer of at least 1, math.inf or None")
        limit = None if value is None or value == math.inf else int(value)
        tokenizer = self.tokenizer
        self._tokens = _tokens_of(_backend_of(tokenizer), limit, tokenizer.truncation_side)
        tokenizer.model_max_length = 10**30 if limit is None else limit

    def prepare(self, inputs: Sequence[Any], *, prompt: str = "", task: str | None = None) -> Prepared:
        """Tokenise texts.

        Args:
            inputs: Texts, or pairs of texts, which are read one after the other.
            prompt: Text put before each input.
            task: Not used.

        Returns:
            The token ids, without special tokens.

        Raises:
            CheckpointError: If the tokenizer makes an id that has no weight.
            InputError: If an input is no text, or not valid Unicode.
        """
        del task
        tokens = self._tokens.encode([_with_prompt(text, prompt) for text in inputs] if prompt else inputs)
        largest = int(tokens.rows.ids.max(initial=-1))
        if largest >= self.num_dimensions:
            raise CheckpointError(
                f"the tokenizer makes the token id {largest}, there are {self.num_dimensions} weights",
                accepted="a weight for every token",
            )
        sizes = tokens.rows.sizes + _ROW_COST
        return Prepared(rows=tokens.rows, sizes=sizes, truncated=tokens.truncated, packed=True)

    def collate(self, prepared: Prepared, indices: Sequence[int]) -> Features:
        """Put the token ids of one batch end to end.

        Args:
            prepared: What `prepare` gave.
            indices: Which inputs.

        Returns:
            `input_ids` int64 [T] and `cu_seqlens` int32 [B + 1], among others.
        """
        return {**cast("TokenRows", prepared.rows).packed_features(indices), **prepared.extras}

    def tokenize(self, texts: Sequence[Any], **kwargs: Any) -> Features:
        """Turn texts into the documented, padded features of one batch.

        Args:
            texts: Texts.
            **kwargs: `prompt` as in `prepare`; others are taken and not used.

        Returns:
            `input_ids` and `attention_mask` int64 [B, S], on the CPU.
        """
        prepared = self.prepare(list(texts), prompt=kwargs.get("prompt") or "")
        return cast("TokenRows", prepared.rows).features(range(len(prepared)))

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Look the weights up.

        Args:
            features: `input_ids` int64 [T] with `cu_seqlens`, or [B, S] with `attention_mask`.
            **kwargs: Not used.

        Returns:
            The features with `sentence_embedding` [B, V].
        """
        del kwargs
        ids = features["input_ids"]
        if "cu_seqlens" in features:
            rows_T, ids_T = sequence_index(features["cu_seqlens"], len(ids)), ids
            count = len(features["cu_seqlens"]) - 1
        else:
            keep_BS = features["attention_mask"] != 0
            rows_T = sequence_index(cumulative_lengths(keep_BS.sum(1)), int(keep_BS.sum()))
            ids_T, count = ids[keep_BS], len(ids)
        present_BV = self.weight.new_zeros(count, self.num_dimensions)
        present_BV[rows_T, ids_T] = 1
        return {**features, "sentence_embedding": present_BV * self.weight}

    def embedding_dimension(self) -> int:
        """Width of the embedding, V."""
        return self.num_dimensions

    def get_sentence_embedding_dimension(self) -> int:
        """Width of the embedding, V."""
        return self.num_dimensions

    def get_embedding_dimension(self) -> int:
        """Later name of `get_sentence_embedding_dimension`."""
        return self.num_dimensions

    def save(self, output_path: str | Path, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        """Write settings, weights and the tokenizer.

        Args:
            output_path: An existing directory.
            *args: Taken and not used.
            safe_serialization: Whether weights are safetensors; False writes `pytorch_model.bin`.
            **kwargs: Taken and not used.
        """
        del args, kwargs
        path = Path(output_path)
        self.save_config(path)
        save_tensors({"weight": self.weight.detach().cpu().contiguous()}, path, safe_serialization=safe_serialization)
        save_tokenizer(self._tokenizer, path)

    @classmethod
    def from_folder(cls, folder: ModelFolder, context: LoadContext) -> Self:
        """Build the module from its folder.

        Args:
            folder: The module's folder: tokenizer files, and the weights or, named by `path` in the settings, a JSON
                file of token to weight.
            context: What the caller decided.

        Returns:
            The module.

        Raises:
            CheckpointError: If a file is missing or damaged, or the weights do not fit the tokenizer.
        """
        config = folder.config(cls.config_file_name, optional=True)
        frozen = config.boolean("frozen", default=False)
        options, trust = context.tokenizer_kwargs, context.trust_remote_code
        tokenizer = read_direct_tokenizer(folder, options) or load_tokenizer(folder, options, trust_remote_code=trust)
        stored = config.text("path", default=None)
        if stored is not None and not find_weights(folder):
            file = folder.require(stored)
            return cls(tokenizer, _weights_by_token(ConfigReader(read_object(file), file), tokenizer), frozen)
        weight_V = load_folder(folder).get("weight")
        size = _size_of(tokenizer)
        if weight_V is None or weight_V.shape != (size,) or not weight_V.is_floating_point():
            found = "no 'weight'" if weight_V is None else f"'weight' is {weight_V.dtype} {tuple(weight_V.shape)}"
            raise CheckpointError(
                f"{folder.path}: {found} among the weights",
                accepted=f"floating-point numbers of shape ({size},), one for each token",
            )
        if not bool(torch.isfinite(weight_V).all()):
            raise CheckpointError(
                f"{folder.path}: the weight 'weight' holds NaN or infinity", accepted="finite weights"
            )
        return cls(tokenizer, weight_V, frozen)

    @classmethod
    def from_json(
        cls,
        json_path: str,
        tokenizer: Any,
        token: bool | str | None = None,
        cache_folder: str | None = None,
        revision: str | None = None,
        local_files_only: bool = False,
        **config: Any,
    ) -> Self:
        """Make the module of a JSON file that holds a weight for each token; tokens that it leaves out get 0.

        Args:
            json_path: The file, or the hub name of a model that holds `idf.json`.
            tokenizer: A fast tokenizer of transformers.
            token: Token for the hub.
            cache_folder: Where the hub cache lies.
            revision: Branch, tag or commit.
            local_files_only: Whether the network is out of bounds.
            **config: `frozen`.

        Returns:
            The module.

        Raises:
            CheckpointError: If the file is no object of numbers, or names none of the tokens.
        """
        file = Path(json_path)
        if not file.is_file():
            hub: dict[str, Any] = {"token": token, "cache_folder": cache_folder, "revision": revision}
            root = resolve_folder(json_path, **hub, local_files_only=local_files_only, trust_remote_code=False)
            file = ModelFolder(root).require("idf.json")
        return cls(tokenizer, _weights_by_token(ConfigReader(read_object(file), file), tokenizer), **config)

    def __repr__(self) -> str:
        return f"SparseStaticEmbedding(frozen={self.frozen}, dimensions={self.num_dimensions})"


def _with_prompt(text: Any, prompt: str) -> Any:
    return prompt + text if isinstance(text, str) else (prompt + text[0], *text[1:])


def _backend_of(tokenizer: Any) -> Tokenizer:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if not isinstance(backend, Tokenizer):
        raise InputTypeError(
            f"the tokenizer is a {type(tokenizer).__name__}",
            accepted="a fast tokenizer of transformers",
            fix="transformers.AutoTokenizer.from_pretrained(path)",
        )
    return backend


def _size_of(tokenizer: Any) -> int:
    return _backend_of(tokenizer).get_vocab_size(with_added_tokens=True)


def _tokens_of(backend: Tokenizer, limit: int | None, side: str) -> StaticTokens:
    """A copy of the tokenizer that cuts at the limit; StaticTokens adds no special tokens."""
    copy = Tokenizer.from_str(backend.to_str())
    copy.no_padding()
    copy.no_truncation()
    if limit is not None:
        copy.enable_truncation(limit, direction=side)
    return StaticTokens(copy)


def _weights_by_token(reader: ConfigReader, tokenizer: Any) -> Tensor:
    """float32 [V] of token to weight."""
    vocabulary: Mapping[str, int] = _backend_of(tokenizer).get_vocab()
    weights = np.zeros(_size_of(tokenizer), dtype=np.float32)
    known = 0
    for token in reader.data:
        at = vocabulary.get(token)
        if at is not None:
            weights[at] = reader.number(token)
            known += 1
    if not known:
        raise CheckpointError(
            f"{reader.where}: names no token of the tokenizer", accepted='an object such as {"hello": 3.2, ...}'
        )
    return torch.from_numpy(weights)
