"""What an evaluator is about, to print or to read field by field. Knows no evaluator."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

MODELS_OWN = "<similarity>"
"""Stands for the name of the model's similarity function where the evaluator takes that."""

_SHOWN = 8
_BY_MODEL = "as the model's similarity function says"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatorDescription:
    """An evaluator in words.

    Args:
        task: What is evaluated, such as "Semantic Similarity".
        name: Name of the data, "" for none.
        sizes: What the data holds, such as `{"pairs": 1487}`.
        similarity: How embeddings are compared: names of functions, `MODELS_OWN` for the model's; None if they are not.
        metrics: Keys of the result, in order, `MODELS_OWN` standing for the name of the model's similarity function;
            empty if the evaluator does not say.
        primary_metric: Key of the result by which models are compared; None if it depends on the model.
        greater_is_better: Whether more of it is better.
        csv_file: File that a row is added to for each call; "" if none is written.
        settings: Settings that differ from the usual.
        parts: The evaluators that it is made of.

    Example:
        >>> print(EvaluatorDescription(task="Triplet", name="dev", sizes={"triplets": 3}, similarity=[MODELS_OWN]))
        Triplet on dev: 3 triplets
        similarity: the model's own
        primary metric: as the model's similarity function says, more is better
    """

    task: str
    name: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
    similarity: Sequence[str] | None = None
    metrics: Sequence[str] = ()
    primary_metric: str | None = None
    greater_is_better: bool = True
    csv_file: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    parts: Sequence[EvaluatorDescription] = ()

    def __str__(self) -> str:
        sizes = ", ".join(f"{count:,} {what}" for what, count in self.sizes.items())
        facts = {
            "similarity": ", ".join(
                "the model's own" if name == MODELS_OWN else name for name in self.similarity or ()
            ),
            "metrics": ", ".join(self.metrics[:_SHOWN])
            + (f", and others, {len(self.metrics)} in all" if len(self.metrics) > _SHOWN else ""),
            "primary metric": f"{self.primary_metric or _BY_MODEL}, "
            f"{'more' if self.greater_is_better else 'less'} is better",
            "file": self.csv_file,
            "settings": ", ".join(f"{key}={value!r}" for key, value in self.settings.items()),
        }
        lines = [f"{self.task}{f' on {self.name}' if self.name else ''}{f': {sizes}' if sizes else ''}"]
        lines += [f"{what}: {said}" for what, said in facts.items() if said]
        lines += [textwrap.indent(str(part), "  ") for part in self.parts]
        return "\n".join(lines)
