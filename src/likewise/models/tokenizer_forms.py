"""How the tokenizer classes of transformers turn `tokenizer.json` and its settings into a tokenizer. Knows no folder.

transformers takes the vocabulary from the file and builds the other parts anew from the settings. Where the file's
parts are equal to those, reading the file gives the same tokenizer. This module says what they would be.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

_BOTH = ("input_ids", "attention_mask")
_SEGMENTS = ("input_ids", "token_type_ids", "attention_mask")


@final
@dataclass(frozen=True, slots=True)
class TokenizerForm:
    """One class.

    Args:
        fits: Whether a tokenizer read from its file has the parts that the class builds from settings and token names.
        tokens: Names of special tokens, where the settings do not say them.
        input_names: What a model takes.
        more: Further special tokens, where the settings do not say them.
    """

    fits: Callable[[Tokenizer, Mapping[str, Any], Mapping[str, str]], bool]
    tokens: Mapping[str, str]
    input_names: tuple[str, ...]
    more: tuple[str, ...] = ()


def _fits_bert(read: Tokenizer, settings: Mapping[str, Any], tokens: Mapping[str, str]) -> bool:
    cls, sep = tokens["cls_token"], tokens["sep_token"]
    template = processors.TemplateProcessing(
        single=f"{cls}:0 $A:0 {sep}:0",
        pair=f"{cls}:0 $A:0 {sep}:0 $B:1 {sep}:1",
        special_tokens=[_placed(read, cls), _placed(read, sep)],
    )
    return _is_word_piece(read, settings, tokens) and _equal(read.post_processor, template)


def _fits_mpnet(read: Tokenizer, settings: Mapping[str, Any], tokens: Mapping[str, str]) -> bool:
    cls, sep = tokens["cls_token"], tokens["sep_token"]
    ends = processors.RobertaProcessing(_placed(read, sep), _placed(read, cls), True, False)
    return _is_word_piece(read, settings, tokens) and _equal(read.post_processor, ends)


def _is_word_piece(read: Tokenizer, settings: Mapping[str, Any], tokens: Mapping[str, str]) -> bool:
    lower, accents = settings.get("do_lower_case", True), settings.get("strip_accents")
    chinese = settings.get("tokenize_chinese_chars", True)
    if type(lower) is not bool or type(chinese) is not bool or not (accents is None or type(accents) is bool):
        return False
    normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=chinese, strip_accents=accents, lowercase=lower
    )
    model = read.model
    return (
        isinstance(model, models.WordPiece)
        and (model.unk_token, model.continuing_subword_prefix) == (tokens["unk_token"], "##")
        and model.max_input_chars_per_word == 100
        and _equal(read.normalizer, normalizer)
        and _equal(read.pre_tokenizer, pre_tokenizers.BertPreTokenizer())
    )


def _fits_roberta(read: Tokenizer, settings: Mapping[str, Any], tokens: Mapping[str, str]) -> bool:
    spaced, trimmed = settings.get("add_prefix_space", False), settings.get("trim_offsets", True)
    if type(spaced) is not bool or type(trimmed) is not bool:
        return False
    cls, sep = tokens["cls_token"], tokens["sep_token"]
    ends = processors.RobertaProcessing(_placed(read, sep), _placed(read, cls), trimmed, spaced)
    model = read.model
    return (
        isinstance(model, models.BPE)
        and not (model.dropout or model.continuing_subword_prefix or model.end_of_word_suffix)
        and not (model.fuse_unk or model.byte_fallback or model.ignore_merges or model.unk_token)
        and read.normalizer is None
        and _equal(read.pre_tokenizer, pre_tokenizers.ByteLevel(add_prefix_space=spaced))
        and _equal(read.post_processor, ends)
    )


def _fits_xlm_roberta(read: Tokenizer, settings: Mapping[str, Any], tokens: Mapping[str, str]) -> bool:
    return _is_sentence_piece(read, settings, unknown=3) and _ends_like_roberta(read, tokens)


def _fits_camembert(read: Tokenizer, settings: Mapping[str, Any], tokens: Mapping[str, str]) -> bool:
    unknown = read.model.token_to_id(tokens["unk_token"])
    return _is_sentence_piece(read, settings, unknown=unknown or 0) and _ends_like_roberta(read, tokens)


def _ends_like_roberta(read: Tokenizer, tokens: Mapping[str, str]) -> bool:
    bos, eos = tokens["bos_token"], tokens["eos_token"]
    template = processors.TemplateProcessing(
        single=[bos, "$A", eos],
        pair=[bos, "$A", eos, eos, "$B", eos],
        special_tokens=[_placed(read, bos), _placed(read, eos)],
    )
    kept = _said(read.normalizer) in (None, *_charsmap(read.normalizer))
    return kept and _equal(read.post_processor, template)


def _fits_albert(read: Tokenizer, settings: Mapping[str, Any], tokens: Mapping[str, str]) -> bool:
    lower, accents = settings.get("do_lower_case", True), settings.get("keep_accents", False)
    if type(lower) is not bool or type(accents) is not bool:
        return False
    cls, sep = _placed(read, tokens["cls_token"])[1], _placed(read, tokens["sep_token"])[1]
    template = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", cls), ("[SEP]", sep)],
    )
    steps: list[Any] = [normalizers.Replace("``", '"'), normalizers.Replace("''", '"')]
    steps += [] if accents else [normalizers.NFKD(), normalizers.StripAccents()]
    steps += [normalizers.Lowercase()] if lower else []
    made = {"type": "Sequence", "normalizers": [*map(_said, steps), *_charsmap(read.normalizer)]}
    return (
        _is_sentence_piece(read, settings, unknown=1)
        and _said(read.normalizer) == made
        and _equal(read.post_processor, template)
    )


def _is_sentence_piece(read: Tokenizer, settings: Mapping[str, Any], *, unknown: int) -> bool:
    scheme = settings.get("add_prefix_space", True)
    if type(scheme) is not bool:
        return False
    words = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always" if scheme else "never"),
        ]
    )
    # Only the text form of this model says these two.
    said = repr(read.model)
    return (
        isinstance(read.model, models.Unigram)
        and said.startswith(f"Unigram(unk_id={unknown}, ")
        and said.endswith(", byte_fallback=False)")
        and _equal(read.pre_tokenizer, words)
    )


def _charsmap(normalizer: Any) -> list[Any]:
    """What of a file's normaliser such a class keeps: the first map of characters, if there is one."""
    said = _said(normalizer) or {}
    steps = said["normalizers"] if said.get("type") == "Sequence" else [said]
    return [step for step in steps if step.get("type") == "Precompiled"][:1]


def _fits_any(read: Tokenizer, settings: Mapping[str, Any], tokens: Mapping[str, str]) -> bool:
    """Such a class takes the file as it is; without a post-processor it would make one."""
    del tokens
    return read.post_processor is not None and not settings.get("add_prefix_space")


def _placed(read: Tokenizer, token: str) -> tuple[str, int]:
    at = read.token_to_id(token)
    if at is None:
        raise ValueError(token)
    return token, at


def _equal(read: Any, made: Any) -> bool:
    return read is not None and _said(read) == _said(made)


def _said(part: Any) -> Any:
    """A part of a tokenizer as its file spells it, None if there is none."""
    return None if part is None else json.loads(part.__getstate__())


_BERT_TOKENS = {
    "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]",
}  # fmt: skip
_ROBERTA_TOKENS = {
    "bos_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "cls_token": "<s>", "unk_token": "<unk>",
    "pad_token": "<pad>", "mask_token": "<mask>",
}  # fmt: skip
_ALBERT_TOKENS = {
    "bos_token": "[CLS]", "eos_token": "[SEP]", "unk_token": "<unk>", "sep_token": "[SEP]", "pad_token": "<pad>",
    "cls_token": "[CLS]", "mask_token": "[MASK]",
}  # fmt: skip
_NOT_USED = ("<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED")
_BERT = TokenizerForm(_fits_bert, _BERT_TOKENS, _SEGMENTS)
_MPNET = TokenizerForm(_fits_mpnet, {**_ROBERTA_TOKENS, "unk_token": "[UNK]"}, _BOTH)
_ROBERTA = TokenizerForm(_fits_roberta, _ROBERTA_TOKENS, _BOTH)
_XLM_ROBERTA = TokenizerForm(_fits_xlm_roberta, _ROBERTA_TOKENS, _BOTH)
_CAMEMBERT = TokenizerForm(_fits_camembert, _ROBERTA_TOKENS, _BOTH, _NOT_USED)
_ALBERT = TokenizerForm(_fits_albert, _ALBERT_TOKENS, _BOTH)
_ANY = TokenizerForm(_fits_any, {}, _BOTH)

FORMS: Mapping[str, TokenizerForm] = {
    **dict.fromkeys(("BertTokenizer", "BertTokenizerFast"), _BERT),
    **dict.fromkeys(("MPNetTokenizer", "MPNetTokenizerFast"), _MPNET),
    **dict.fromkeys(("RobertaTokenizer", "RobertaTokenizerFast"), _ROBERTA),
    **dict.fromkeys(("XLMRobertaTokenizer", "XLMRobertaTokenizerFast"), _XLM_ROBERTA),
    **dict.fromkeys(("CamembertTokenizer", "CamembertTokenizerFast"), _CAMEMBERT),
    **dict.fromkeys(("AlbertTokenizer", "AlbertTokenizerFast"), _ALBERT),
    **dict.fromkeys(("PreTrainedTokenizerFast", "TokenizersBackend"), _ANY),
}
"""Class name to its form."""
