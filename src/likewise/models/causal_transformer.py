"""The first module of generative re-rankers: pairs of texts to the logits of the token that would follow.

Knows how its folder, tokenizer and model go together; does not know which tokens mean yes and no.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike, fspath
from typing import Any, Self

import torch
from torch import Tensor

from likewise.errors import CheckpointError
from likewise.hub.folder import ModelFolder
from likewise.hub.resolve import resolve_folder
from likewise.models import adapters, body_access
from likewise.models.adapter_files import is_adapter
from likewise.models.model_watch import ModelWatch
from likewise.models.module import Features, LoadContext, Prepared
from likewise.models.packed_body import PackedBody
from likewise.models.pair_chat import PairChat
from likewise.models.text_module import TextModule
from likewise.models.token_rows import TokenRows
from likewise.models.transformer_config import load_config
from likewise.models.transformer_loading import USED_OPTIONS, load_checked, load_remote_code
from likewise.models.transformer_settings import (
    GENERATING_TASK,
    SETTINGS_FILES,
    TransformerSettings,
    read_settings,
)
from likewise.ops.packing import padded_features

LOGITS = "causal_logits"


class CausalTransformer(TextModule):
    """Gives the logits of the next token after a pair of texts, with a `...ForCausalLM` model of transformers.

    Where the tokenizer has a chat template, a pair is a conversation: the prompt as "system", then "query" and
    "document". White space around texts counts.

    Args:
        model_name_or_path: Folder or hub name of a transformers checkpoint.
        max_seq_length: Most tokens of a pair; None takes the smaller of the model's positions and the tokenizer's
            maximum. What stands after the document in the template is kept when a pair is cut.
        model_kwargs: Keyword arguments for the transformers model.
        processor_kwargs: Keyword arguments for the tokenizer.
        config_kwargs: Keyword arguments for the transformers configuration.
        chat_variables: Variables of the chat template, such as `{"add_generation_prompt": True}`.
        cache_folder: Where the hub cache lies.

    Raises:
        ModelNotFoundError: If there is no such checkpoint.
        CheckpointError: If the checkpoint is damaged, incomplete, or of an architecture without such a model.

    Example:
        >>> import tempfile
        >>> from tokenizers import Tokenizer, models
        >>> from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
        >>> folder = tempfile.mkdtemp()
        >>> sizes = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
        >>> LlamaForCausalLM(LlamaConfig(vocab_size=4, **sizes)).save_pretrained(folder)
        >>> words = Tokenizer(models.WordLevel({"[PAD]": 0, "[UNK]": 1, "yes": 2, "no": 3}, unk_token="[UNK]"))
        >>> names = {"unk_token": "[UNK]", "pad_token": "[PAD]"}
        >>> _ = PreTrainedTokenizerFast(tokenizer_object=words, **names).save_pretrained(folder)
        >>> module = CausalTransformer(folder)
        >>> module(module.tokenize([("yes", "no")]))["causal_logits"].shape
        torch.Size([1, 4])
    """

    chat: PairChat | None

    def __init__(
        self,
        model_name_or_path: str | PathLike[str],
        max_seq_length: int | None = None,
        model_kwargs: Mapping[str, Any] | None = None,
        processor_kwargs: Mapping[str, Any] | None = None,
        config_kwargs: Mapping[str, Any] | None = None,
        chat_variables: Mapping[str, Any] | None = None,
        cache_folder: str | None = None,
    ) -> None:
        super().__init__()
        context = LoadContext(
            trust_remote_code=bool((model_kwargs or {}).get("trust_remote_code", False)),
            cache_folder=cache_folder,
            model_kwargs=dict(model_kwargs or {}),
            tokenizer_kwargs=dict(processor_kwargs or {}),
            config_kwargs=dict(config_kwargs or {}),
        )
        folder = ModelFolder(resolve_folder(fspath(model_name_or_path), cache_folder=cache_folder))
        settings = read_settings(folder, context, task=GENERATING_TASK)
        if max_seq_length is not None:
            settings = replace(settings, max_seq_length=max_seq_length, source=None)
        self._set_up(folder, settings, context)
        if self.chat is not None and chat_variables:
            self.chat = replace(self.chat, variables=dict(chat_variables))

    @classmethod
    def from_folder(cls, folder: ModelFolder, context: LoadContext) -> Self:
        """Load the module from its folder.

        Args:
            folder: The module's folder, or a plain transformers folder.
            context: What the caller decided.

        Returns:
            The module.
        """
        settings = read_settings(folder, context, task=GENERATING_TASK)
        module = cls.__new__(cls)
        TextModule.__init__(module)
        module._set_up(folder, settings, context)
        return module

    def _set_up(self, folder: ModelFolder, settings: TransformerSettings, context: LoadContext) -> None:
        self._modules["auto_model"] = _load(folder, settings, context)
        # So that the last position is one of the pair, whatever else is in the batch.
        left = {**settings.tokenizer_options, "padding_side": "left"}
        self._set_up_reading(folder, replace(settings, tokenizer_options=left), context)
        self._watch = ModelWatch(PackedBody.of)
        stored = folder.config(*SETTINGS_FILES, optional=True)
        says = "modality_config" in stored
        self.chat = PairChat.read(stored) if says else PairChat.of(self._tokenizer.source)

    def prepare(self, inputs: Sequence[Any], *, prompt: str = "", task: str | None = None) -> Prepared:
        """Tokenise pairs, without padding.

        Args:
            inputs: Pairs of texts.
            prompt: The instruction: the "system" message, or text put before the first text where there is no template.
            task: Not used.

        Returns:
            The token ids.

        Raises:
            InputError: If a text is not valid Unicode, or there is no room for a text.
            CheckpointError: If the template refuses the pairs, or an id is larger than the vocabulary.
        """
        if self.chat is None:
            return super().prepare(inputs, prompt=prompt, task=task)
        ids, cut = self.chat.encode(self.tokenizer, inputs, prompt, self._length_for(task))
        rows = TokenRows.of_lists(ids, None, self._tokenizer.padding)
        body_access.check_ids(rows, self._body, self._tokenizer.source)
        keys = rows.keys() if len(rows) > 1 else None
        return Prepared(rows, rows.sizes, torch.tensor(cut, dtype=torch.bool).numpy(), keys=keys)

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Run the model; gradients flow, and dropout is on in training mode.

        Args:
            features: int64 [B, S]: `input_ids`, `attention_mask`, padded on either side.
            **kwargs: Further keyword arguments of the transformers model.

        Returns:
            The features with `causal_logits` [B, V], of the token after the last, in the type of the weights.
        """
        features, model = padded_features(features), self.auto_model
        mask_BS = features["attention_mask"]
        names = inspect.signature(type(model).forward).parameters
        inputs = {name: features[name] for name in body_access.forward_names(model) if name in features}
        if "position_ids" in names and "position_ids" not in features:
            # Positions of the pair's own tokens, wherever the padding stands.
            inputs["position_ids"] = (mask_BS.cumsum(1) - 1).clamp_min(0)
        last_B = mask_BS.shape[1] - 1 - mask_BS.flip(1).argmax(1)
        at_end = bool((last_B == mask_BS.shape[1] - 1).all())
        if at_end and "logits_to_keep" in names:
            inputs["logits_to_keep"] = 1
        if "use_cache" in names:
            inputs["use_cache"] = False
        logits: Tensor = model(**inputs, **kwargs, return_dict=True).logits
        logits_BV = logits[:, -1] if at_end else logits[torch.arange(len(logits), device=logits.device), last_B]
        return {**features, LOGITS: logits_BV}

    def how_it_runs(self) -> PackedBody:
        """Say why the model runs padded.

        Returns:
            What is known about the model as it is now; its `encoder` is None.
        """
        return self._watch.look(self._body)

    @property
    def _encoder_part(self) -> torch.nn.Module:
        return self._body

    def _clean_text(self, text: str) -> str:
        return text.lower() if self.do_lower_case else text

    def embedding_dimension(self) -> int | None:
        """None: the module makes no embeddings."""
        return None

    def get_config_dict(self) -> dict[str, Any]:
        """The settings to be saved.

        Returns:
            Lengths, the task, how pairs are read, and where the logits are found.
        """
        modalities: dict[str, Any] = {"text": {"method": "forward", "method_output_name": "logits"}}
        if self.chat is not None:
            modalities["message"] = self.chat.to_config()
        task = {"transformer_task": GENERATING_TASK, "modality_config": modalities, "module_output_name": LOGITS}
        variables = {} if self.chat is None else dict(self.chat.variables)
        own = {"processing_kwargs": {"chat_template": variables}} if variables else {}
        return {**super().get_config_dict(), **task, **own}

    def __repr__(self) -> str:
        return (
            f"CausalTransformer({{'max_seq_length': {self.max_seq_length}, 'chat': {self.chat is not None}, "
            f"'architecture': {body_access.class_name(self._body)!r}}})"
        )


def _load(folder: ModelFolder, settings: TransformerSettings, context: LoadContext) -> Any:
    if is_adapter(folder):
        return adapters.load_adapted_model(folder, settings, context, _load)
    import transformers

    trust = context.trust_remote_code
    config = load_config(folder, settings.config_options, trust_remote_code=trust)
    options = {name: value for name, value in settings.model_options.items() if name not in USED_OPTIONS}
    if trust and getattr(config, "auto_map", None):
        return load_remote_code(folder, config, options, transformers.AutoModelForCausalLM)
    try:
        model_class = transformers.MODEL_FOR_CAUSAL_LM_MAPPING[type(config)]
    except KeyError as error:
        raise CheckpointError(
            f"{folder.path / 'config.json'}: 'model_type' is {config.model_type!r}, of which transformers has no "
            "generative model"
        ) from error
    return load_checked(folder, model_class, config, options)
