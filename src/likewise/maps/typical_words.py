"""Words that are typical for groups of texts. Knows words as characters between others, and no language.

Legend: g a group, w a word.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

# A run of letters, digits and what stands inside words, that starts with a letter.
_WORD = re.compile(r"[^\W\d_][\w'\u2019+#-]*")
# Scripts without spaces between words: Japanese kana, and Chinese characters.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]+")
# In a group of at least so many texts, a word of a single one is not typical.
_SMALL_GROUP = 4


def typical_words(texts: Sequence[str], groups: Sequence[Sequence[int]], count: int = 5) -> list[list[str]]:
    r"""Find the words that set each group apart from all texts.

    With $p(w)$ the share of all texts that hold a word, and $p(w \mid g)$ the share of the texts of a group, its weight
    in the group is $p(w \mid g) \log (p(w \mid g) / p(w))$: what the word adds to the Kullback-Leibler divergence of
    the group from all texts. Only words count that are $\sqrt{N / n_g}$ times as frequent in a group of $n_g$ texts,
    half of what is possible, on a scale of logarithms: so words that are frequent everywhere, such as articles, do
    not, and no list of stop words is needed. In a group of all texts, the weight is $p \log (1 / p)$, for all words.
    Of words that are almost the same, such as a plural, the one with the largest weight stands for all.

    Args:
        texts: N texts.
        groups: Rows of each group, from 0 to N - 1.
        count: Most words for a group, at least 0.

    Returns:
        For each group its words in lower case, of largest weight first, equal weights by the alphabet.

    Example:
        >>> typical_words(["the red fox", "the red dog", "the sea", "the deep sea"], [[0, 1], [2, 3]], 1)
        [['red'], ['sea']]

    Reference:
        In the spirit of class-based tf-idf: Grootendorst, BERTopic: Neural topic modeling with a class-based TF-IDF
        procedure, 2022 (arXiv:2203.05794).
    """
    # The texts of a group are read again, as the words of all texts would take more memory than these.
    everywhere = _holding(texts)
    return [_typical(_holding(texts[row] for row in rows), len(rows), everywhere, len(texts), count) for rows in groups]


def _holding(texts: Iterable[str]) -> Counter[str]:
    """How many texts hold each word."""
    return Counter(word for text in texts for word in frozenset(_words(text)))


def _typical(here: Counter[str], size: int, everywhere: Counter[str], total: int, count: int) -> list[str]:
    least = 2 if size >= _SMALL_GROUP else 1
    weights = {}
    for word, holding in here.items():
        share, lift = holding / size, holding * total / (size * everywhere[word])
        weight = share * math.log(lift if size < total else 1 / share)
        if holding >= least and weight > 0 and (size == total or lift * lift >= total / size):
            weights[word] = weight
    if not weights:  # texts that are all the same, or have nothing of their own
        weights = {word: holding / size for word, holding in here.items()}
    return _distinct(sorted(weights, key=lambda word: (-weights[word], word)), count)


def _distinct(words: Iterable[str], count: int) -> list[str]:
    """The first words, without those that are almost the same as one before."""
    chosen: list[str] = []
    for word in words:
        if len(chosen) == count:
            break
        if not any(_is_almost(word, other) for other in chosen):
            chosen.append(word)
    return chosen


def _is_almost(word: str, other: str) -> bool:
    """Whether three quarters of the longer word are the same from the start, or one has at most two letters more."""
    shorter, longer = sorted((word, other), key=len)
    same = next(
        (place for place, pair in enumerate(zip(shorter, longer, strict=False)) if pair[0] != pair[1]), len(shorter)
    )
    return (same == len(shorter) > 2 and len(longer) - same <= 2) or (same > 3 and 4 * same >= 3 * len(longer))


def _words(text: str) -> Iterator[str]:
    for found in _WORD.findall(text.lower()):
        if _UNSPACED.fullmatch(found):
            yield from (found[place : place + 2] for place in range(max(1, len(found) - 1)))
        elif len(word := found.rstrip("'\u2019-")) > 1:
            yield word.removesuffix("'s").removesuffix("\u2019s")
