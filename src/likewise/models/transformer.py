"""The first module of most models: texts to token embeddings with a transformers encoder.

Knows how its folder, tokenizer and encoder go together; does not know what is done with the token embeddings.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any, Self, cast

import torch

from likewise.errors import ConfigError
from likewise.hub.folder import ModelFolder
from likewise.models import body_access
from likewise.models.checkpoint_arguments import context_of, resolved
from likewise.models.model_watch import ModelWatch
from likewise.models.module import Features, LoadContext
from likewise.models.packed_body import PackedBody, is_plain, run_encoder
from likewise.models.text_module import TextModule
from likewise.models.transformer_settings import (
    MASKED_TASK,
    TransformerSettings,
    check_task,
    read_settings,
    stored_task,
)
from likewise.ops.packing import padded_features


class Transformer(TextModule):
    """Turns texts into one embedding per token with a Hugging Face transformers encoder.

    Args:
        model_name_or_path: Folder or hub name of a transformers checkpoint.
        max_seq_length: Most tokens of a text, special tokens included; longer texts are cut. None takes the smaller of
            the model's positions and the tokenizer's maximum.
        model_args: Keyword arguments for the transformers model, such as `{"torch_dtype": "bfloat16"}`;
            `trust_remote_code`, `token`, `revision` and `local_files_only` count for all three parts.
        tokenizer_args: Keyword arguments for the tokenizer.
        config_args: Keyword arguments for the transformers configuration.
        cache_dir: Where the hub cache lies.
        do_lower_case: Whether texts are lowered before tokenising.
        tokenizer_name_or_path: Folder or hub name of the tokenizer, where it is not the model's own.
        backend: "torch", the only one of this version.
        model_kwargs: Later name of `model_args`.
        processor_kwargs: Later name of `tokenizer_args`.
        tokenizer_kwargs: Another name of `tokenizer_args`.
        config_kwargs: Later name of `config_args`.
        transformer_task: "feature-extraction", the only one of this version.
        query_length: Most tokens of a query, where it differs from `max_seq_length`.
        document_length: Most tokens of a document, where it differs from `max_seq_length`.

    Raises:
        ModelNotFoundError: If there is no such checkpoint.
        CheckpointError: If the checkpoint is damaged or incomplete; the message names the file and the key.
        InputError: If `max_seq_length` is more than the model's positions.

    Example:
        >>> import tempfile
        >>> from tokenizers import Tokenizer, models
        >>> from transformers import BertConfig, BertModel, PreTrainedTokenizerFast
        >>> folder = tempfile.mkdtemp()
        >>> config = BertConfig(vocab_size=3, hidden_size=8, num_hidden_layers=1, num_attention_heads=2)
        >>> BertModel(config).save_pretrained(folder)
        >>> words = Tokenizer(models.WordLevel({"[PAD]": 0, "[UNK]": 1, "hello": 2}, unk_token="[UNK]"))
        >>> names = {"unk_token": "[UNK]", "pad_token": "[PAD]"}
        >>> _ = PreTrainedTokenizerFast(tokenizer_object=words, **names).save_pretrained(folder)
        >>> module = Transformer(folder)
        >>> module(module.tokenize(["hello"]))["token_embeddings"].shape
        torch.Size([1, 1, 8])
    """

    def __init__(
        self,
        model_name_or_path: str | PathLike[str],
        max_seq_length: int | None = None,
        model_args: Mapping[str, Any] | None = None,
        tokenizer_args: Mapping[str, Any] | None = None,
        config_args: Mapping[str, Any] | None = None,
        cache_dir: str | None = None,
        do_lower_case: bool = False,
        tokenizer_name_or_path: str | PathLike[str] | None = None,
        backend: str = "torch",
        *,
        model_kwargs: Mapping[str, Any] | None = None,
        processor_kwargs: Mapping[str, Any] | None = None,
        tokenizer_kwargs: Mapping[str, Any] | None = None,
        config_kwargs: Mapping[str, Any] | None = None,
        transformer_task: str = "feature-extraction",
        query_length: int | None = None,
        document_length: int | None = None,
    ) -> None:
        super().__init__()
        if backend != "torch":
            raise ConfigError(f"backend={backend!r}", accepted="'torch'; this version has no other backend")
        check_task(transformer_task)
        model_options = {**(model_args or {}), **(model_kwargs or {})}
        context = context_of(model_options, cache_dir)
        settings = TransformerSettings(
            max_seq_length=max_seq_length,
            do_lower_case=do_lower_case,
            query_length=query_length,
            document_length=document_length,
            model_options=model_options,
            tokenizer_options={**(tokenizer_args or {}), **(processor_kwargs or {}), **(tokenizer_kwargs or {})},
            config_options={**(config_args or {}), **(config_kwargs or {})},
        )
        folder = resolved(model_name_or_path, context)
        tokenizer_folder = folder if tokenizer_name_or_path is None else resolved(tokenizer_name_or_path, context)
        self._set_up(folder, tokenizer_folder, settings, context)

    @classmethod
    def from_folder(cls, folder: ModelFolder, context: LoadContext) -> Self:
        """Load the module from its folder.

        Args:
            folder: The module's folder.
            context: What the caller decided.

        Returns:
            The module; a `CLIPModel` where the folder says that it reads images as well, a `MLMTransformer` where it
            says that the model fills masks (as stored from 5.4 on).
        """
        if stored_task(folder) == MASKED_TASK:
            from likewise.models.mlm_transformer import MLMTransformer

            return cast("Self", MLMTransformer.from_folder(folder, context))
        settings = read_settings(folder, context)
        if settings.reads_images:
            from likewise.models.clip_model import CLIPModel

            return cast("Self", CLIPModel.from_folder(folder, context))
        module = cls.__new__(cls)
        TextModule.__init__(module)
        module._set_up(folder, folder, settings, context)
        return module

    def _set_up(
        self, folder: ModelFolder, tokenizer_folder: ModelFolder, settings: TransformerSettings, context: LoadContext
    ) -> None:
        self._modules["auto_model"] = body_access.load_body(folder, settings, context)
        self._set_up_reading(tokenizer_folder, settings, context)
        self._watch = ModelWatch(PackedBody.of)

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Run the encoder.

        Args:
            features: int64 [B, S]: `input_ids`, `attention_mask` and, where the model has segments, `token_type_ids`;
                or packed, `input_ids` [T] with `cu_seqlens`.
            **kwargs: `output_hidden_states`, and further keyword arguments of the encoder.

        Returns:
            The features with `token_embeddings` float [B, S, D], or [T, D] if packed; and `all_layer_embeddings`,
            one such tensor for the embedding layer and each block, if the configuration has `output_hidden_states`.
        """
        all_layers = kwargs.pop("output_hidden_states", False) or body_access.keeps_all_layers(self._body)
        encoder = None if kwargs else self.how_it_runs().encoder
        if encoder is not None and is_plain(features):
            return run_encoder(encoder, features, self._body, all_layers=all_layers)
        features, model = padded_features(features), self.auto_model
        inputs = {name: features[name] for name in body_access.forward_names(model) if name in features}
        if all_layers:
            kwargs["output_hidden_states"] = True
        outputs = model(**inputs, **kwargs, return_dict=True)
        result = {**features, "token_embeddings": outputs[0]}
        if all_layers and outputs.get("hidden_states") is not None:
            result["all_layer_embeddings"] = list(outputs["hidden_states"])
        return result

    def how_it_runs(self) -> PackedBody:
        """Say whether the encoder runs packed, and why not where it does not.

        Returns:
            What is known about the encoder as it is now, with the adapters and hooks that it carries.
        """
        return self._watch.look(self._body)

    @property
    def _encoder_part(self) -> torch.nn.Module:
        return self._body

    def embedding_dimension(self) -> int | None:
        """Width of the token embeddings."""
        return self.get_word_embedding_dimension()

    def get_word_embedding_dimension(self) -> int:
        """Width of the token embeddings.

        Returns:
            The hidden size of the encoder.

        Raises:
            ConfigError: If the configuration does not say it.
        """
        return body_access.hidden_width(self._body)

    def get_embedding_dimension(self) -> int:
        """Later name of `get_word_embedding_dimension`."""
        return self.get_word_embedding_dimension()

    def __repr__(self) -> str:
        return (
            f"Transformer({{'max_seq_length': {self.max_seq_length}, 'do_lower_case': {self.do_lower_case}, "
            f"'architecture': {body_access.class_name(self._body)!r}}})"
        )
