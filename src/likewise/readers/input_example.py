"""One example for training, as older versions hold it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class InputExample:
    """One or several texts, and what is known about them.

    Args:
        guid: A name for it.
        texts: The texts.
        label: A class, a score or a vector.

    Example:
        >>> str(InputExample(texts=["a cat ", "cats"], label=0.5))
        '<InputExample> label: 0.5, texts: a cat; cats'
    """

    def __init__(self, guid: str = "", texts: Sequence[str] | None = None, label: Any = 0) -> None:
        self.guid = guid
        self.texts = [text.strip() if isinstance(text, str) else text for text in texts] if texts is not None else None
        self.label = label

    def __str__(self) -> str:
        return f"<InputExample> label: {self.label}, texts: {'; '.join(map(str, self.texts or []))}"
