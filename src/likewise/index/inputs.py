"""Checks of what callers give to an index: the same messages for every engine. Knows no engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.index.protocol import Ids, Metric, Where
from likewise.ops.embeddings import as_array_or_tensor, is_tensor
from likewise.search.arguments import at_least_one

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings

METRICS: tuple[Metric, ...] = get_args(Metric)
_MAX_ID = 2**63 - 1


def as_vectors(embeddings: Embeddings, name: str, dim: int) -> NDArray[np.float32]:
    """Check vectors for an index.

    Args:
        embeddings: (N, dim) or one vector (dim,); shape (0,) is no vector.
        name: The argument's name, for messages.
        dim: Length that they must have.

    Returns:
        float32 without gaps in memory, (N, dim).

    Raises:
        InputError: If a vector holds NaN or infinity.
        InputTypeError: If this is not numeric.
        ShapeError: If the dimension is another.

    Example:
        >>> as_vectors([3.0, 4.0], "queries", 2)
        array([[3., 4.]], dtype=float32)
    """
    given = as_array_or_tensor(embeddings, name)
    rows = np.asarray(given.detach().cpu().float().numpy() if is_tensor(given) else given)
    if rows.ndim == 1:
        rows = rows[None, :] if len(rows) else rows.reshape(0, dim)
    if rows.shape[1] != dim:
        raise ShapeError(
            f"{name} have dimension {rows.shape[1]}, the index has dimension {dim}",
            accepted=f"vectors of length {dim}",
            fix="encode both with the same model and the same truncate_dim",
        )
    with np.errstate(over="ignore"):  # what is too large becomes infinite, which is refused
        vectors = np.ascontiguousarray(rows, dtype=np.float32)
    wrong = np.flatnonzero(~np.isfinite(vectors).all(1))
    if wrong.size:
        raise InputError(
            f"{name}, row {wrong[0]}, holds NaN or infinity, or is too large for float32",
            accepted="finite numbers",
            fix=f"leave row {wrong[0]} out, or encode its text again",
        )
    return vectors


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale vectors to length 1, for engines that compare cosines by the dot product.

    Args:
        vectors: (N, dim).

    Returns:
        The same directions, (N, dim); a vector of zeros stays one, so that its cosine is 0.

    Example:
        >>> unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]], np.float32))
        array([[0.6, 0.8],
               [0. , 0. ]], dtype=float32)
    """
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def as_ids(ids: Embeddings, name: str = "ids") -> Ids:
    """Check ids.

    Args:
        ids: Integers of at least 0, (N,), or one.
        name: The argument's name, for messages.

    Returns:
        int64, (N,).

    Raises:
        InputError: If one is below 0 or above 2**63 - 1.
        InputTypeError: If they are no integers.

    Example:
        >>> as_ids([3, 5])
        array([3, 5])
    """
    array = np.atleast_1d(np.asarray(ids.cpu() if is_tensor(ids) else ids))
    if array.size == 0:
        return np.empty(0, np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise InputTypeError(
            f"{name} are {array.dtype} of shape {array.shape}", accepted="integers of at least 0, (N,)"
        )
    wrong = array[(array < 0) | (array > _MAX_ID)]
    if wrong.size:
        raise InputError(f"{name} hold {wrong[0]}", accepted="integers from 0 to 2**63 - 1")
    return array.astype(np.int64)


def new_ids(ids: Embeddings | None, count: int, first_free: int, present: Callable[[Ids], NDArray[np.bool_]]) -> Ids:
    """Ids for vectors that are added.

    Args:
        ids: What the caller gave, if anything.
        count: How many vectors there are.
        first_free: The number that comes after the largest id so far.
        present: Says of ids which are in the index already.

    Returns:
        One id for each, (count,).

    Raises:
        InputError: If there are more or fewer ids than vectors, or one is given twice or is there already.

    Example:
        >>> new_ids(None, 2, 5, lambda ids: ids < 5)
        array([5, 6])
    """
    if ids is None:
        if first_free + count - 1 > _MAX_ID:
            raise InputError(f"no number is free above id {first_free - 1}", fix="give ids")
        return np.arange(first_free, first_free + count, dtype=np.int64)
    chosen = as_ids(ids)
    if len(chosen) != count:
        raise ShapeError(f"{len(chosen)} ids for {count} vectors", accepted="one id for each vector")
    values, times = np.unique(chosen, return_counts=True)
    if (times > 1).any():
        raise InputError(f"id {values[times > 1][0]} is given twice", accepted="one vector for each id")
    taken = chosen[present(chosen)]
    if taken.size:
        raise InputError(
            f"id {taken[0]} is in the index already ({taken.size} of {count} are)",
            accepted="ids that are not there yet",
            fix="index.remove(ids) first, or leave ids out",
        )
    return chosen


def only_id(where: Where | None, kind: str) -> Ids | None:
    """The ids that a filter allows, for an index that stores no fields.

    Args:
        where: The filter, if any.
        kind: Name of the index, for the message.

    Returns:
        The ids, or nothing if there is no filter.

    Raises:
        InputError: If the filter names anything but "id".

    Example:
        >>> only_id({"id": [2, 3]}, "exact")
        array([2, 3])
    """
    if where is None:
        return None
    other = sorted(set(where) - {"id"})
    if other:
        raise InputError(
            f"where names {other[0]!r}; an index of kind {kind!r} stores no fields",
            accepted='where={"id": ids}',
            fix="use a kind that stores fields, such as 'lancedb' or 'pgvector'",
        )
    allowed: Any = where.get("id")
    return None if allowed is None else np.unique(as_ids(allowed, 'where["id"]'))


def check_metric(metric: str, accepted: tuple[Metric, ...] = METRICS) -> None:
    """Refuse a metric that an engine does not have.

    Args:
        metric: What was asked for.
        accepted: What the engine has.

    Raises:
        InputError: If it is none of them.

    Example:
        >>> check_metric("cosine")
    """
    if metric not in accepted:
        raise InputError(f"metric={metric!r}", accepted=", ".join(map(repr, accepted)), fix=f"metric={accepted[0]!r}")


def check_dim(dim: int) -> int:
    """Check the length of an index's vectors.

    Args:
        dim: The length.

    Returns:
        The same as an `int`.

    Raises:
        InputError: If it is below 1.

    Example:
        >>> check_dim(3)
        3
    """
    return at_least_one(dim, "dim")


def refuse_fields(fields: object, kind: str) -> None:
    """Refuse fields in an index that stores none.

    Args:
        fields: What `add` was given.
        kind: Name of the index, for the message.

    Raises:
        InputError: If there are any.

    Example:
        >>> refuse_fields(None, "exact")
    """
    if fields is not None:
        raise InputError(
            f"fields for an index of kind {kind!r}, which stores none",
            accepted="vectors and ids",
            fix="keep them beside the index, under the same ids, or use a kind such as 'lancedb' or 'pgvector'",
        )
