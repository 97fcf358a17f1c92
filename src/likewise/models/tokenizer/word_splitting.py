"""A text to words and punctuation marks, by the conventions of the Penn Treebank. Knows no vocabulary."""

from __future__ import annotations

import re

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r'^["\u201c]', r" `` "),
        (r'([ (\[{<])["\u201c]', r"\1 `` "),
        (r"\.\.\.", r" ... "),
        (r"([:,])([^\d])", r" \1 \2"),
        (r"([:,])$", r" \1 "),
        (r"([;@#$%&?!])", r" \1 "),
        (r"([^.])(\.)([\])}>\"'\u201d]*)\s*$", r"\1 \2 \3 "),
        (r"([^'])' ", r"\1 ' "),
        (r"([\][(){}<>])", r" \1 "),
        (r"--", r" -- "),
        (r'["\u201d]', r" '' "),
        (r"(\S)('')", r"\1 \2 "),
        (r"([^' ])('[sSmMdD]|'ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ", r"\1 \2 "),
        (r"(?i)\b(can)(not)\b", r" \1 \2 "),
        (r"(?i)\b(gim|lem)(me)\b", r" \1 \2 "),
        (r"(?i)\b(gon|wan)(na)\b", r" \1 \2 "),
        (r"(?i)\b(got)(ta)\b", r" \1 \2 "),
    )
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[\"'(\[\u201c]?[A-Z0-9])")


def split_words(text: str) -> list[str]:
    """Split a text into words; punctuation and the endings of contractions are words of their own.

    Args:
        text: The text.

    Returns:
        The words in order. Quotation marks become two backticks or two apostrophes.

    Example:
        >>> split_words("I can't see the cat, John.")
        ['I', 'ca', "n't", 'see', 'the', 'cat', ',', 'John', '.']

    Reference:
        MacIntyre, Treebank tokenization rules, 1995.
    """
    words: list[str] = []
    for sentence in _SENTENCE_END.split(text):
        padded = f"{sentence} "
        for pattern, replacement in _RULES:
            padded = pattern.sub(replacement, padded)
        words += padded.split()
    return words
