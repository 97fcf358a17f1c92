"""The names of similarity functions, as a model's configuration stores them, and the functions they stand for.

Does not know how scores are computed (`likewise.ops.similarity`), and does not import torch.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

from likewise.errors import InputError
from likewise.ops import similarity

if TYPE_CHECKING:
    from torch import Tensor

    Score: TypeAlias = Callable[[Any, Any], Tensor]


class SimilarityFunction(Enum):
    """The similarity functions, by their documented names and values.

    `DOT` is another name of `DOT_PRODUCT`. Euclidean and Manhattan similarity are negative distances.

    Example:
        >>> SimilarityFunction("cosine") is SimilarityFunction.COSINE
        True
        >>> SimilarityFunction.to_similarity_fn("dot")([[1.0, 2.0]], [[3.0, 4.0]])
        tensor([[11.]])
    """

    COSINE = "cosine"
    DOT_PRODUCT = "dot"
    DOT = "dot"  # noqa: PIE796 - the second name is documented
    EUCLIDEAN = "euclidean"
    MANHATTAN = "manhattan"

    @classmethod
    def _missing_(cls, value: object) -> SimilarityFunction:
        known = cls.possible_values()
        by_spelling = {
            **{name.lower(): member.value for name, member in cls.__members__.items()},
            **{v: v for v in known},
        }
        nearest = difflib.get_close_matches(str(value).lower(), by_spelling, n=1)
        name = by_spelling[nearest[0]] if nearest else cls.COSINE.value
        raise InputError(
            f"unknown similarity function {value!r}",
            accepted=", ".join(repr(item) for item in known) + ", or a SimilarityFunction",
            fix=f"{name!r}",
        )

    @staticmethod
    def to_similarity_fn(similarity_function: str | SimilarityFunction) -> Score:
        """The function that scores every row of one set against every row of another.

        Args:
            similarity_function: A name ("cosine", "dot", "euclidean", "manhattan") or a member.

        Returns:
            `cos_sim`, `dot_score`, `euclidean_sim` or `manhattan_sim`.

        Raises:
            InputError: If there is no such similarity function.

        Example:
            >>> SimilarityFunction.to_similarity_fn("euclidean").__name__
            'euclidean_sim'
        """
        return _ALL_PAIRS[SimilarityFunction(similarity_function)]

    @staticmethod
    def to_similarity_pairwise_fn(similarity_function: str | SimilarityFunction) -> Score:
        """The function that scores each row of one set against the same row of another.

        Args:
            similarity_function: A name ("cosine", "dot", "euclidean", "manhattan") or a member.

        Returns:
            `pairwise_cos_sim`, `pairwise_dot_score`, `pairwise_euclidean_sim` or `pairwise_manhattan_sim`.

        Raises:
            InputError: If there is no such similarity function.

        Example:
            >>> SimilarityFunction.to_similarity_pairwise_fn(SimilarityFunction.DOT).__name__
            'pairwise_dot_score'
        """
        return _ROW_BY_ROW[SimilarityFunction(similarity_function)]

    @staticmethod
    def possible_values() -> list[str]:
        """The accepted names.

        Returns:
            The values of all members.

        Example:
            >>> SimilarityFunction.possible_values()
            ['cosine', 'dot', 'euclidean', 'manhattan']
        """
        return [member.value for member in SimilarityFunction]


_ALL_PAIRS: dict[SimilarityFunction, Score] = {
    SimilarityFunction.COSINE: similarity.cos_sim,
    SimilarityFunction.DOT_PRODUCT: similarity.dot_score,
    SimilarityFunction.EUCLIDEAN: similarity.euclidean_sim,
    SimilarityFunction.MANHATTAN: similarity.manhattan_sim,
}

_ROW_BY_ROW: dict[SimilarityFunction, Score] = {
    SimilarityFunction.COSINE: similarity.pairwise_cos_sim,
    SimilarityFunction.DOT_PRODUCT: similarity.pairwise_dot_score,
    SimilarityFunction.EUCLIDEAN: similarity.pairwise_euclidean_sim,
    SimilarityFunction.MANHATTAN: similarity.pairwise_manhattan_sim,
}
