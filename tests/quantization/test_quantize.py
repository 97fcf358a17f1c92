import logging
import subprocess
import sys

import numpy as np
import pytest
import torch

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.quantization import quantize_embeddings

PRECISIONS = ["float32", "int8", "uint8", "binary", "ubinary"]
DTYPES = {"float32": "float32", "int8": "int8", "uint8": "uint8", "binary": "int8", "ubinary": "uint8"}


@pytest.fixture
def rows():
    return np.random.default_rng(0).standard_normal((120, 16)).astype(np.float32)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_shape_and_dtype(rows, precision):
    result = quantize_embeddings(rows, precision)

    assert result.dtype == DTYPES[precision]
    assert result.shape == (120, 2 if "binary" in precision else 16)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(
    "convert",
    [torch.from_numpy, list, np.ndarray.tolist, lambda r: list(torch.from_numpy(r))],
    ids=["tensor", "list of arrays", "list of lists", "list of tensors"],
)
def test_every_kind_of_input_gives_the_same_array(rows, precision, convert):
    ranges = np.stack([rows.min(0), rows.max(0)])

    result = quantize_embeddings(convert(rows), precision, ranges=ranges)

    assert isinstance(result, np.ndarray)
    # A list of Python floats is computed in float64, which may put a value on the border into the next step.
    difference = np.abs(result.astype(float) - quantize_embeddings(rows, precision, ranges=ranges).astype(float))
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.01


@pytest.mark.parametrize("precision", ["int8", "uint8"])
def test_half_precision_is_quantized_in_float32(rows, precision):
    half = rows.astype(np.float16)

    expected = quantize_embeddings(half.astype(np.float32), precision)

    assert (quantize_embeddings(half, precision) == expected).all()
    assert (quantize_embeddings(torch.from_numpy(half), precision) == expected).all()


def test_ranges_come_from_the_argument_then_the_calibration_then_the_embeddings(rows):
    ranges = np.stack([np.full(16, -4.0), np.full(16, 4.0)])
    calibration = rows * 3

    assert (quantize_embeddings(rows, "uint8", ranges, calibration) == quantize_embeddings(rows, "uint8", ranges)).all()
    from_calibration = quantize_embeddings(rows, "uint8", calibration_embeddings=calibration)
    assert (
        from_calibration == quantize_embeddings(rows, "uint8", np.stack([calibration.min(0), calibration.max(0)]))
    ).all()
    assert (quantize_embeddings(rows, "uint8") == quantize_embeddings(rows, "uint8", calibration_embeddings=rows)).all()


def test_quantized_embeddings_rank_as_the_originals():
    from likewise.search import semantic_search

    rng = np.random.default_rng(0)
    rows = rng.standard_normal((300, 64)).astype(np.float32)
    queries = rows[:20] + rng.standard_normal((20, 64)).astype(np.float32) * 0.3

    small = quantize_embeddings(rows, "int8")
    hits = semantic_search(quantize_embeddings(queries, "int8", calibration_embeddings=rows), small, top_k=1)

    assert [hit[0]["corpus_id"] for hit in hits] == list(range(20))


@pytest.mark.parametrize("precision", ["int8", "uint8"])
def test_few_embeddings_are_reported(rows, precision, caplog):
    with caplog.at_level(logging.WARNING, "likewise"):
        quantize_embeddings(rows[:99], precision)

    assert caplog.messages == [
        f"{precision} ranges come from 99 embeddings only; pass ranges or calibration_embeddings, from at least 100"
    ]


def test_enough_embeddings_given_ranges_and_bits_are_not_reported(rows, caplog):
    quantize_embeddings(rows, "int8")
    quantize_embeddings(rows[:2], "int8", calibration_embeddings=rows)
    quantize_embeddings(rows[:2], "binary")

    assert caplog.messages == []


def test_a_dimension_without_spread_goes_to_the_lowest_step(rows):
    rows[:, 3] = 0.25

    with np.errstate(all="raise"):
        assert set(quantize_embeddings(rows, "int8")[:, 3].tolist()) == {-128}
        assert set(quantize_embeddings(rows, "uint8")[:, 3].tolist()) == {0}


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_single_vector_stays_one(rows, precision):
    result = quantize_embeddings(rows[0], precision, calibration_embeddings=rows)

    assert result.tolist() == quantize_embeddings(rows[:1], precision, calibration_embeddings=rows)[0].tolist()


@pytest.mark.parametrize("precision", PRECISIONS)
def test_no_embeddings_stay_none(precision):
    assert len(quantize_embeddings(np.empty((0, 16), np.float32), precision)) == 0
    assert quantize_embeddings(np.empty(0, np.float32), precision).dtype == DTYPES[precision]


@pytest.mark.parametrize("one", [np.ones(4), np.ones((1, 4))], ids=["vector", "row"])
def test_ranges_of_one_embedding_are_refused(one):
    with pytest.raises(InputError, match=r"one embedding, precision='int8'.*calibration_embeddings="):
        quantize_embeddings(one, "int8")


@pytest.mark.parametrize(
    ("precision", "nearest"), [("int4", "int8"), ("INT8", "int8"), ("float16", "float32"), ("binry", "binary")]
)
def test_an_unknown_precision_is_refused_with_the_nearest_one(rows, precision, nearest):
    with pytest.raises(InputError, match=rf"precision='{precision}'.*'ubinary'.*precision='{nearest}'"):
        quantize_embeddings(rows, precision)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy], ids=["array", "tensor"])
def test_integers_are_refused(precision, convert):
    with pytest.raises(InputTypeError, match=r"embeddings holds .*int8 values: integers, as quantized"):
        quantize_embeddings(convert(np.ones((2, 8), np.int8)), precision)


@pytest.mark.parametrize("precision", ["int8", "uint8", "binary", "ubinary"])
@pytest.mark.parametrize("value", [np.nan, np.inf], ids=str)
def test_values_that_are_not_finite_are_refused(rows, precision, value):
    rows[7, 2] = value

    with pytest.raises(InputError, match="embeddings, row 7, holds NaN or infinity"):
        quantize_embeddings(rows, precision)


def test_calibration_that_is_not_finite_is_refused(rows):
    with pytest.raises(InputError, match="calibration_embeddings, row 0, holds NaN"):
        quantize_embeddings(rows, "int8", calibration_embeddings=np.full((3, 16), np.nan))


@pytest.mark.parametrize("shape", [(2, 15), (3, 16), (16,)], ids=str)
def test_ranges_of_another_shape_are_refused(rows, shape):
    with pytest.raises(ShapeError, match=r"ranges have shape .*\(2, 16\)"):
        quantize_embeddings(rows, "int8", ranges=np.ones(shape))


def test_calibration_of_another_dimension_is_refused(rows):
    with pytest.raises(ShapeError, match=r"calibration_embeddings have shape \(4, 8\), embeddings have dimension 16"):
        quantize_embeddings(rows, "int8", calibration_embeddings=np.ones((4, 8)))


@pytest.mark.parametrize("low", [1.0, np.nan], ids=["reversed", "nan"])
def test_wrong_ranges_are_refused(rows, low):
    ranges = np.stack([np.full(16, -1.0), np.zeros(16)])
    ranges[0, 5] = low

    with pytest.raises(InputError, match=r"ranges of dimension 5: from .* to 0\.0"):
        quantize_embeddings(rows, "int8", ranges=ranges)


def test_texts_instead_of_embeddings_are_refused():
    with pytest.raises(InputTypeError, match=r"embeddings holds .*model\.encode"):
        quantize_embeddings(["a text"], "binary")


def test_torch_is_not_imported_for_arrays():
    code = (
        "import sys, numpy as np; from likewise.quantization import quantize_embeddings as q; r = np.eye(8);"
        "[q(r, p) for p in ('int8', 'uint8', 'binary', 'ubinary', 'float32')]; print('torch' in sys.modules)"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "False"


def test_percentiles_clip_and_make_finer_steps(rows):
    rows[3] = 40.0
    inner = np.stack([np.percentile(rows, 2, axis=0), np.percentile(rows, 98, axis=0)]).astype(np.float32)

    clipped = quantize_embeddings(rows, "int8", percentiles=(2, 98))

    assert (clipped == quantize_embeddings(rows, "int8", ranges=inner)).all()
    assert (clipped[3] == 127).all()
    assert (clipped == quantize_embeddings(rows, "int8", calibration_embeddings=rows, percentiles=(2, 98))).all()
    spread = [np.ptp(quantize_embeddings(rows, "uint8", percentiles=ends)[:3], axis=0) for ends in ((2, 98), (0, 100))]
    assert (spread[0] > 5 * spread[1].astype(int)).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"percentiles": (98, 2)}, r"percentiles=\(98, 2\)"),
        ({"percentiles": (2, 98), "ranges": np.stack([np.zeros(16), np.ones(16)])}, "beside ranges"),
    ],
)
def test_percentiles_that_say_nothing_are_refused(rows, options, message):
    with pytest.raises(InputError, match=message):
        quantize_embeddings(rows, "uint8", **options)
