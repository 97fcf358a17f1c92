"""Which score functions an evaluator uses: those that the caller named, or the model's own. Does not know metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from likewise.errors import InputError, InputTypeError
from likewise.evaluation.protocol import EvaluatedModel
from likewise.similarity_functions import SimilarityFunction

ScoreFunctions = dict[str, Callable[..., Any]]


def checked_score_functions(given: Any) -> ScoreFunctions | None:
    """Check score functions.

    Args:
        given: A dict from a name to a function of two embedding matrices (or to the name of a similarity function);
            or names of similarity functions; or None.

    Returns:
        Name to function; None where none are given, which stands for the model's own.

    Raises:
        InputError: If there is none, or there is no similarity function of a name.
        InputTypeError: If one is neither a function nor a name.

    Example:
        >>> list(checked_score_functions(["cosine", SimilarityFunction.DOT]))
        ['cosine', 'dot']
    """
    if given is None:
        return None
    if isinstance(given, str | SimilarityFunction):
        given = [given]
    if not isinstance(given, Mapping):
        if not isinstance(given, Iterable):
            raise InputTypeError(f"score_functions={given!r}", accepted="a dict of functions, or a list of names")
        given = {SimilarityFunction(name).value: name for name in given}
    if not given:
        raise InputError("score_functions is empty", accepted="at least one, or None for the model's own")
    return {str(name): _function(value, name) for name, value in given.items()}


def _function(value: Any, name: Any) -> Callable[..., Any]:
    if isinstance(value, str | SimilarityFunction):
        return SimilarityFunction.to_similarity_fn(value)
    if not callable(value):
        raise InputTypeError(f"score_functions[{name!r}]={value!r}", accepted="a function, or a name such as 'cosine'")
    found: Callable[..., Any] = value
    return found


def checked_main_function(main: Any, functions: ScoreFunctions | None) -> str | None:
    """Check the score function that decides.

    Args:
        main: Its name, a member of `SimilarityFunction`, or None.
        functions: The functions that are computed; None for the model's own.

    Returns:
        Its name, or None.

    Raises:
        InputError: If it is not among those that are computed.

    Example:
        >>> checked_main_function(SimilarityFunction.DOT, None)
        'dot'
    """
    if main is None:
        return None
    name = str(main.value if isinstance(main, SimilarityFunction) else main)
    if functions is not None and name not in functions:
        raise InputError(f"main_score_function={name!r}", accepted=f"one of {list(functions)}")
    return name


def functions_for(model: EvaluatedModel, functions: ScoreFunctions | None, main: str | None) -> ScoreFunctions:
    """The score functions of one call.

    Args:
        model: The model.
        functions: Those that the caller gave, or None.
        main: The one that decides, or None.

    Returns:
        Name to function: those given; else the one that decides; else the model's own.

    Raises:
        InputError: If the one that decides is neither given nor a similarity function.
    """
    if functions is not None:
        return functions
    name = SimilarityFunction(main or model.similarity_fn_name)
    return {name.value: SimilarityFunction.to_similarity_fn(name)}
