"""The decoder that rebuilds a text from its embedding: built from transformers, perhaps of the encoder's own weights.

Knows transformers models and tokenizers, which are imported when a decoder is built. Does not know the loss.
"""

from __future__ import annotations

import copy
import inspect
import logging
from typing import Any, Protocol, cast, runtime_checkable

from torch import Tensor, nn

from likewise.errors import ConfigError
from likewise.losses.embedding import unwrapped
from likewise.ops.column_batch import Features
from likewise.ops.packing import padded_features

logger = logging.getLogger(__name__)


@runtime_checkable
class HasTransformersModel(Protocol):
    """A model whose first module has a transformers model and a tokenizer."""

    @property
    def transformers_model(self) -> Any:
        """The transformers model, or None."""

    @property
    def tokenizer(self) -> Any:
        """Its tokenizer."""


def encoder_of(model: nn.Module) -> tuple[Any, Any]:
    """The transformers model and the tokenizer inside a model.

    Args:
        model: A model, perhaps wrapped.

    Returns:
        The transformers model and its tokenizer.

    Raises:
        ConfigError: If the model has none.
    """
    inner: object = unwrapped(model)
    encoder = inner.transformers_model if isinstance(inner, HasTransformersModel) else None
    if encoder is None:
        raise ConfigError(
            f"DenoisingAutoEncoderLoss for a {type(inner).__name__} without a transformers model",
            accepted="a SentenceTransformer that begins with a Transformer",
        )
    return encoder, cast("HasTransformersModel", inner).tokenizer


def tied_decoder(encoder: Any) -> Any:
    """A decoder whose layers are the encoder's own: only its cross attention and its head are new.

    The head comes from the encoder's checkpoint where that has one.

    Args:
        encoder: A transformers model, such as `BertModel`.

    Returns:
        A transformers model for causal language modelling that holds the encoder's `Parameter` objects.

    Raises:
        ConfigError: If transformers has no decoder of this architecture.

    Example:
        >>> from transformers import BertConfig, BertModel
        >>> config = BertConfig(vocab_size=3, hidden_size=8, num_hidden_layers=1, num_attention_heads=2)
        >>> encoder = BertModel(config)
        >>> tied_decoder(encoder).get_output_embeddings().weight is encoder.get_input_embeddings().weight
        True
    """
    from transformers import AutoModelForCausalLM

    config = _decoder_config(encoder.config)
    decoder = None
    if encoder.name_or_path:
        try:
            decoder = AutoModelForCausalLM.from_pretrained(encoder.name_or_path, config=config, dtype=encoder.dtype)
        except OSError as error:
            logger.warning("the decoder's head starts at random, since the checkpoint is not there: %s", error)
        except ValueError as error:
            raise _no_decoder(config) from error
    if decoder is None:
        decoder = _from_config(config, encoder.dtype)
    _check_cross_attention(decoder)
    _share(encoder, decoder)
    return decoder.to(encoder.device)


def loaded_decoder(name_or_path: str, encoder: Any) -> tuple[Any, Any]:
    """A decoder with weights of its own.

    Args:
        name_or_path: Folder or hub name of a transformers checkpoint.
        encoder: The encoder, whose device is taken.

    Returns:
        The decoder and its tokenizer.

    Raises:
        ConfigError: If transformers has no decoder of this architecture.
    """
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    config = _decoder_config(AutoConfig.from_pretrained(name_or_path))
    try:
        decoder = AutoModelForCausalLM.from_pretrained(name_or_path, config=config, dtype=encoder.dtype)
    except ValueError as error:
        raise _no_decoder(config) from error
    _check_cross_attention(decoder)
    return decoder.to(encoder.device), AutoTokenizer.from_pretrained(name_or_path)


def retokenized(features: Features, reader: Any, writer: Any) -> tuple[Tensor, Tensor]:
    """Texts in the tokens of the decoder.

    Args:
        features: Features of a column, padded or packed, in the encoder's tokens.
        reader: The encoder's tokenizer.
        writer: The decoder's tokenizer; the same object leaves tokens as they are.

    Returns:
        `input_ids` and `attention_mask`, int64 [B, S], padded at the end.

    Example:
        >>> import torch
        >>> ids = torch.tensor([[2, 3]])
        >>> retokenized({"input_ids": ids, "attention_mask": torch.ones_like(ids)}, None, None)
        (tensor([[2, 3]]), tensor([[1, 1]]))
    """
    padded = padded_features(features) if "cu_seqlens" in features else features
    ids_BS: Tensor = padded["input_ids"]
    if reader is writer:
        return ids_BS, padded["attention_mask"]
    texts = reader.batch_decode(ids_BS, skip_special_tokens=True)
    told = writer(texts, padding=True, truncation="longest_first", return_tensors="pt", padding_side="right")
    return told["input_ids"].to(ids_BS.device), told["attention_mask"].to(ids_BS.device)


def same_tokens(one: Any, other: Any) -> bool:
    """Whether two tokenizers cut texts into the same tokens with the same numbers.

    Args:
        one: A tokenizer.
        other: A tokenizer.

    Returns:
        Whether they do.
    """
    return type(one) is type(other) and one.get_vocab() == other.get_vocab()


def _decoder_config(config: Any) -> Any:
    changed = copy.deepcopy(config)
    changed.is_decoder = changed.add_cross_attention = True
    changed.use_cache = False
    return changed


def _from_config(config: Any, dtype: Any) -> Any:
    from transformers import AutoModelForCausalLM

    try:
        return AutoModelForCausalLM.from_config(config, dtype=dtype)
    except ValueError as error:
        raise _no_decoder(config) from error


def _check_cross_attention(decoder: Any) -> None:
    # Some architectures accept the setting and have no such layers.
    takes = "encoder_hidden_states" in inspect.signature(decoder.forward).parameters
    if not takes or not any("cross" in name.lower() for name, _ in decoder.named_modules()):
        raise _no_decoder(decoder.config)


def _no_decoder(config: Any) -> ConfigError:
    return ConfigError(
        f"a decoder of the architecture {config.model_type!r}: transformers has none with cross attention",
        accepted="bert, roberta, xlm-roberta, camembert, electra or gpt2",
        fix="DenoisingAutoEncoderLoss(model, 'bert-base-uncased', tie_encoder_decoder=False)",
    )


def _share(encoder: nn.Module, decoder: Any) -> None:
    """Put the encoder's parameters into the decoder, under the same names, and tie its head to the word table."""
    body = dict(decoder.base_model.named_modules())
    shared = 0
    for name, module in encoder.named_modules():
        twin = body.get(name)
        for key, parameter in module._parameters.items() if twin is not None else ():
            old = None if twin is None else twin._parameters.get(key)
            if twin is not None and parameter is not None and old is not None and old.shape == parameter.shape:
                twin._parameters[key] = parameter
                shared += 1
    head, words = decoder.get_output_embeddings(), decoder.get_input_embeddings()
    if decoder.config.tie_word_embeddings and head is not None and head.weight.shape == words.weight.shape:
        head.weight = words.weight
    if not shared:
        raise ConfigError(
            f"a {type(encoder).__name__} and a {type(decoder).__name__} that have no layer in common",
            accepted="an encoder whose layers its decoder has as well",
            fix="DenoisingAutoEncoderLoss(model, 'bert-base-uncased', tie_encoder_decoder=False)",
        )
