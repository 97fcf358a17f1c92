"""Fast tokenisation without padding on top of a transformers tokenizer. Knows texts and token ids, no model.

The transformers tokenizer is never changed: its Rust backend is copied once, without truncation and padding, and that
copy is only ever read. Tokenizers in pure Python are called one text and one thread at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from likewise.errors import InputError, InputTypeError
from likewise.models.token_rows import Padding, TokenRows
from likewise.models.tokenizer_backend import BackendCopy, Text, runs_on_backend, state_of


@final
@dataclass(frozen=True, slots=True)
class Tokenised:
    """Token ids of some texts.

    Args:
        rows: The ids, one row per text.
        truncated: bool [N], which texts were longer than the maximum.
    """

    rows: TokenRows
    truncated: np.ndarray


@final
class TextTokenizer:
    """Turns texts and pairs of texts into token ids of at most a given number; safe to share between threads.

    Args:
        source: A tokenizer of transformers, fast (on the `tokenizers` library) or slow (pure Python), or a
            `FileTokenizer`.

    Example:
        >>> from tokenizers import Tokenizer, models, pre_tokenizers
        >>> from transformers import PreTrainedTokenizerFast
        >>> backend = Tokenizer(models.WordLevel({"[UNK]": 0, "hello": 1, "world": 2}, unk_token="[UNK]"))
        >>> backend.pre_tokenizer = pre_tokenizers.Whitespace()
        >>> tokenizer = TextTokenizer(PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="[UNK]"))
        >>> tokenizer.encode(["hello world", "hello"], max_length=1).truncated
        array([ True, False])
    """

    def __init__(self, source: Any) -> None:
        self.source = source
        self._lock = threading.Lock()
        self._copy: BackendCopy | None = None

    def __reduce__(self) -> tuple[type[TextTokenizer], tuple[Any]]:
        return TextTokenizer, (self.source,)

    def encode(self, texts: Sequence[Text], max_length: int | None) -> Tokenised:
        """Tokenise texts, special tokens included.

        Args:
            texts: Texts, or pairs of texts, which become two segments.
            max_length: Most tokens of a text, special tokens included; longer ones are cut (of a pair, the longer
                segment first). None cuts nothing.

        Returns:
            The token ids, in the same order.

        Raises:
            InputError: If a text is not valid Unicode, or `max_length` leaves no room beside the special tokens.
        """
        if not texts:
            return Tokenised(TokenRows.of_lists([], self._no_types(), self.padding), np.zeros(0, dtype=bool))
        try:
            ids, types, truncated = self._encode(texts, max_length)
        except (TypeError, ValueError) as error:
            explained = _explain(texts)
            if explained is None:
                raise
            raise explained from error
        return Tokenised(TokenRows.of_lists(ids, types, self.padding), np.asarray(truncated, dtype=bool))

    def prefix_length(self, text: str, max_length: int | None) -> int:
        """Count the tokens that a text takes at the start of a longer one.

        Args:
            text: The start, such as a prompt.
            max_length: As in `encode`.

        Returns:
            Its tokens with the special tokens before, without those after it.
        """
        ids = self.encode([text], max_length).rows[0].tolist()
        backend = self._backend()
        if backend is not None:
            return len(ids) - backend.tokens_after
        return len(ids) - int(bool(ids) and ids[-1] in self.source.all_special_ids)

    @property
    def padding(self) -> Padding:
        """How the tokenizer pads."""
        pad = self.source.pad_token_id
        # Padding is masked: without a padding token any id does.
        return Padding(0 if pad is None else pad, self.source.pad_token_type_id, self.source.padding_side == "left")

    def _no_types(self) -> list[list[int]] | None:
        return [] if "token_type_ids" in self.source.model_input_names else None

    def _encode(
        self, texts: Sequence[Text], max_length: int | None
    ) -> tuple[list[list[int]], list[list[int]] | None, list[bool]]:
        with_types = self._no_types() is not None
        backend = self._backend()
        if backend is None:
            with self._lock:
                return _encode_slow(self.source, texts, max_length, with_types=with_types)
        return backend.encode(texts, max_length, with_types=with_types)

    def _backend(self) -> BackendCopy | None:
        """The private copy, made again when the tokenizer was changed; None for a tokenizer that has no backend."""
        if not runs_on_backend(self.source):
            return None
        state = state_of(self.source)
        copy = self._copy
        if copy is None or copy.state != state:
            with self._lock:
                copy = BackendCopy(self.source, state)
                self._copy = copy
        return copy


def _encode_slow(
    source: Any, texts: Sequence[Text], max_length: int | None, *, with_types: bool
) -> tuple[list[list[int]], list[list[int]] | None, list[bool]]:
    ids, types, truncated = [], [], []
    for text in texts:
        # As lists of one: a single call drops an empty second text.
        parts = [[part] for part in text] if isinstance(text, tuple) else [[text]]
        options = {"padding": False, "return_token_type_ids": with_types, "verbose": False}
        encoded = source(*parts, truncation=False, **options)
        too_long = max_length is not None and len(encoded["input_ids"][0]) > max_length
        if too_long:
            encoded = source(*parts, truncation="longest_first", max_length=max_length, **options)
        ids.append(list(encoded["input_ids"][0]))
        types.append(list(encoded["token_type_ids"][0]) if with_types else [])
        truncated.append(too_long)
    return ids, types if with_types else None, truncated


def _explain(texts: Sequence[Any]) -> InputError | None:
    for at, text in enumerate(texts):
        for part in text if isinstance(text, tuple) else (text,):
            if not isinstance(part, str):
                return InputTypeError(
                    f"input {at} is a {type(part).__name__}", accepted="a text, or a tuple of two texts"
                )
            try:
                part.encode("utf-8")
            except UnicodeEncodeError as bad:
                return InputError(
                    f"input {at} holds a lone surrogate {part[bad.start]!r} at character {bad.start}, which is no "
                    "Unicode text",
                    accepted="texts that can be written as UTF-8",
                    fix="text.encode('utf-8', 'replace').decode('utf-8')",
                )
    return None
