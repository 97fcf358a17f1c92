"""Cuts texts that are far longer than the model reads before they are tokenised, with an exact result.

A prefix is tokenised, and a longer one where its tokens do not settle the first `max_length` tokens of the whole
text. Words (pieces that the pre-tokenizer makes) are tokenised independently of what follows them, so only the last
pieces of a prefix can differ from those of the whole text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

from tokenizers import Tokenizer

# A text of normal language has 3 to 6 characters a token; where that was not enough
# the next try reads several times as many.
_CHARACTERS_PER_TOKEN = 8
_SPARE_CHARACTERS = 256
_GROWTH = 4
# Tokens at the end of a prefix that are never relied on: what follows may merge with them.
_MARGIN = 16
# Of two long texts the shorter is tokenised whole up to this length, to know which has more tokens. Beyond it the one
# of more characters counts as the longer; this decides no more than which of them keeps the odd token.
_WHOLE_CHARACTERS = 2**16


@final
class LongTextCutter:
    """Encodes texts whose tokens beyond a maximum will be dropped anyway.

    Args:
        tokenizer: A tokenizer without truncation and padding.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    def encode(self, texts: Sequence[str | tuple[str, str]], max_length: int) -> tuple[list[Any], list[bool]]:
        """Encode texts or enough of each to know its first `max_length` tokens.

        Args:
            texts: Texts, or pairs of texts.
            max_length: Tokens that will be read.

        Returns:
            The encodings, and which texts were cut (they have more than `max_length` tokens).
        """
        bound = _first_bound(max_length)
        pieces: list[Any] = [
            self._cut_pair(text, max_length) if isinstance(text, tuple) else _prefix(text, bound) for text in texts
        ]
        encodings = self._tokenizer.encode_batch_fast(pieces)
        was_cut = [piece != text for piece, text in zip(pieces, texts, strict=True)]
        for at, text in enumerate(texts):
            if not was_cut[at] or isinstance(text, tuple):
                continue
            if self._is_settled(pieces[at], text, encodings[at], max_length):
                continue
            piece = self.cut(text, max_length)
            encodings[at] = self._tokenizer.encode_batch_fast([piece])[0]
            was_cut[at] = len(piece) < len(text)
        return encodings, was_cut

    def cut(self, text: str, max_length: int) -> str:
        """Cut one text.

        Args:
            text: The text.
            max_length: Tokens that will be read.

        Returns:
            A prefix with the same first `max_length` tokens and at least one more, or the whole text.
        """
        bound = _first_bound(max_length)
        while len(text) > bound:
            piece = _prefix(text, bound)
            if self._is_settled(piece, text, self._tokenizer.encode_batch_fast([piece])[0], max_length):
                return piece
            bound *= _GROWTH
        return text

    def _cut_pair(self, pair: tuple[str, str], max_length: int) -> tuple[str, str]:
        """Cut the texts of a pair so that the one of more tokens still has more: it is the one that is truncated."""
        if max(map(len, pair)) <= _first_bound(max_length):
            return pair
        first_is_longer = len(pair[0]) > len(pair[1])
        short, long = (pair[1], pair[0]) if first_is_longer else pair
        if len(short) > _WHOLE_CHARACTERS:
            short = self.cut(short, max_length)
        tokens = len(self._tokenizer.encode_batch_fast([short])[0].ids)
        long = self.cut(long, max(max_length, tokens + 1))
        return (long, short) if first_is_longer else (short, long)

    def _is_settled(self, piece: str, text: str, encoding: Any, max_length: int) -> bool:
        """Whether the tokens of the prefix start with more than `max_length` that the whole text has as well."""
        if len(encoding.ids) <= max_length + _MARGIN:
            return False
        if text[len(piece)] == " ":
            return True
        # Cut within a word: the tokens of the last words may be others in the whole text.
        words = [word for word in self._tokenizer.encode(piece).word_ids if word is not None]
        safe = sum(word < words[-1] - 1 for word in words) if words else 0
        return safe > max_length + _MARGIN


def _first_bound(max_length: int) -> int:
    return _CHARACTERS_PER_TOKEN * max_length + _SPARE_CHARACTERS


def _prefix(text: str, bound: int) -> str:
    """The text up to a space in the second half of the bound, or else to the bound itself."""
    if len(text) <= bound:
        return text
    space = text.rfind(" ", bound // 2, bound + 1)
    return text[: space if space > 0 else bound]
