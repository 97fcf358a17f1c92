"""What every index can do, whatever engine is behind it. Knows no engine.

Legend: N vectors added, Q queries, k vectors found for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, Self, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings

Metric: TypeAlias = Literal["cosine", "dot", "euclidean"]
Ids: TypeAlias = NDArray[np.int64]
Field: TypeAlias = str | int | float | bool
Fields: TypeAlias = Mapping[str, Field]
Where: TypeAlias = Mapping[str, Field | Sequence[Field] | Ids]

NOTHING = -1


class Hits(NamedTuple):
    """What was found: the best first, equal scores by the lower id.

    Args:
        ids: Ids of the vectors, int64, (Q, k); -1 where there are fewer than k.
        scores: Higher is better: cosine, dot product, or negative Euclidean distance, float32, (Q, k); -inf beside -1.
    """

    ids: Ids
    scores: NDArray[np.float32]

    def lists(self) -> list[list[dict[str, int | float]]]:
        """The same in the form of `likewise.util.semantic_search`.

        Returns:
            For each query a list of `{"corpus_id": int, "score": float}`, best first.

        Example:
            >>> Hits(np.array([[7, -1]]), np.array([[0.5, -np.inf]], np.float32)).lists()
            [[{'corpus_id': 7, 'score': 0.5}]]
        """
        return [
            [
                {"corpus_id": number, "score": score}
                for number, score in zip(ids, scores, strict=True)
                if number != NOTHING
            ]
            for ids, scores in zip(self.ids.tolist(), self.scores.tolist(), strict=True)
        ]


@runtime_checkable
class Index(Protocol):
    """Vectors under ids, and the nearest of them to a query.

    Every index takes embeddings in any numeric dtype and compares in float32 or in what its kind stores. An error in
    `add` adds nothing.
    """

    @property
    def dim(self) -> int:
        """Length of a vector."""

    @property
    def metric(self) -> Metric:
        """How vectors are compared."""

    def __len__(self) -> int:
        """How many vectors there are."""

    def add(
        self, embeddings: Embeddings, ids: Embeddings | None = None, *, fields: Sequence[Fields] | None = None
    ) -> Ids:
        """Add vectors.

        Args:
            embeddings: (N, dim) or one vector (dim,), finite.
            ids: One integer of at least 0 for each, none of them in the index yet; the next free numbers if not given.
            fields: One mapping for each from names to values, for `where`; only in indexes that store them.

        Returns:
            Their ids, (N,).

        Raises:
            InputError: If an id is there already or given twice, a vector holds NaN or infinity, or this index stores
                no fields. Nothing was added.
            ShapeError: If the dimension is not the index's.
        """

    def search(self, queries: Embeddings, top_k: int = 10, *, where: Where | None = None) -> Hits:
        """Find the nearest vectors of each query.

        Args:
            queries: (Q, dim) or one vector (dim,).
            top_k: How many for each, at least 1.
            where: Only vectors whose fields have these values (one of them, where a sequence is given). The field
                "id" is the id. Refused where the engine cannot.

        Returns:
            Ids and scores, (Q, k) with k the smaller of `top_k` and the number of vectors; k is 0 in an empty index.

        Raises:
            InputError: If a query holds NaN or infinity, `top_k` is below 1, or this index cannot filter so.
            ShapeError: If the dimension is not the index's.
        """

    def remove(self, ids: Embeddings) -> int:
        """Remove vectors.

        Args:
            ids: Their ids, (N,); those that are not there are passed over.

        Returns:
            How many were removed.

        Raises:
            InputError: If the engine cannot remove.
        """

    def save(self, path: str | Path) -> None:
        """Write the index to a folder: whole or, after an error or a kill, as the folder was before.

        Args:
            path: The folder. A database writes there how to reach it, never a password.
        """

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote.

        Args:
            path: The folder.

        Returns:
            The index.

        Raises:
            CheckpointError: If a file is missing, cut short, changed, or of another version.
        """

    def close(self) -> None:
        """Let go of files and connections. What was added stays."""
