"""Checks of constructor arguments that several evaluators share. Knows texts, labels and names, not models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.similarity_functions import SimilarityFunction


class LabelledTexts(Protocol):
    """What the `from_input_examples` methods read of a `likewise.InputExample`."""

    texts: Any
    label: Any


def checked_texts(**columns: Any) -> list[list[Any]]:
    """Check that columns of texts have one length, at least 1.

    Args:
        **columns: Name of the argument to its texts.

    Returns:
        The columns as lists.

    Raises:
        InputTypeError: If one is a single text, or not iterable.
        ShapeError: If the lengths differ, or are 0.

    Example:
        >>> checked_texts(sentences1=["a", "b"], sentences2=("c", "d"))
        [['a', 'b'], ['c', 'd']]
    """
    for name, column in columns.items():
        if isinstance(column, str | bytes) or not isinstance(column, Iterable):
            raise InputTypeError(f"{name} is {column!r:.60}", accepted="a list of texts")
    lists = [list(column) for column in columns.values()]
    lengths = {name: len(values) for name, values in zip(columns, lists, strict=True)}
    if len(set(lengths.values())) > 1 or 0 in lengths.values():
        said = ", ".join(f"{length:,} {name}" for name, length in lengths.items())
        raise ShapeError(said, accepted="the same number of each, at least 1")
    return lists


def checked_functions(names: Any) -> list[str] | None:
    """Check names of similarity functions.

    Args:
        names: Names or `SimilarityFunction` members, or None.

    Returns:
        The names, each once; None where none are given, which stands for the model's own.

    Raises:
        InputError: If there is no such function.

    Example:
        >>> checked_functions([SimilarityFunction.COSINE, "dot"]), checked_functions(None)
        (['cosine', 'dot'], None)
    """
    if not names:
        return None
    given = [names] if isinstance(names, str | SimilarityFunction) else names
    return list(dict.fromkeys(SimilarityFunction(name).value for name in given))


def checked_main(main: Any, names: Sequence[str] | None, argument: str) -> str | None:
    """Check the similarity function that decides.

    Args:
        main: Its name, a member of `SimilarityFunction`, or None.
        names: The functions that are computed; None for the model's own.
        argument: The argument's name, for messages.

    Returns:
        Its name, or None.

    Raises:
        InputError: If it is not among those that are computed.
    """
    if main is None:
        return None
    name: str = SimilarityFunction(main).value
    if names is not None and name not in names:
        raise InputError(
            f"{argument}={name!r}, but similarity_fn_names={list(names)}",
            accepted="one of them",
            fix=f"similarity_fn_names={[*names, name]}",
        )
    return name


def functions_of(model: Any, names: Sequence[str] | None, main: str | None) -> list[str]:
    """The similarity functions of one call.

    Args:
        model: The model.
        names: Those that the user named, or None.
        main: The one that decides, or None.

    Returns:
        Names: those named, else the one that decides, else the model's own.
    """
    if names is not None:
        return list(names)
    return [main or SimilarityFunction(model.similarity_fn_name).value]


def columns_of(examples: Iterable[LabelledTexts], count: int) -> tuple[list[list[Any]], list[Any]]:
    """Take the texts and labels of examples apart.

    Args:
        examples: Objects with `texts` and `label`.
        count: Texts that each must have.

    Returns:
        (one list for each position of a text, labels).

    Raises:
        ShapeError: If an example has another number of texts.
    """
    given = list(examples)
    for number, example in enumerate(given):
        if len(example.texts) != count:
            raise ShapeError(f"example {number} has {len(example.texts)} texts", accepted=f"{count} texts in each")
    texts = [[example.texts[position] for example in given] for position in range(count)]
    return texts, [example.label for example in given]
