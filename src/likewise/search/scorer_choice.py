"""Which scorers serve which score functions, and on which library. Does not know the tile loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from likewise.errors import InputTypeError
from likewise.ops.embeddings import is_tensor
from likewise.ops.similarity import cos_sim, dot_score, euclidean_sim, manhattan_sim
from likewise.search.half_product import half_product_for
from likewise.search.measure import Cosine, Dot, Euclidean, Manhattan, Measure
from likewise.search.numpy_backend import NumpyBackend
from likewise.search.scorer import FunctionScorer, MeasureScorer, Scorer

if TYPE_CHECKING:
    from likewise.search.backend import Backend

_MEASURES: dict[Callable[..., Any], Measure] = {
    cos_sim: Cosine(),
    dot_score: Dot(),
    euclidean_sim: Euclidean(),
    manhattan_sim: Manhattan(),
}


def choose_scorers(
    functions: Sequence[Callable[..., Any]], sides: Sequence[Any], counts: tuple[int, int] | None = None
) -> list[Scorer]:
    """Scorers for score functions, all on one backend.

    Args:
        functions: Functions of the library, such as `cos_sim`, which are scored exactly; or any from two float32
            tensors (q, dim) and (d, dim) to scores (q, d), larger for better.
        sides: Embeddings that are to be scored, arrays or tensors. The first tensor among them says on which device;
            without one, functions of the library run on numpy.
        counts: How many rows of two sides are compared with each other, where products may be rough at first.

    Returns:
        A scorer for each function.

    Raises:
        InputTypeError: If one is not callable.

    Example:
        >>> import numpy as np
        >>> [type(scorer).__name__ for scorer in choose_scorers([cos_sim, dot_score], [np.eye(2)])]
        ['MeasureScorer', 'MeasureScorer']
    """
    for function in functions:
        if not callable(function):
            raise InputTypeError(
                f"score_function={function!r}",
                accepted="a function of two embeddings matrices",
                fix="score_function=SimilarityFunction.to_similarity_fn('cosine')",
            )
    measures = [measure_of(function) for function in functions]
    ops = _torch(sides) if None in measures else choose_backend(sides)
    rough = _rough_beside(ops, sides, counts)
    return [
        FunctionScorer(function, ops) if measure is None else MeasureScorer(measure, ops, _of_use(rough, measure))
        for function, measure in zip(functions, measures, strict=True)
    ]


def measure_scorer(measure: Measure, sides: Sequence[Any], counts: tuple[int, int]) -> MeasureScorer:
    """A scorer for a measure.

    Args:
        measure: How rows are compared.
        sides: Embeddings that are to be scored, arrays or tensors, as for `choose_scorers`.
        counts: How many rows of two sides are compared with each other in all.

    Returns:
        The scorer, with rough products first where these pay.

    Example:
        >>> import numpy as np
        >>> type(measure_scorer(Cosine(), [np.eye(2)], (2, 2))).__name__
        'MeasureScorer'
    """
    ops = choose_backend(sides)
    return MeasureScorer(measure, ops, _of_use(_rough_beside(ops, sides, counts), measure))


def measure_of(function: Callable[..., Any]) -> Measure | None:
    """How a score function is computed exactly.

    Args:
        function: A score function.

    Returns:
        The measure of a function of the library; None for any other.

    Example:
        >>> type(measure_of(cos_sim)).__name__
        'Cosine'
    """
    return _MEASURES.get(function)


def choose_backend(sides: Sequence[Any]) -> Backend:
    """The library that computes with some embeddings.

    Args:
        sides: Embeddings, arrays or tensors. The first tensor among them says on which device; without one, numpy.

    Returns:
        The backend.

    Example:
        >>> import numpy as np
        >>> type(choose_backend([np.eye(2)])).__name__
        'NumpyBackend'
    """
    return _torch(sides) if any(is_tensor(side) for side in sides) else NumpyBackend()


def rough_backend(counts: tuple[int, int], dim: int) -> Backend | None:
    """A backend on numpy for first guesses, if that makes comparing all rows of two sides faster.

    Args:
        counts: How many rows each side has.
        dim: Their length.

    Returns:
        The backend, or None.

    Example:
        >>> rough_backend((2, 3), 384) is None
        True
    """
    half = half_product_for(counts, dim)
    return None if half is None else NumpyBackend(half)


def _rough_beside(ops: Backend, sides: Sequence[Any], counts: tuple[int, int] | None) -> Backend | None:
    if counts is None or not isinstance(ops, NumpyBackend):
        return None
    return rough_backend(counts, int(sides[0].shape[1]))


def _of_use(rough: Backend | None, measure: Measure) -> Backend | None:
    return None if isinstance(measure, Manhattan) else rough  # which has no product


def _torch(sides: Sequence[Any]) -> Backend:
    import torch

    from likewise.search.torch_backend import TorchBackend

    return TorchBackend(next((side.device for side in sides if is_tensor(side)), torch.device("cpu")))
