"""The documented class: what each method promises."""

import copy
import logging
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from likewise import SentenceTransformer, SimilarityFunction
from likewise.errors import InputError, InputTypeError, TruncationError
from likewise.models import Normalize, Pooling

TEXTS = ["a cat sat on the mat", "dog", "the red fox ran over the blue mat"]


def test_forms_of_the_result(model):
    assert model.encode(TEXTS).dtype == np.float32
    assert model.encode(TEXTS).shape == (3, 16)
    assert model.encode("a cat").shape == (16,)
    assert isinstance(model.encode(TEXTS, convert_to_tensor=True), torch.Tensor)
    assert [row.shape for row in model.encode(TEXTS, convert_to_numpy=False)] == [(16,)] * 3
    assert model.encode([]).shape == (0,)
    features = model.encode(TEXTS, output_value=None)
    assert {"token_embeddings", "sentence_embedding", "input_ids"} <= set(features[0])


def test_order_is_that_of_the_input(model):
    together = model.encode(TEXTS)

    for row, text in zip(together, TEXTS, strict=True):
        np.testing.assert_allclose(row, model.encode(text), atol=1e-5)


@pytest.mark.parametrize("output", ["sentence_embedding", "token_embeddings", None])
def test_texts_that_repeat_are_computed_once_and_get_results_of_their_own(model, output):
    seen = []
    model[0].register_forward_pre_hook(lambda module, given: seen.append(len(given[0]["cu_seqlens"]) - 1))
    # Other spellings that this tokenizer reads alike count as repeats, too.
    texts = [*TEXTS, " dog ", TEXTS[0], "dog", *TEXTS]

    rows = model.encode(texts, output_value=output, convert_to_numpy=False)

    assert sum(seen) == 3
    if output is None:
        rows = [row["token_embeddings"] for row in rows]
    for row, text in zip(rows, texts, strict=True):
        alone = model.encode(text, output_value=output, convert_to_numpy=False)
        torch.testing.assert_close(row, alone if output else alone["token_embeddings"], atol=1e-6, rtol=0)
    assert len({row.data_ptr() for row in rows}) == len(rows)


def test_pairs_with_the_same_tokens_in_other_segments_are_computed_apart(model):
    pairs = [("a cat", "sat"), ("a", "cat sat"), ["a cat", "sat"], ("a cat", "sat")]

    rows = model.encode(pairs)

    for row, pair in zip(rows, pairs, strict=True):
        np.testing.assert_allclose(row, model.encode([pair])[0], atol=1e-6)
    assert np.array_equal(rows[0], rows[2])
    assert not np.allclose(rows[0], rows[1], atol=1e-4)


@pytest.mark.parametrize("batch_size", [1, 2, 32, None])
def test_batch_size_does_not_change_the_result(model, batch_size):
    np.testing.assert_allclose(model.encode(TEXTS, batch_size=batch_size), model.encode(TEXTS), atol=1e-5)


def test_normalised_rows_have_length_one(model):
    np.testing.assert_allclose(np.linalg.norm(model.encode(TEXTS, normalize_embeddings=True), axis=1), 1, atol=1e-6)


def test_truncate_dim_as_argument_attribute_and_block(model):
    full = model.encode(TEXTS)

    np.testing.assert_array_equal(model.encode(TEXTS, truncate_dim=4), full[:, :4])
    with model.truncate_sentence_embeddings(5):
        assert model.encode(TEXTS).shape == (3, 5)
        assert model.get_sentence_embedding_dimension() == 5
    assert model.get_embedding_dimension() == 16
    model.truncate_dim = 6
    assert model.encode(TEXTS).shape == (3, 6)


def test_prompts(model):
    model.prompts["query"] = "query : "

    by_text = model.encode(["query : a cat"])

    np.testing.assert_allclose(model.encode(["a cat"], prompt_name="query"), by_text, atol=1e-6)
    np.testing.assert_allclose(model.encode(["a cat"], prompt="query : "), by_text, atol=1e-6)
    np.testing.assert_allclose(model.encode_query(["a cat"]), by_text, atol=1e-6)
    np.testing.assert_allclose(model.encode_document(["a cat"]), model.encode(["a cat"]), atol=1e-6)
    model.default_prompt_name = "query"
    np.testing.assert_allclose(model.encode(["a cat"]), by_text, atol=1e-6)


def test_both_names_of_the_first_argument(model):
    np.testing.assert_array_equal(model.encode(inputs=TEXTS), model.encode(sentences=TEXTS))
    with pytest.raises(InputError, match="both"):
        model.encode(TEXTS, inputs=TEXTS)


@pytest.mark.parametrize("bad", [None, 3, float("nan"), b"bytes", ["x", 1, 2]], ids=repr)
def test_what_is_no_text_is_named_with_its_position(model, bad):
    with pytest.raises(InputTypeError, match="1"):
        model.encode(["a cat", bad])


def test_nothing_at_all(model):
    with pytest.raises(InputTypeError):
        model.encode(None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"precision": "int4"}, "precision='int4'"),
        ({"output_value": "tokens"}, "output_value='tokens'"),
        ({"prompt_name": "nope"}, "unknown prompt_name 'nope'"),
        ({"truncation": "cut"}, "truncation='cut'"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"truncate_dim": 0}, "truncate_dim=0"),
        ({"nonsense": 1}, "unexpected keyword argument 'nonsense'"),
        ({"precision": "int8", "output_value": "token_embeddings"}, "precision='int8' with output_value"),
    ],
    ids=str,
)
def test_bad_arguments(model, arguments, message):
    with pytest.raises(InputError, match=message):
        model.encode(TEXTS, **arguments)


def test_truncation_is_counted_or_refused(model, caplog):
    model.max_seq_length = 5
    with caplog.at_level(logging.WARNING):
        model.encode(TEXTS)
    assert "2 of 3" in caplog.text
    caplog.clear()
    model.encode(TEXTS, truncation="ignore")
    assert not caplog.text
    with pytest.raises(TruncationError):
        model.encode(TEXTS, truncation="error")


def test_empty_strings_are_texts(model):
    assert np.isfinite(model.encode(["", " "])).all()


def test_ten_megabytes_of_text(model):
    text = "the cat sat on the mat " * 450_000

    np.testing.assert_allclose(
        model.encode(text, truncation="ignore"), model.encode(text[:2000], truncation="ignore"), atol=1e-6
    )


@pytest.mark.parametrize("precision", ["int8", "uint8", "binary", "ubinary"])
def test_precisions(model, precision):
    embeddings = model.encode(TEXTS, precision=precision)

    assert embeddings.dtype == (np.uint8 if precision.startswith("u") else np.int8)
    assert embeddings.shape == (3, 16 if precision.endswith("int8") else 2)
    assert isinstance(model.encode(TEXTS, precision=precision, convert_to_tensor=True), torch.Tensor)


def test_similarity_functions(model):
    embeddings = model.encode(TEXTS)

    assert model.similarity_fn_name == "cosine"
    assert model.similarity(embeddings, embeddings).shape == (3, 3)
    model.similarity_fn_name = SimilarityFunction.EUCLIDEAN
    assert model.similarity_fn_name == "euclidean"
    assert float(model.similarity_pairwise(embeddings, embeddings)[0]) == pytest.approx(0.0, abs=1e-3)
    with pytest.raises(InputError, match="euclid"):
        model.similarity_fn_name = "euclid"


def test_max_seq_length(model):
    assert model.max_seq_length == model.get_max_seq_length() == 32
    model.max_seq_length = 8
    assert model.tokenize(["the cat " * 20])["input_ids"].shape == (1, 8)
    with pytest.raises(InputError, match="max_seq_length=0"):
        model.max_seq_length = 0


def test_documented_access(model):
    assert model[0].auto_model is model.transformers_model
    assert isinstance(model[1], Pooling)
    assert model._first_module() is model[0]
    assert model._last_module() is model[1]
    assert model.tokenizer is model[0].tokenizer
    assert (model.device.type, model.get_backend(), model.dtype) == ("cpu", "torch", torch.float32)
    assert model.preprocess(TEXTS)["input_ids"].shape[0] == 3


def test_modules_by_hand(model):
    built = SentenceTransformer(modules=[model[0], model[1], Normalize()], device="cpu")

    np.testing.assert_allclose(built.encode(TEXTS), model.encode(TEXTS, normalize_embeddings=True), atol=1e-6)
    with pytest.raises(ValueError, match="module '1' is a str"):
        SentenceTransformer(modules=[model[0], "Pooling"])


def test_forward_carries_gradients(model):
    features = model(model.tokenize(TEXTS))

    features["sentence_embedding"].sum().backward()

    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


def test_changed_weights_show_in_the_next_encode(model):
    before = model.encode(TEXTS)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.5)

    assert np.abs(model.encode(TEXTS) - before).max() > 1e-3


def test_half_precision_gives_float32(model):
    assert model.bfloat16().encode(TEXTS).dtype == np.float32


def test_include_prompt(model):
    with_prompt = model.encode(["a cat"], prompt="query : ")
    model.set_pooling_include_prompt(False)

    assert np.abs(model.encode(["a cat"], prompt="query : ") - with_prompt).max() > 1e-4


def test_evaluate_makes_the_folder_and_calls(model, tmp_path):
    result = model.evaluate(lambda given, path: {"same": given is model, "path": path}, str(tmp_path / "out"))

    assert result == {"same": True, "path": str(tmp_path / "out")}
    assert (tmp_path / "out").is_dir()


def test_copies_and_pickles(model):
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_allclose(other.encode(TEXTS), model.encode(TEXTS), atol=1e-6)


def test_sixteen_threads_give_what_one_gives(model):
    model.prompts["query"] = "query : "
    calls = [
        {"normalize_embeddings": bool(at % 2), "truncate_dim": at or None, "prompt_name": "query" if at % 3 else None}
        for at in range(16)
    ]
    expected = [model.encode(TEXTS, **call) for call in calls]

    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda call: [model.encode(TEXTS, **call) for _ in range(5)], calls))

    for one, many in zip(expected, results, strict=True):
        for result in many:
            np.testing.assert_allclose(result, one, atol=1e-6)


def test_worker_processes(model):
    pool = model.start_multi_process_pool(["cpu", "cpu"])
    try:
        assert len(pool["processes"]) == 2
        texts = TEXTS * 5
        np.testing.assert_allclose(model.encode(texts, pool=pool, chunk_size=4), model.encode(texts), atol=1e-5)
        np.testing.assert_allclose(model.encode_multi_process(texts, pool), model.encode(texts), atol=1e-5)
    finally:
        model.stop_multi_process_pool(pool)
