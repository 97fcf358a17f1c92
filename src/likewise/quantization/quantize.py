"""The documented `quantize_embeddings`: checks what comes in, finds the ranges, chooses the kind.

Does not know models, and does not import torch for numpy input.
"""

from __future__ import annotations

import difflib
import logging
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast, get_args

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.ops.embeddings import Array, as_array_or_tensor, is_tensor
from likewise.quantization.binary import pack_bits, pack_bits_signed
from likewise.quantization.scalar import ALL_VALUES, check_percentiles, quantize_scalar, value_ranges

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings

Precision: TypeAlias = Literal["float32", "int8", "uint8", "binary", "ubinary"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

_logger = logging.getLogger(__name__)
_FEW = 100


def quantize_embeddings(
    embeddings: Embeddings,
    precision: Precision,
    ranges: Embeddings | None = None,
    calibration_embeddings: Embeddings | None = None,
    *,
    percentiles: tuple[float, float] = ALL_VALUES,
) -> Array:
    """Store embeddings in fewer bytes.

    - "float32": as they are, in 4 bytes for each dimension.
    - "int8", "uint8": one byte. The range of each dimension is divided into 255 equal steps; values outside the range
      go to its ends. The range comes from `ranges`, else from `calibration_embeddings`, else from the embeddings
      themselves. Embeddings to be compared must share one range, so pass one of the first two for anything but the
      corpus itself.
    - "binary", "ubinary": one bit, whether the value is positive; eight bits in a byte (int8 or uint8).

    Args:
        embeddings: Embeddings, (rows, dim), or one vector (dim,); floating point.
        precision: "float32", "int8", "uint8", "binary" or "ubinary".
        ranges: For int8 and uint8: smallest and largest value of each dimension, (2, dim).
        calibration_embeddings: For int8 and uint8: embeddings to take the ranges from, (rows, dim).
        percentiles: For int8 and uint8: where the range of a dimension begins and ends among the values that it comes
            from, in percent; from the smallest to the largest if not given. (0.5, 99.5) sends the outermost hundredth
            to the ends, for finer steps between them.

    Returns:
        A numpy array, (rows, dim) or (dim,); for binary and ubinary (rows, dim / 8 rounded up).

    Raises:
        InputError: If there is no such precision, an embedding holds NaN or infinity, ranges or percentiles are wrong,
            percentiles are given beside ranges, or ranges would have to come from one embedding.
        InputTypeError: If the embeddings are integers, as quantized ones are, or not numeric.
        ShapeError: If the dimensions of ranges or calibration embeddings differ from the embeddings'.

    Example:
        >>> ranges = np.array([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])
        >>> quantize_embeddings(np.array([[-1.0, 0.0, 5.0]]), "int8", ranges=ranges)
        array([[-128,   -1,  127]], dtype=int8)
        >>> quantize_embeddings(np.array([[0.3, -0.2, 0.1, -0.4, 0.5, 0.6, -0.7, -0.8]]), "ubinary")
        array([[172]], dtype=uint8)

    Reference:
        Shakir, Aarsen and Lee, "Binary and Scalar Embedding Quantization for Significantly Faster & Cheaper Retrieval",
        2024.
    """
    kind = _check_precision(precision)
    values = _floats(embeddings, "embeddings")
    if kind == "float32":
        return values.astype(np.float32)
    _check_finite(values, "embeddings")
    if kind == "ubinary":
        return pack_bits(values)
    if kind == "binary":
        return pack_bits_signed(values)
    percentiles = check_percentiles(percentiles)
    if values.size == 0:
        return values.astype(kind)
    return quantize_scalar(values, find_ranges(values, kind, ranges, calibration_embeddings, percentiles), kind)


def _check_precision(precision: str) -> Precision:
    known = get_args(Precision)
    if precision not in known:
        nearest = difflib.get_close_matches(str(precision).lower(), known, n=1) or ["int8"]
        raise InputError(
            f"precision={precision!r}",
            accepted=", ".join(repr(name) for name in known),
            fix=f"precision={nearest[0]!r}",
        )
    return cast("Precision", precision)


def _floats(embeddings: Embeddings, name: str) -> NDArray[np.floating[Any]]:
    """As a float32 array."""
    checked = as_array_or_tensor(embeddings, name)
    if is_tensor(checked):
        tensor = checked.detach().cpu()
        checked = (tensor.float() if tensor.is_floating_point() else tensor).numpy()
    array = np.asarray(checked)
    if array.dtype.kind in "iub":
        raise InputTypeError(
            f"{name} holds {array.dtype} values: integers, as quantized embeddings are",
            accepted="floating-point embeddings",
            fix="model.encode(texts, precision='float32') first",
        )
    return array.astype(np.float32, copy=False)


def find_ranges(
    values: NDArray[np.floating[Any]],
    kind: str,
    ranges: Embeddings | None,
    calibration: Embeddings | None,
    percentiles: tuple[float, float] = ALL_VALUES,
) -> NDArray[np.floating[Any]]:
    """Ranges for int8 and uint8, from the first of the sources that is there.

    Args:
        values: Finite embeddings, (rows, dim) or (dim,): the last source.
        kind: The precision, for messages.
        ranges: Smallest and largest value of each dimension, (2, dim): the first source.
        calibration: Embeddings to take them from, (rows, dim): the second source.
        percentiles: Which values of the second or third source are the ends of a range, in percent.

    Returns:
        Smallest and largest value of each dimension, (2, dim).

    Raises:
        InputError: If they would have to come from one embedding, or are wrong.
        ShapeError: If their dimension is another.
    """
    dim = values.shape[-1]
    if ranges is not None:
        if percentiles != ALL_VALUES:
            raise InputError(
                f"percentiles={percentiles!r} beside ranges",
                accepted="one of them",
                fix="pass calibration_embeddings instead of ranges",
            )
        return _check_ranges(np.asarray(_numbers(ranges, "ranges")), dim)
    if calibration is not None:
        sample = np.atleast_2d(_floats(calibration, "calibration_embeddings"))
        if sample.shape[1] != dim or len(sample) == 0:
            raise ShapeError(
                f"calibration_embeddings have shape {sample.shape}, embeddings have dimension {dim}",
                accepted=f"at least one embedding of dimension {dim}",
                fix="encode both with the same model and the same truncate_dim",
            )
        _check_finite(sample, "calibration_embeddings")
        return value_ranges(sample, percentiles)
    if values.ndim == 1 or len(values) == 1:
        raise InputError(
            f"one embedding, precision={kind!r}, and neither ranges nor calibration_embeddings",
            accepted="ranges, calibration_embeddings, or enough embeddings to take the ranges from",
            fix="quantize_embeddings(embeddings, precision, calibration_embeddings=model.encode(many_texts))",
        )
    if len(values) < _FEW:
        _logger.warning(
            "%s ranges come from %d embeddings only; pass ranges or calibration_embeddings, from at least %d",
            kind,
            len(values),
            _FEW,
        )
    return value_ranges(values, percentiles)


def _numbers(values: Embeddings, name: str) -> Array:
    checked = as_array_or_tensor(values, name)
    return checked.detach().cpu().double().numpy() if is_tensor(checked) else np.asarray(checked)


def _check_ranges(ranges: Array, dim: int) -> NDArray[np.floating[Any]]:
    if ranges.shape != (2, dim):
        raise ShapeError(
            f"ranges have shape {ranges.shape}",
            accepted=f"(2, {dim}): the smallest and the largest value of each dimension",
            fix="ranges=np.stack([embeddings.min(axis=0), embeddings.max(axis=0)])",
        )
    wrong = np.flatnonzero(~(np.isfinite(ranges).all(0) & (ranges[0] <= ranges[1])))
    if wrong.size:
        first = wrong[0]
        raise InputError(
            f"ranges of dimension {first}: from {ranges[0, first]} to {ranges[1, first]}",
            accepted="finite numbers, the smallest value in the first row",
        )
    return ranges


def _check_finite(values: NDArray[np.floating[Any]], name: str) -> None:
    rows = np.atleast_2d(values)
    wrong = np.flatnonzero(~np.isfinite(rows).all(1))
    if wrong.size:
        raise InputError(
            f"{name}, row {wrong[0]}, holds NaN or infinity",
            accepted="finite numbers",
            fix=f"leave row {wrong[0]} out, or encode its text again",
        )
