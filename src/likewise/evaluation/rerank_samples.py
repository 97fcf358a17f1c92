"""The samples of a re-ranking evaluation, checked: a query, candidates, and which of these are relevant.

Does not know models or metrics.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError, InputTypeError

_logger = logging.getLogger(__name__)


@final
@dataclass(frozen=True, slots=True)
class RerankSample:
    """One query and what is to be ranked for it.

    Args:
        query: The query.
        candidates: Documents to rank.
        relevant: Whether each candidate is relevant.
        total: Number of relevant documents, among the candidates or not.
    """

    query: Any
    candidates: list[Any]
    relevant: NDArray[np.bool_]
    total: int

    @property
    def decides(self) -> bool:
        """Whether some rankings of the candidates are better than others, or none of them can be right."""
        return bool(self.total) and not bool(self.relevant.all())


def checked_samples(samples: Any) -> list[RerankSample]:
    """Check samples.

    Args:
        samples: Mappings (or a mapping whose values these are), each with "query", "positive" (a text or several) and
            either "negative" (texts), or "documents": what a first stage found, in which what is not positive is
            negative, and positives that are lacking count as never found. Samples without positives or without
            negatives are left out, with a warning: any ranking of these is perfect, or none is.

    Returns:
        The samples.

    Raises:
        InputError: If a key is lacking, or no sample is left.
        InputTypeError: If a sample has another form.

    Example:
        >>> checked_samples([{"query": "q", "positive": "a", "documents": ["b", "a"]}])[0].relevant
        array([False,  True])
    """
    given = list(samples.values() if isinstance(samples, Mapping) else samples)
    checked = [checked_sample(sample, number) for number, sample in enumerate(given)]
    kept = [sample for sample in checked if sample.decides]
    if not kept:
        raise InputError(
            f"none of {len(given)} samples has positives and negatives",
            accepted="{'query': text, 'positive': [text, ...], 'negative': [text, ...]}",
        )
    if len(kept) < len(given):
        _logger.warning("%d of %d samples lack positives or negatives: left out.", len(given) - len(kept), len(given))
    return kept


def checked_sample(sample: Any, number: int) -> RerankSample:
    """Check one sample.

    Args:
        sample: A mapping, see `checked_samples`.
        number: Its place, for messages.

    Returns:
        The sample.

    Raises:
        InputError: If a key is lacking.
        InputTypeError: If it has another form.

    Example:
        >>> checked_sample({"query": "q", "positive": ["a"], "negative": ["b"]}, 0).candidates
        ['a', 'b']
    """
    if not isinstance(sample, Mapping):
        raise InputTypeError(f"sample {number} is a {type(sample).__name__}", accepted="a dict")
    lacking = [key for key in ("query", "positive") if key not in sample]
    if "negative" not in sample and "documents" not in sample:
        lacking.append("negative")
    if lacking:
        raise InputError(
            f"sample {number} has {sorted(sample)}", accepted="'query', 'positive', and 'negative' or 'documents'"
        )
    positive = _texts(sample["positive"], f"sample {number}: 'positive'")
    if sample.get("documents") is not None:
        documents = list(dict.fromkeys(_texts(sample["documents"], f"sample {number}: 'documents'")))
        wanted = set(positive)
        relevant = np.array([document in wanted for document in documents], np.bool_)
        return RerankSample(sample["query"], documents, relevant, len(wanted))
    negative = _texts(sample["negative"], f"sample {number}: 'negative'")
    relevant = np.arange(len(positive) + len(negative)) < len(positive)
    return RerankSample(sample["query"], [*positive, *negative], relevant, len(positive))


def _texts(given: Any, name: str) -> list[Any]:
    if isinstance(given, str):
        return [given]
    if given is None or not isinstance(given, Iterable):
        raise InputTypeError(f"{name} is {given!r}", accepted="a text, or a list of texts")
    return list(given)
