"""What a Transformer's folder and its caller say about how to load it. Knows settings, builds nothing.

A folder is data from a stranger: of the loader options stored in it, only those in the tables below count.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

from likewise.errors import ConfigError
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.models.module import LoadContext

logger = logging.getLogger(__name__)

SETTINGS_FILE = "sentence_bert_config.json"
EMBEDDING_TASK = "feature-extraction"
SCORING_TASK = "sequence-classification"
MASKED_TASK = "fill-mask"
GENERATING_TASK = "text-generation"
SETTINGS_FILES = (
    SETTINGS_FILE,
    "sentence_roberta_config.json",
    "sentence_distilbert_config.json",
    "sentence_camembert_config.json",
    "sentence_albert_config.json",
    "sentence_xlm-roberta_config.json",
    "sentence_xlnet_config.json",
    "sentence_xlmroberta_config.json",
    "sentence_bert_config.json",
    "sentence_t5_config.json",
)

_DTYPES = ("auto", "float32", "float16", "bfloat16", "torch.float32", "torch.float16", "torch.bfloat16")
_ATTENTIONS = ("eager", "sdpa", "flash_attention_2", "flex_attention")
# Option -> accepted values; a type accepts every value of it.
_Accepted = Mapping[str, tuple[object, ...] | type]
_MODEL_OPTIONS: _Accepted = {
    "torch_dtype": _DTYPES,
    "dtype": _DTYPES,
    "attn_implementation": _ATTENTIONS,
    "add_pooling_layer": bool,
}
_TOKENIZER_OPTIONS: _Accepted = {
    "model_max_length": int,
    "padding_side": ("left", "right"),
    "truncation_side": ("left", "right"),
    "do_lower_case": bool,
    "strip_accents": bool,
    "add_eos_token": bool,
    "add_bos_token": bool,
    "add_prefix_space": bool,
    "clean_up_tokenization_spaces": bool,
    "use_fast": bool,
    "legacy": bool,
}
_CONFIG_OPTIONS: _Accepted = {
    "output_hidden_states": bool,
    "output_attentions": bool,
    "is_causal": bool,
    "use_memory_efficient_attention": bool,
    "unpad_inputs": bool,
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerSettings:
    """Everything that decides how a Transformer is loaded.

    Args:
        max_seq_length: Most tokens of a text; None takes what the model and the tokenizer say.
        do_lower_case: Whether texts are lowered before tokenising.
        query_length: Most tokens of a query, where it differs.
        document_length: Most tokens of a document, where it differs.
        reads_images: Whether the folder says that the model takes images as well as texts.
        model_options: Keyword arguments of the transformers model.
        tokenizer_options: Keyword arguments of the tokenizer.
        config_options: Keyword arguments of the transformers configuration.
        source: Where `max_seq_length` was read, for error messages; None if the caller gave it.
    """

    max_seq_length: int | None = None
    do_lower_case: bool = False
    query_length: int | None = None
    document_length: int | None = None
    reads_images: bool = False
    model_options: Mapping[str, Any] = field(default_factory=dict)
    tokenizer_options: Mapping[str, Any] = field(default_factory=dict)
    config_options: Mapping[str, Any] = field(default_factory=dict)
    source: str | None = None


def read_settings(folder: ModelFolder, context: LoadContext, *, task: str = EMBEDDING_TASK) -> TransformerSettings:
    """Read the settings file of a folder, in any of its names and versions, and put the caller's options on top.

    Args:
        folder: The module's folder; the file may be absent.
        context: What the caller decided.
        task: What the reading module does; a file that names no task is taken for it.

    Returns:
        The settings.

    Raises:
        CheckpointError: If a value is of the wrong kind.
        ConfigError: If the file asks for a task that this module does not do.
    """
    reader = folder.config(*SETTINGS_FILES, optional=True)
    check_task(reader.text("transformer_task", default=None), reader, task)
    tokenizer_options = {
        **_allowed(reader, ("tokenizer_args", "tokenizer_kwargs", "processor_kwargs"), _TOKENIZER_OPTIONS),
        **context.tokenizer_kwargs,
    }
    max_seq_length = reader.integer("max_seq_length", low=1, high=10**8, default=None)
    if "model_max_length" in context.tokenizer_kwargs:
        max_seq_length = None
    do_lower_case = reader.boolean("do_lower_case", default=None)
    return TransformerSettings(
        max_seq_length=max_seq_length,
        do_lower_case=bool(do_lower_case),
        query_length=reader.integer("query_length", low=1, high=10**8, default=None),
        document_length=reader.integer("document_length", low=1, high=10**8, default=None),
        reads_images=_reads_images(reader),
        model_options={**_allowed(reader, ("model_args", "model_kwargs"), _MODEL_OPTIONS), **context.model_kwargs},
        tokenizer_options=tokenizer_options,
        config_options={
            **_allowed(reader, ("config_args", "config_kwargs"), _CONFIG_OPTIONS),
            **context.config_kwargs,
        },
        source=str(reader.where),
    )


def stored_task(folder: ModelFolder) -> str | None:
    """Read which task a folder was saved for.

    Args:
        folder: The module's folder; the file may be absent.

    Returns:
        The task as later versions of the format name it, None if the folder names none.
    """
    return folder.config(*SETTINGS_FILES, optional=True).text("transformer_task", default=None)


def check_task(task: str | None, reader: ConfigReader | None = None, own: str = EMBEDDING_TASK) -> None:
    """Refuse what a module of this library does not do.

    Args:
        task: The task as later versions of the format name it; None is feature extraction.
        reader: The file that names it, if a file does.
        own: The task that the module does.

    Raises:
        ConfigError: If the task is another one.
    """
    if task not in (None, own):
        where = f"{reader.where}: " if reader is not None else ""
        raise ConfigError(
            f"{where}transformer_task={task!r}",
            accepted=f"{own!r}; this version has no module for other tasks here",
        )


def _reads_images(reader: ConfigReader) -> bool:
    modalities = reader.object("modality_config", default=None)
    if modalities is None:
        return False
    text = modalities.object("text", default=None)
    if "image" in modalities:
        return True
    if text is None and "message" not in modalities:
        raise reader.fail("modality_config", sorted(modalities.data), "an object with 'text', or 'text' and 'image'")
    if text is not None and text.text("method", default="forward") != "forward":
        raise reader.fail("modality_config.text.method", text.data.get("method"), "'forward'")
    return False


def _allowed(reader: ConfigReader, keys: tuple[str, ...], table: _Accepted) -> dict[str, Any]:
    """The harmless options of a stored mapping; the others are named and dropped."""
    stored = reader.object(keys, default=None)
    if stored is None:
        return {}
    accepted: dict[str, Any] = {}
    dropped = []
    for name, value in stored.data.items():
        rule = table.get(name)
        if rule is None:
            dropped.append(name)
        elif value is not None:
            is_good = type(value) is rule if isinstance(rule, type) else value in rule
            if not is_good:
                wanted = rule.__name__ if isinstance(rule, type) else f"one of {list(rule)}"
                raise reader.fail(f"{keys[0]}.{name}", value, wanted)
            accepted[name] = value
    if dropped:
        logger.warning(
            "%s: the options %s are not taken from a file; pass them yourself if you want them.", reader.where, dropped
        )
    return accepted
