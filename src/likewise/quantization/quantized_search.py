"""What `semantic_search_faiss` and `semantic_search_usearch` share: checks, candidates, rescoring, results.

Knows no engine, only what it asks of one.

Legend: Q queries, C candidates, k kept.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.ops.embeddings import as_array_or_tensor, is_tensor
from likewise.quantization.engine import Engine, Ranges
from likewise.quantization.quantize import Precision, find_ranges
from likewise.quantization.rescoring import rescored

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings

_TYPES: dict[Precision, str] = {
    "float32": "float",
    "int8": "int8",
    "uint8": "uint8",
    "binary": "int8",
    "ubinary": "uint8",
}


@final
@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How to search.

    Args:
        precision: That of the stored embeddings.
        top_k: How many to find for each query.
        ranges: Those that int8 and uint8 were quantized with.
        calibration: Else embeddings to take these from.
        rescore: Whether to score candidates again with the queries as they are.
        multiplier: How many times `top_k` candidates there shall be then.
        exact: Whether every stored embedding shall be compared.
    """

    precision: Precision
    top_k: int
    ranges: Embeddings | None
    calibration: Embeddings | None
    rescore: bool
    multiplier: int
    exact: bool


def quantized_search(
    engine: Engine,
    query_embeddings: Embeddings,
    corpus_embeddings: Embeddings | None,
    corpus_index: Any,
    settings: SearchSettings,
) -> tuple[list[list[dict[str, Any]]], float, Any]:
    """Search with an engine.

    Args:
        engine: FAISS or USearch.
        query_embeddings: Queries in floating point, (Q, dim) or (dim,).
        corpus_embeddings: The stored embeddings, or
        corpus_index: the engine's index over them.
        settings: How.

    Returns:
        The hits of each query, the seconds that finding them took without building the index, and the index.

    Raises:
        InputError: If an argument has a value that cannot be used.
        ShapeError: If queries and embeddings differ in dimension.
    """
    _check(engine, corpus_embeddings, corpus_index, settings)
    queries = _queries(query_embeddings)
    ranges = None
    if settings.precision in ("int8", "uint8") and len(queries):
        ranges = find_ranges(queries, settings.precision, settings.ranges, settings.calibration)
    index = corpus_index
    if corpus_embeddings is not None:
        stored = _stored(corpus_embeddings, settings.precision)
        if 0 in (len(stored), len(queries)):
            return [[] for _ in queries], 0.0, None
        _check_width(stored.shape[1], queries.shape[1], settings.precision)
        index = engine.build(stored, settings.precision, ranges, exact=settings.exact)
    size = engine.size(index)
    if 0 in (size, len(queries)):
        return [[] for _ in queries], 0.0, index
    _check_width(engine.width(index, settings.precision), queries.shape[1], settings.precision)
    started = time.perf_counter()
    ids, scores = _find(engine, index, queries, ranges, settings, size)
    return _hits(ids, scores), time.perf_counter() - started, index


def _find(
    engine: Engine,
    index: Any,
    queries: NDArray[np.float32],
    ranges: Ranges,
    settings: SearchSettings,
    size: int,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    precision, top_k, dim = settings.precision, min(settings.top_k, size), queries.shape[1]
    binary = precision in ("binary", "ubinary")
    again = ranges is not None or (binary and settings.rescore)
    number = min(top_k * settings.multiplier, size) if again and settings.rescore else top_k
    ids, scores = engine.nearest(index, queries, number, precision, ranges, exact=settings.exact)
    if not again:
        # Of dim bits, a share differs: what is left of the cosine of the signs.
        return ids, (1 + 2 * scores / dim).astype(np.float32) if binary else scores
    return rescored(queries, ids, lambda numbers: engine.vectors(index, numbers, precision, ranges, dim), top_k)


def _check(engine: Engine, corpus: Any, index: Any, settings: SearchSettings) -> None:
    if (corpus is None) == (index is None):
        given = "neither corpus_embeddings nor corpus_index" if corpus is None else "corpus_embeddings and corpus_index"
        raise InputError(f"{given}", accepted="one of the two")
    if settings.precision not in engine.precisions:
        raise InputError(
            f"corpus_precision={settings.precision!r} with {engine.name}",
            accepted=", ".join(map(repr, engine.precisions)),
            fix=f"corpus_precision={engine.precisions[-1]!r}",
        )
    for name, value in (("top_k", settings.top_k), ("rescore_multiplier", settings.multiplier)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise InputError(f"{name}={value!r}", accepted="an integer of at least 1")


def _queries(embeddings: Embeddings) -> NDArray[np.float32]:
    given = as_array_or_tensor(embeddings, "query_embeddings")
    rows = np.asarray(given.detach().cpu().float().numpy() if is_tensor(given) else given)
    if rows.ndim == 1:
        rows = rows[None, :] if len(rows) else rows.reshape(0, 1)
    if rows.dtype.kind in "iub":
        raise InputTypeError(
            f"query_embeddings hold {rows.dtype} values",
            accepted="floating-point embeddings, whatever the precision of the corpus",
            fix="model.encode(queries, precision='float32')",
        )
    if not np.isfinite(rows).all():
        row = np.flatnonzero(~np.isfinite(rows).all(1))[0]
        raise InputError(f"query_embeddings, row {row}, holds NaN or infinity", accepted="finite numbers")
    return rows.astype(np.float32)


def _stored(embeddings: Embeddings, precision: Precision) -> NDArray[Any]:
    given = as_array_or_tensor(embeddings, "corpus_embeddings")
    rows = np.asarray(given.detach().cpu().numpy() if is_tensor(given) else given)
    rows = rows.reshape(0, 1) if rows.ndim == 1 and not len(rows) else np.atleast_2d(rows)
    right = rows.dtype.kind == "f" if precision == "float32" else rows.dtype == _TYPES[precision]
    if len(rows) and not right:
        raise InputTypeError(
            f"corpus_embeddings hold {rows.dtype} values, corpus_precision is {precision!r}",
            accepted=f"embeddings in that precision: {_TYPES[precision]} values",
            fix=f"quantize_embeddings(corpus_embeddings, {precision!r})",
        )
    return rows.astype(np.float32, copy=False) if precision == "float32" else rows


def _check_width(width: int, dim: int, precision: Precision) -> None:
    if width != (-(-dim // 8) if precision in ("binary", "ubinary") else dim):
        raise ShapeError(
            f"query_embeddings have dimension {dim}, what is stored has {width} values in {precision}",
            accepted="embeddings of the same dimension",
            fix="encode both with the same model and the same truncate_dim",
        )


def _hits(ids_Qk: NDArray[np.int64], scores_Qk: NDArray[np.float32]) -> list[list[dict[str, Any]]]:
    return cast(
        "list[list[dict[str, Any]]]",
        [
            [{"corpus_id": number, "score": score} for number, score in zip(ids, scores, strict=True) if number >= 0]
            for ids, scores in zip(ids_Qk.tolist(), scores_Qk.tolist(), strict=True)
        ],
    )
