"""Weights of the words of a vocabulary, for the modules that count or weight words. Knows words, no text or tensor."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

from likewise.errors import InputError, InputTypeError

logger = logging.getLogger(__name__)


def weights_of(vocab: Sequence[str], word_weights: Mapping[str, float], unknown_word_weight: float) -> list[float]:
    """Look up the weight of each word, as written, then in lower case.

    Args:
        vocab: The words.
        word_weights: Word to weight.
        unknown_word_weight: Stands for words without a weight.

    Returns:
        One weight per word.

    Raises:
        InputTypeError: If a weight is no number.
        InputError: If a weight is NaN or infinite.

    Example:
        >>> weights_of(["Cat", "dog"], {"cat": 2.0}, 1.0)
        [2.0, 1.0]
    """
    default = _checked("unknown_word_weight", unknown_word_weight)
    known = {word: _checked(f"word_weights[{word!r}]", weight) for word, weight in word_weights.items()}
    found = [known.get(word, known.get(word.lower())) for word in vocab]
    missing = found.count(None)
    if known and missing:
        logger.info("%d of %d words have no weight; they get %s", missing, len(vocab), unknown_word_weight)
    return [default if weight is None else weight for weight in found]


def _checked(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputTypeError(f"{name}={value!r}", accepted="a number")
    if not math.isfinite(value):
        raise InputError(f"{name}={value!r}", accepted="a finite number")
    return value
