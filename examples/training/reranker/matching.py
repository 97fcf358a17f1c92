"""How well words match: BM25, which a bi-encoder knows little of and a model that reads both texts can learn."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

SATURATION = 1.2  # k1: how soon further occurrences of a word count for little
LENGTH = 0.75  # b: how much of a document's length is held against it


class WordMatch:
    """Scores queries and documents of one collection by the words that they share.

    Args:
        tokenizer: Of a transformers model; its pieces of words stand for words, "flutter" for "fluttering" as well.
        documents: The documents, which also say how rare a word is.

    Reference:
        Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009.
    """

    def __init__(self, tokenizer: Any, documents: Sequence[str]) -> None:
        self.tokenizer = tokenizer
        self.counts = [Counter(words) for words in self.words(documents)]
        self.lengths = [sum(count.values()) for count in self.counts]
        self.usual = sum(self.lengths) / len(self.lengths)
        found_in = Counter(word for count in self.counts for word in count)
        total = len(documents)
        self.rarity = {word: math.log1p((total - n + 0.5) / (n + 0.5)) for word, n in found_in.items()}

    def words(self, texts: Sequence[str]) -> list[list[int]]:
        """The words of each text, as numbers."""
        found = self.tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
        return list(found["input_ids"])

    def scores(self, query: str, places: Sequence[int]) -> list[float]:
        """The part of a query that documents match, 0 to 1: BM25 divided by what could be reached.

        Args:
            query: The query.
            places: Which documents.

        Returns:
            A number for each.
        """
        wanted = Counter(word for word in self.words([query])[0] if word in self.rarity)
        most = sum(n * self.rarity[word] for word, n in wanted.items()) * (SATURATION + 1)
        return [sum(n * self._weight(word, at) for word, n in wanted.items()) / (most or 1.0) for at in places]

    def _weight(self, word: int, at: int) -> float:
        count = self.counts[at][word]
        room = SATURATION * (1 - LENGTH + LENGTH * self.lengths[at] / self.usual)
        return self.rarity[word] * count * (SATURATION + 1) / (count + room)
