"""A metric of one model at several dimensions to which its embeddings are cut, as for a Matryoshka model.

Knows evaluators and the protocol of a model. Does not draw (`likewise.evaluation.plots`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any, Never, final

from likewise.errors import ConfigError, InputError, ShapeError
from likewise.evaluation.evaluator import SentenceEvaluator
from likewise.evaluation.protocol import EvaluatedModel


def metric_by_dimension(
    evaluator: SentenceEvaluator, model: EvaluatedModel, dimensions: Iterable[int], *, metric: str | None = None
) -> dict[int, float]:
    """Evaluate a model once for each dimension; the model and its README stay as they are, and no file is written.

    Args:
        evaluator: The evaluator, without a `truncate_dim` of its own.
        model: The model. It encodes for each dimension anew, unless it is an `EncodedOnce` with the full width known.
        dimensions: Dimensions, each at least 1 and at most that of the model.
        metric: Key of the result; None takes the primary one.

    Returns:
        Dimension to value, in the order given.

    Raises:
        InputError: If there are no dimensions, one is below 1, or there is no such metric.
        ShapeError: If a dimension is larger than that of the model.
        ConfigError: If the evaluator cuts embeddings itself, or does not encode.

    Example:
        >>> from likewise import SentenceTransformer
        >>> from likewise.evaluation import TripletEvaluator
        >>> evaluator = TripletEvaluator(["A man eats."], ["Someone has a meal."], ["It rains in the hills."])
        >>> metric_by_dimension(evaluator, SentenceTransformer("likewise-mini"), [64, 128])
        {64: 1.0, 128: 1.0}
    """
    found: dict[int, float] = {}
    for dimension in _checked(dimensions):
        result = evaluator(_Cut(model, dimension))
        metrics = result if isinstance(result, Mapping) else {"score": result}
        key = metric or evaluator.primary_metric or next(iter(metrics))
        if key not in metrics:
            raise InputError(f"metric={key!r}", accepted=f"one of {list(metrics)}")
        found[dimension] = float(metrics[key])
    return found


@final
class _Cut:
    """A model whose embeddings are cut. Only what evaluators need; nothing of it reaches the README of the model."""

    def __init__(self, model: EvaluatedModel, dimension: int) -> None:
        self._model = model
        self._dimension = dimension
        self.similarity_fn_name = model.similarity_fn_name
        self.model_card_data = SimpleNamespace(set_evaluation_metrics=lambda *noted: None)

    def encode(self, sentences: Any, /, **kwargs: Any) -> Any:
        """Compute embeddings and cut them."""
        return self._cut(self._model.encode, sentences, kwargs)

    def encode_query(self, sentences: Any, /, **kwargs: Any) -> Any:
        """Compute embeddings of queries and cut them."""
        return self._cut(self._model.encode_query, sentences, kwargs)

    def encode_document(self, sentences: Any, /, **kwargs: Any) -> Any:
        """Compute embeddings of documents and cut them."""
        return self._cut(self._model.encode_document, sentences, kwargs)

    @property
    def tokenize(self) -> Never:
        """Refuses evaluators that run modules themselves."""
        raise ConfigError("the evaluator does not encode: nothing can be cut", accepted="an evaluator of embeddings")

    device = tokenize

    def _cut(self, encode: Callable[..., Any], sentences: Any, kwargs: dict[str, Any]) -> Any:
        if kwargs.get("truncate_dim") is not None:
            raise ConfigError(
                f"the evaluator cuts embeddings to {kwargs['truncate_dim']} itself",
                accepted="an evaluator that leaves it to the model",
                fix="truncate_dim=None",
            )
        embeddings = encode(sentences, **{**kwargs, "truncate_dim": self._dimension})
        packed = kwargs.get("precision") in ("binary", "ubinary")
        expected = -(-self._dimension // 8) if packed else self._dimension
        if embeddings.shape[-1] != expected:
            raise ShapeError(
                f"dimension {self._dimension} of a model with {embeddings.shape[-1] * (8 if packed else 1)}",
                accepted="a dimension of at most that",
            )
        return embeddings


def _checked(dimensions: Iterable[int]) -> list[int]:
    given = list(dict.fromkeys(dimensions))
    if not given:
        raise InputError("no dimensions", accepted="at least one", fix="dimensions=[64, 128, 256]")
    for dimension in given:
        if isinstance(dimension, bool) or not isinstance(dimension, int) or dimension < 1:
            raise InputError(f"dimension {dimension!r}", accepted="an integer of at least 1")
    return given
