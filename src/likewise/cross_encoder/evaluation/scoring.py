"""Scores of pairs for an evaluator: the model left as it was, and no NaN let through.

Knows the protocol of a model. Does not know what the scores are for.

Legend: N pairs, L outputs of the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.evaluation.embedding import modes_kept

Floats = NDArray[np.float64]


class ScoringModel(Protocol):
    """Something that scores pairs, such as a `CrossEncoder`."""

    @property
    def model_card_data(self) -> Any:
        """What the README says; its `set_evaluation_metrics(evaluator, metrics, epoch, step)` is given the results."""

    def predict(self, sentences: Any, /, **kwargs: Any) -> Any:
        """Score pairs: [N], or [N, L] for a model of several outputs."""


def predicted_scores(model: ScoringModel, pairs: Sequence[Any], **options: Any) -> Floats:
    """Score pairs.

    Args:
        model: The model; its training mode is as before afterwards.
        pairs: N pairs.
        **options: Keyword arguments for `predict`; None for `prompt_name` is left out.

    Returns:
        float64, [N] for a model of one output, else [N, L].

    Raises:
        InputError: If a score is NaN or infinite.
        ShapeError: If there is not one row of scores for each pair.
    """
    if options.get("prompt_name") is None:
        options.pop("prompt_name", None)
    with modes_kept(model):
        found = model.predict(list(pairs), convert_to_numpy=True, **options)
    scores: Floats = np.asarray(found, np.float64)
    if scores.ndim == 2 and scores.shape[1] == 1:
        scores = scores[:, 0]
    if scores.ndim not in (1, 2) or len(scores) != len(pairs):
        raise ShapeError(f"scores of shape {scores.shape} for {len(pairs)} pairs", accepted="one row for each pair")
    if not np.isfinite(scores).all():
        raise InputError("the model gives NaN or infinity", accepted="finite scores")
    return scores


def one_score_each(scores: Floats) -> Floats:
    """Refuse several outputs where one is meant.

    Args:
        scores: [N], or [N, L].

    Returns:
        [N].

    Raises:
        ShapeError: If there are several outputs.

    Example:
        >>> one_score_each(np.array([0.5]))
        array([0.5])
    """
    if scores.ndim != 1:
        raise ShapeError(
            f"{scores.shape[1]} outputs of the model for each pair",
            accepted="one: a model with num_labels=1",
            fix="CrossEncoderClassificationEvaluator",
        )
    return scores


def checked_pairs(pairs: Any, labels: Any, name: str = "labels") -> tuple[list[Any], list[Any]]:
    """Check pairs and what is known of them.

    Args:
        pairs: Pairs of texts.
        labels: One for each pair.
        name: What these are called, for messages.

    Returns:
        Both as lists.

    Raises:
        InputTypeError: If a pair is a single text, or something else is not a list.
        ShapeError: If a pair does not have two texts, or lengths differ or are 0.

    Example:
        >>> checked_pairs([("a", "b")], [1])
        ([('a', 'b')], [1])
    """
    for given, what in ((pairs, "sentence_pairs"), (labels, name)):
        if isinstance(given, str) or not hasattr(given, "__iter__"):
            raise InputTypeError(f"{what} is {given!r:.60}", accepted="a list")
    lists = list(pairs), list(labels)
    for number, pair in enumerate(lists[0]):
        if isinstance(pair, str) or not hasattr(pair, "__len__"):
            raise InputTypeError(f"pair {number} is {pair!r:.60}", accepted="two texts", fix="[[text, text], ...]")
        if len(pair) != 2:
            raise ShapeError(f"pair {number} has {len(pair)} texts", accepted="two texts in each")
    if len(lists[0]) != len(lists[1]) or not lists[0]:
        raise ShapeError(
            f"{len(lists[0])} pairs, {len(lists[1])} {name}", accepted="the same number of each, at least 1"
        )
    return lists


def checked_classes(labels: Sequence[Any]) -> NDArray[np.int64]:
    """Check integer labels.

    Args:
        labels: One for each pair.

    Returns:
        int64, [N].

    Raises:
        InputError: If one is not an integer of at least 0.

    Example:
        >>> checked_classes([0, 2.0])
        array([0, 2])
    """
    values = np.asarray(labels)
    if values.ndim != 1 or values.dtype.kind not in "biuf" or not ((values >= 0) & (values % 1 == 0)).all():
        raise InputError(f"labels {list(labels)[:5]!r:.80}", accepted="integers of at least 0, one for each pair")
    return values.astype(np.int64)


def predicted_classes(scores: Floats, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The class of the largest output.

    Args:
        scores: [N, L].
        labels: What is right, [N].

    Returns:
        [N].

    Raises:
        InputError: If a label is not one of the outputs.

    Example:
        >>> predicted_classes(np.array([[0.1, 0.9]]), np.array([0]))
        array([1])
    """
    outputs = scores.shape[1]
    if labels.max() >= outputs:
        raise InputError(f"label {labels.max()} for a model of {outputs} outputs", accepted=f"0 to {outputs - 1}")
    classes: NDArray[np.int64] = scores.argmax(1)
    return classes
