"""The first module of SPLADE models: texts to logits over the vocabulary, with a masked language model of transformers.

Knows how its folder, tokenizer and model go together; does not know how logits become one vector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any, Self

import torch

from likewise.errors import ConfigError
from likewise.hub.folder import ModelFolder
from likewise.models import body_access
from likewise.models.checkpoint_arguments import context_of, resolved
from likewise.models.direct_headed import encoder_part
from likewise.models.masked_lm_loading import load_masked_lm
from likewise.models.model_watch import ModelWatch
from likewise.models.module import Features, LoadContext, Prepared
from likewise.models.packed_body import is_plain
from likewise.models.packed_masked_lm import PackedMaskedLM
from likewise.models.text_module import TextModule
from likewise.models.transformer_settings import MASKED_TASK, TransformerSettings, check_task, read_settings
from likewise.ops.packing import LOGITS, packed_features, padded_features

# With so many entries in the vocabulary, the logits of a batch that suits the device fit into memory.
_ENTRIES = 2**15


class MLMTransformer(TextModule):
    """Gives every token a logit for each entry of the vocabulary, with a `...ForMaskedLM` model of transformers.

    Padded features get `token_embeddings` [B, S, V]. Packed features get `token_logits`, which `SpladePooling` pools a
    tile at a time: tokens times vocabulary are never in memory as a whole.

    Args:
        model_name_or_path: Folder or hub name of a transformers checkpoint with such a head.
        max_seq_length: Most tokens of a text, special tokens included; None takes the smaller of the model's positions
            and the tokenizer's maximum.
        model_args: Keyword arguments for the transformers model.
        tokenizer_args: Keyword arguments for the tokenizer.
        config_args: Keyword arguments for the transformers configuration.
        cache_dir: Where the hub cache lies.
        do_lower_case: Whether texts are lowered before tokenising.
        tokenizer_name_or_path: Folder or hub name of the tokenizer, where it is not the model's own.
        backend: "torch".
        model_kwargs: Later name of `model_args`.
        processor_kwargs: Later name of `tokenizer_args`.
        tokenizer_kwargs: Another name of `tokenizer_args`.
        config_kwargs: Later name of `config_args`.
        transformer_task: "fill-mask", the only one.

    Raises:
        ModelNotFoundError: If there is no such checkpoint.
        MissingWeightsError: If it has no masked-language-model head.
        CheckpointError: If it is damaged.

    Example:
        >>> import tempfile
        >>> from tokenizers import Tokenizer, models
        >>> from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast
        >>> folder = tempfile.mkdtemp()
        >>> config = BertConfig(vocab_size=3, hidden_size=8, num_hidden_layers=1, num_attention_heads=2)
        >>> BertForMaskedLM(config).save_pretrained(folder)
        >>> words = Tokenizer(models.WordLevel({"[PAD]": 0, "[UNK]": 1, "hello": 2}, unk_token="[UNK]"))
        >>> names = {"unk_token": "[UNK]", "pad_token": "[PAD]"}
        >>> _ = PreTrainedTokenizerFast(tokenizer_object=words, **names).save_pretrained(folder)
        >>> module = MLMTransformer(folder)
        >>> module(module.tokenize(["hello"]))["token_embeddings"].shape
        torch.Size([1, 1, 3])

    Reference:
        Formal et al., SPLADE v2: Sparse Lexical and Expansion Model for Information Retrieval, arXiv:2109.10086.
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
        transformer_task: str = MASKED_TASK,
    ) -> None:
        super().__init__()
        if backend != "torch":
            raise ConfigError(f"backend={backend!r}", accepted="'torch'; this version has no other backend")
        check_task(transformer_task, own=MASKED_TASK)
        model_options = {**(model_args or {}), **(model_kwargs or {})}
        context = context_of(model_options, cache_dir)
        settings = TransformerSettings(
            max_seq_length=max_seq_length,
            do_lower_case=do_lower_case,
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
            folder: The module's folder, or a plain transformers folder.
            context: What the caller decided.

        Returns:
            The module.
        """
        module = cls.__new__(cls)
        TextModule.__init__(module)
        module._set_up(folder, folder, read_settings(folder, context, task=MASKED_TASK), context)
        return module

    def _set_up(
        self, folder: ModelFolder, tokenizer_folder: ModelFolder, settings: TransformerSettings, context: LoadContext
    ) -> None:
        self._modules["auto_model"] = load_masked_lm(folder, settings, context)
        self._set_up_reading(tokenizer_folder, settings, context)
        self._watch = ModelWatch(PackedMaskedLM.of)

    def prepare(self, inputs: Sequence[Any], *, prompt: str = "", task: str | None = None) -> Prepared:
        """Tokenise texts; see `TextModule`. Where the model runs padded, a token costs more, as all logits are held."""
        prepared = super().prepare(inputs, prompt=prompt, task=task)
        if prepared.packed:
            return prepared
        return replace(prepared, sizes=prepared.sizes * -(-self.get_word_embedding_dimension() // _ENTRIES))

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Run the model; gradients flow, and dropout is on in training mode.

        Args:
            features: int64 [B, S]: `input_ids`, `attention_mask` and, where the model has segments, `token_type_ids`;
                or packed, `input_ids` [T] with `cu_seqlens`.
            **kwargs: `output_hidden_states`, and further keyword arguments of the transformers model, which then runs
                padded.

        Returns:
            The features with `token_embeddings` [B, S, V], in the type of the weights (0 at padding where the model
            runs packed); if they are packed, with `token_logits` instead.
        """
        seen = self.how_it_runs()
        if seen.encoder is None or kwargs or not is_plain(features):
            return self._run_padded(padded_features(features), kwargs)
        packed = packed_features(features)
        logits = seen.logits(self._body, packed)
        if "cu_seqlens" in features:
            return {**features, LOGITS: logits}
        whole_TV, mask_BS = logits.whole(), features["attention_mask"]
        spread_BSV = whole_TV.new_zeros(*mask_BS.shape, whole_TV.shape[-1])
        return {**features, "token_embeddings": spread_BSV.index_put((mask_BS != 0).nonzero(as_tuple=True), whole_TV)}

    def _run_padded(self, features: Features, kwargs: Mapping[str, Any]) -> Features:
        model = self.auto_model
        inputs = {name: features[name] for name in body_access.forward_names(model) if name in features}
        return {**features, "token_embeddings": model(**inputs, **kwargs, return_dict=True).logits}

    def how_it_runs(self) -> PackedMaskedLM:
        """Say whether the model runs packed, and why not where it does not.

        Returns:
            What is known about the model as it is now, with the adapters and hooks that it carries.
        """
        return self._watch.look(self._body)

    @property
    def _encoder_part(self) -> torch.nn.Module:
        part: torch.nn.Module = encoder_part(self._body)
        return part

    def embedding_dimension(self) -> int | None:
        """Entries of the vocabulary that tokens get logits for."""
        return self.get_word_embedding_dimension()

    def get_word_embedding_dimension(self) -> int:
        """Entries of the vocabulary that tokens get logits for.

        Returns:
            V.
        """
        seen = self.how_it_runs()
        if seen.head is not None:
            weight_VE = seen.lookup(f"{seen.head.decoder}.weight")
            if weight_VE is not None:
                return len(weight_VE)
        return int(self.config.vocab_size)

    def get_embedding_dimension(self) -> int:
        """Later name of `get_word_embedding_dimension`."""
        return self.get_word_embedding_dimension()

    def __repr__(self) -> str:
        return (
            f"MLMTransformer({{'max_seq_length': {self.max_seq_length}, 'do_lower_case': {self.do_lower_case}, "
            f"'architecture': {body_access.class_name(self._body)!r}}})"
        )
