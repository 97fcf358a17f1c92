"""A model as evaluators call it: with the options of the command line, and its width noted. Knows no evaluator."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, final

from likewise.cli.model_access import EmbeddingModel

WARM_UP_TEXTS = 64
SPEED_SECONDS = 1.0
SPEED_RUNS = 20


@final
class ModelUnderTest:
    """What evaluators need of a model. Its README takes no notice of the results.

    Args:
        model: The model.
        options: Keyword arguments that every call of `encode` gets, and that win over those of evaluators.
    """

    def __init__(self, model: EmbeddingModel, options: Mapping[str, Any]) -> None:
        self._model = model
        self._options = dict(options)
        self.dimension: int | None = None

    @property
    def similarity_fn_name(self) -> str:
        """Name of the model's similarity function."""
        return self._model.similarity_fn_name

    @property
    def model_card_data(self) -> ModelUnderTest:
        """Takes the results of evaluators."""
        return self

    def set_evaluation_metrics(self, *args: Any, **kwargs: Any) -> None:
        """Ignore results: evaluating from the command line leaves a model's README alone.

        Args:
            *args: Evaluator, metrics, epoch, step.
            **kwargs: The same by name.
        """

    def encode(self, sentences: Any, /, **kwargs: Any) -> Any:
        """Compute embeddings."""
        return self._noted(self._model.encode(sentences, **{**kwargs, **self._options}))

    def encode_query(self, sentences: Any, /, **kwargs: Any) -> Any:
        """Compute embeddings of queries."""
        return self._noted(self._model.encode_query(sentences, **{**kwargs, **self._options}))

    def encode_document(self, sentences: Any, /, **kwargs: Any) -> Any:
        """Compute embeddings of documents."""
        return self._noted(self._model.encode_document(sentences, **{**kwargs, **self._options}))

    def _noted(self, embeddings: Any) -> Any:
        self.dimension = int(embeddings.shape[-1])
        return embeddings


def sentences_per_second(
    encode: Callable[[Sequence[str]], object], texts: Sequence[str], clock: Callable[[], float] = time.perf_counter
) -> float:
    """Measure how fast a model is: the median of some runs over the same texts, after a warm-up.

    Args:
        encode: Embeds texts.
        texts: Different texts, at least one.
        clock: Seconds, rising.

    Returns:
        Texts a second.
    """
    encode(texts[:WARM_UP_TEXTS])
    runs: list[float] = []
    while not runs or (sum(runs) < SPEED_SECONDS and len(runs) < SPEED_RUNS):
        start = clock()
        encode(texts)
        runs.append(max(clock() - start, 1e-9))
    return len(texts) / statistics.median(runs)
