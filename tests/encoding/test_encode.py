import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from likewise.encoding.encode import encode
from likewise.encoding.in_memory import HashPipeline
from likewise.encoding.options import EncodeOptions
from likewise.errors import InputTypeError

PIPELINE = HashPipeline(dimension=6)
TEXTS = ["red fox", "a", "the cat sat on the mat", "", "red fox"]


def test_many_texts_give_one_float32_array_in_their_order():
    rows = encode(PIPELINE, TEXTS)
    assert (rows.shape, rows.dtype) == ((5, 6), np.float32)
    for row, text in zip(rows, TEXTS, strict=True):
        np.testing.assert_allclose(row, encode(PIPELINE, text), atol=1e-6)


def test_results_have_the_form_that_was_asked_for():
    array = encode(PIPELINE, TEXTS)
    tensor = encode(PIPELINE, TEXTS, EncodeOptions(result="tensor"))
    rows = encode(PIPELINE, TEXTS, EncodeOptions(result="list"))
    assert isinstance(tensor, torch.Tensor)
    assert isinstance(rows, list)
    assert np.array_equal(array, tensor.numpy())
    assert np.array_equal(array, torch.stack(rows).numpy())


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        (EncodeOptions(), (6,)),
        (EncodeOptions(result="tensor"), (6,)),
        (EncodeOptions(result="list"), (6,)),
        (EncodeOptions(output="token_embeddings"), (2, 6)),
    ],
)
def test_one_input_gives_its_row_by_itself(options, shape):
    assert encode(PIPELINE, "red fox", options).shape == shape


def test_all_features_of_one_input_are_one_dictionary():
    features = encode(PIPELINE, "red fox", EncodeOptions(output=None))
    assert features["token_embeddings"].shape == (2, 6)
    assert features["sentence_embedding"].shape == (6,)


def test_no_inputs_give_the_documented_shapes():
    assert encode(PIPELINE, []).shape == (0,)
    assert encode(PIPELINE, [], EncodeOptions(result="tensor")).shape == (0,)
    assert encode(PIPELINE, [], EncodeOptions(result="list")) == []
    assert encode(PIPELINE, [], EncodeOptions(output="token_embeddings")) == []
    assert encode(PIPELINE, [], EncodeOptions(output=None)) == []


@pytest.mark.parametrize("packed", [False, True])
def test_token_embeddings_have_one_row_for_each_token(packed):
    rows = encode(HashPipeline(packed=packed), TEXTS, EncodeOptions(output="token_embeddings"))
    assert [len(row) for row in rows] == [2, 1, 6, 0, 2]
    means = [row.mean(0) if len(row) else torch.zeros(4) for row in rows]
    np.testing.assert_allclose(torch.stack(means), encode(HashPipeline(), TEXTS), atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_models_give_float32(dtype):
    rows = encode(HashPipeline(dtype=dtype), TEXTS)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, encode(HashPipeline(), TEXTS), atol=1e-2)


def test_normalised_embeddings_have_length_one():
    rows = encode(PIPELINE, ["a", "b c"], EncodeOptions(normalize=True, truncate_dim=3))
    assert rows.shape == (2, 3)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-6)


def test_keyword_arguments_reach_the_model():
    doubled = encode(PIPELINE, TEXTS, EncodeOptions(forward_kwargs={"scale": 2.0}))
    np.testing.assert_allclose(doubled, 2 * encode(PIPELINE, TEXTS), rtol=1e-6)


def test_generators_are_read_once():
    assert np.array_equal(encode(PIPELINE, (text for text in TEXTS)), encode(PIPELINE, TEXTS))


def test_cut_inputs_are_told_once_for_the_whole_call(caplog):
    with caplog.at_level(logging.WARNING, logger="likewise.encoding"):
        encode(HashPipeline(max_length=2), ["a b c", "a"] * 3000, EncodeOptions(batch_size=7))
    assert [record.getMessage().split(" (")[0] for record in caplog.records] == [
        "3000 of 6000 inputs are longer than 2 tokens and were cut"
    ]


def test_embeddings_that_are_no_numbers_are_told(caplog):
    with caplog.at_level(logging.WARNING, logger="likewise.encoding"):
        rows = encode(PIPELINE, ["a", "b"], EncodeOptions(forward_kwargs={"scale": float("inf")}))
    assert "2 of 2 inputs hold NaN or infinity (0, 1)" in caplog.text
    assert not np.isfinite(rows).all()


def test_a_wrong_input_is_refused_before_anything_is_computed():
    with pytest.raises(InputTypeError, match="input 1 is None"):
        encode(PIPELINE, ["a", None])


def test_threads_with_different_options_do_not_disturb_each_other():
    texts = [f"{at} " * (1 + at % 3) for at in range(2060)]
    cases = [
        EncodeOptions(
            batch_size=[None, 3, 64][at % 3],
            normalize=at % 2 == 0,
            truncate_dim=[None, 2, 5][at % 3],
            prompt=["", "query: "][at % 2],
            task=["query", None][at % 2],
            forward_kwargs={"scale": 1.0 + at},
        )
        for at in range(16)
    ]
    expected = [encode(PIPELINE, texts, options) for options in cases]
    barrier = threading.Barrier(16)

    def call(at):
        barrier.wait()
        return encode(PIPELINE, texts, cases[at])

    with ThreadPoolExecutor(16) as pool:
        for rows, wanted in zip(pool.map(call, range(16)), expected, strict=True):
            np.testing.assert_array_equal(rows, wanted)
