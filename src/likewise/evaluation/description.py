"""What an evaluator is about, to print or to read field by field. Knows no evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatorDescription:
    """An evaluator in words.

    Args:
        task: What is evaluated, such as "Semantic Similarity".
        name: Name of the data, "" for none.
        sizes: What the data holds, such as `{"pairs": 1487}`.
        primary_metric: Key of the result by which models are compared; None if it depends on the model.
        greater_is_better: Whether more of it is better.
        csv_file: File that a row is added to for each call; "" if none is written.
        settings: Settings that differ from the usual.

    Example:
        >>> print(EvaluatorDescription(task="Triplet", name="dev", sizes={"triplets": 3}))
        Triplet on dev: 3 triplets
        primary metric: as the model's similarity function says, more is better
    """

    task: str
    name: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
    primary_metric: str | None = None
    greater_is_better: bool = True
    csv_file: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        sizes = ", ".join(f"{count:,} {what}" for what, count in self.sizes.items())
        metric = self.primary_metric or "as the model's similarity function says"
        lines = [
            f"{self.task}{f' on {self.name}' if self.name else ''}{f': {sizes}' if sizes else ''}",
            f"primary metric: {metric}, {'more' if self.greater_is_better else 'less'} is better",
            f"file: {self.csv_file}" if self.csv_file else "",
            f"settings: {', '.join(f'{key}={value!r}' for key, value in self.settings.items())}"
            if self.settings
            else "",
        ]
        return "\n".join(line for line in lines if line)
