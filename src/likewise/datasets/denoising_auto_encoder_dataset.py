"""Sentences and damaged copies of them, for the denoising auto-encoder (TSDAE)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from torch.utils.data import Dataset

from likewise.readers.input_example import InputExample


def delete(text: str, del_ratio: float = 0.6) -> str:
    """Delete words at random; at least one stays.

    Args:
        text: The text; words are what white space separates.
        del_ratio: How likely a word is deleted.

    Returns:
        The words that stay, in order.

    Example:
        >>> delete("a b c", 0.0), len(delete("a b c", 1.0))
        ('a b c', 1)
    """
    words = text.split()
    if not words:
        return text
    kept = [word for word in words if random.random() >= del_ratio]
    return " ".join(kept or [random.choice(words)])


class DenoisingAutoEncoderDataset(Dataset[InputExample]):
    """Pairs of a damaged sentence and the sentence; the damage is drawn anew each time.

    Args:
        sentences: The sentences.
        noise_fn: Damages a sentence.

    Example:
        >>> DenoisingAutoEncoderDataset(["a cat"], noise_fn=str.upper)[0].texts
        ['A CAT', 'a cat']

    Reference:
        Wang et al., TSDAE: Using Transformer-based Sequential Denoising Auto-Encoder for Unsupervised Sentence
        Embedding Learning, arXiv:2104.06979.
    """

    delete = staticmethod(delete)

    def __init__(self, sentences: Sequence[str], noise_fn: Callable[[str], str] = delete) -> None:
        self.sentences = sentences
        self.noise_fn = noise_fn

    def __getitem__(self, item: int) -> InputExample:
        sentence = self.sentences[item]
        return InputExample(texts=[self.noise_fn(sentence), sentence])

    def __len__(self) -> int:
        return len(self.sentences)
