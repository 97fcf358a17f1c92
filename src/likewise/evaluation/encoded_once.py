"""`EncodedOnce`: a model for several evaluations of the same texts, which it encodes once. Knows no evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from likewise.evaluation.protocol import EvaluatedModel

# What changes how long encoding takes, and not what it gives.
_WITHOUT_EFFECT = ("batch_size", "show_progress_bar")


@final
class EncodedOnce:
    """A model that remembers what it has encoded: metrics, confidence intervals and pictures then cost one encoding.

    A call with the same inputs and settings as an earlier one is answered from memory, without the model; so is one
    with a smaller `truncate_dim` than an earlier one of full width. Do not train the model meanwhile.

    Args:
        model: The model.

    Example:
        >>> from likewise import SentenceTransformer
        >>> from likewise.evaluation import TripletEvaluator
        >>> evaluator = TripletEvaluator(["A man eats."], ["Someone has a meal."], ["It rains in the hills."])
        >>> model = EncodedOnce(SentenceTransformer("likewise-mini"))
        >>> evaluator(model), str(evaluator.confidence_intervals(model)["cosine_accuracy"])
        ({'cosine_accuracy': 1.0}, '1.0000 [1.0000, 1.0000]')

    Note:
        All embeddings stay in memory as long as this object does: 1.5 GB for a million of 384 dimensions.
    """

    def __init__(self, model: EvaluatedModel) -> None:
        self.model = model
        self._known: dict[Any, Any] = {}

    @property
    def similarity_fn_name(self) -> Any:
        """Name of the model's similarity function."""
        return self.model.similarity_fn_name

    @property
    def model_card_data(self) -> Any:
        """What the model's README says."""
        return self.model.model_card_data

    def encode(self, sentences: Any, /, **kwargs: Any) -> Any:
        """Compute embeddings, or find them."""
        return self._encode("encode", sentences, kwargs)

    def encode_query(self, sentences: Any, /, **kwargs: Any) -> Any:
        """Compute embeddings of queries, or find them."""
        return self._encode("encode_query", sentences, kwargs)

    def encode_document(self, sentences: Any, /, **kwargs: Any) -> Any:
        """Compute embeddings of documents, or find them."""
        return self._encode("encode_document", sentences, kwargs)

    def _encode(self, method: str, sentences: Any, kwargs: Mapping[str, Any]) -> Any:
        key = _key(method, sentences, kwargs)
        if key is None:
            return getattr(self.model, method)(sentences, **kwargs)
        if key not in self._known:
            self._known[key] = self._cut(method, sentences, kwargs)
        return self._known[key]

    def _cut(self, method: str, sentences: Any, kwargs: Mapping[str, Any]) -> Any:
        """The first columns of embeddings that are there, else what the model gives."""
        width = kwargs.get("truncate_dim")
        # Cutting comes before scaling to length 1 and before rounding: what had either cannot be cut afterwards.
        if width is not None and not kwargs.get("normalize_embeddings") and kwargs.get("precision") is None:
            full = self._known.get(_key(method, sentences, {**kwargs, "truncate_dim": None}))
            if full is not None and full.shape[-1] >= width:
                return full[:, :width]
        return getattr(self.model, method)(sentences, **kwargs)


def _key(method: str, sentences: Any, kwargs: Mapping[str, Any]) -> Any:
    """What makes two calls the same; None where the inputs cannot be compared, such as images."""
    settings = {key: value for key, value in kwargs.items() if key not in _WITHOUT_EFFECT and value is not None}
    key = (method, tuple(sentences), tuple(sorted(settings.items())))
    try:
        hash(key)
    except TypeError:
        return None
    return key
