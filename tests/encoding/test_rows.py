import math

import numpy as np
import pytest
import torch

from likewise.encoding.options import EncodeOptions
from likewise.encoding.rows import feature_rows, finite_rows, sentence_rows, token_rows
from likewise.errors import ConfigError
from likewise.ops.packing import packed_features

OPTIONS = EncodeOptions()


def padded(left=False):
    """Two inputs of 3 and 1 tokens; the embedding of a token is its id."""
    ids = torch.tensor([[5, 6, 7], [0, 0, 8]] if left else [[5, 6, 7], [8, 0, 0]])
    mask = (ids > 0).long()
    return {"input_ids": ids, "attention_mask": mask, "token_embeddings": ids[..., None].float()}


@pytest.mark.parametrize("features", [padded(), padded(left=True), packed_features(padded())], ids=["r", "l", "packed"])
def test_token_embeddings_come_without_padding_on_any_side(features):
    assert [row.flatten().tolist() for row in token_rows(features)] == [[5, 6, 7], [8]]


def test_a_masked_token_between_others_is_kept():
    features = padded()
    features["attention_mask"] = torch.tensor([[1, 0, 1], [0, 0, 0]])
    assert [len(row) for row in token_rows(features)] == [3, 0]


def test_token_embeddings_own_their_memory():
    rows = token_rows(padded())
    assert all(row.untyped_storage().nbytes() == row.nbytes for row in rows)


def test_token_embeddings_without_a_mask_are_whole():
    assert [row.shape for row in token_rows({"token_embeddings": torch.zeros(2, 3, 4)})] == [(3, 4), (3, 4)]


@pytest.mark.parametrize("features", [padded(), packed_features(padded())], ids=["padded", "packed"])
def test_features_of_each_input_come_without_padding(features):
    features |= {
        "sentence_embedding": torch.tensor([[1.0, 2.0], [3.0, 4.0]]),
        "all_layer_embeddings": [features["token_embeddings"], features["token_embeddings"] * 2],
        "prompt_length": 2,
        "text_keys": ["query", "document"],
        "scalar": torch.tensor(3.0),
    }
    first, second = feature_rows(features, EncodeOptions(truncate_dim=1, normalize=True))
    assert first["input_ids"].tolist() == [5, 6, 7]
    assert second["input_ids"].tolist() == [8]
    assert second["sentence_embedding"].tolist() == [3.0]
    assert [layer.flatten().tolist() for layer in second["all_layer_embeddings"]] == [[8], [16]]
    assert (second["prompt_length"], second["text_keys"], second["scalar"].item()) == (2, "document", 3.0)
    assert not {"cu_seqlens", "max_seqlen"} & set(first)


@pytest.mark.parametrize("features", [padded(), packed_features(padded())], ids=["padded", "packed"])
def test_features_of_each_input_have_the_documented_mask(features):
    masks = [row["attention_mask"] for row in feature_rows(features, OPTIONS)]
    assert [(mask.tolist(), mask.dtype) for mask in masks] == [([1, 1, 1], torch.int64), ([1], torch.int64)]


def test_features_of_an_embedding_bag_are_taken_apart_by_its_offsets():
    features = {
        "input_ids": torch.tensor([5, 6, 7]),
        "offsets": torch.tensor([0, 2, 2]),
        "sentence_embedding": torch.eye(3),
    }
    rows = feature_rows(features, OPTIONS)
    assert [row["input_ids"].tolist() for row in rows] == [[5, 6], [], [7]]
    assert rows[2]["sentence_embedding"].tolist() == [0, 0, 1]
    assert "offsets" not in rows[0]


def test_features_without_tokens_are_taken_apart_by_row():
    rows = feature_rows({"sentence_embedding": torch.eye(2)}, OPTIONS)
    assert [row["sentence_embedding"].tolist() for row in rows] == [[1, 0], [0, 1]]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_sentence_embeddings_are_float32_whatever_the_model_computes_in(dtype):
    assert sentence_rows({"sentence_embedding": torch.ones(1, 2, dtype=dtype)}, OPTIONS).dtype == torch.float32


@pytest.mark.parametrize("shape", [(3,), (3, 4)])
def test_rows_with_nan_or_infinity_are_found(shape):
    rows = torch.zeros(3, *shape[1:], 2)
    rows[1, ..., 1], rows[2, ..., 0] = math.nan, -math.inf
    assert finite_rows(rows).tolist() == [True, False, False]
    assert finite_rows(list(rows)).tolist() == [True, False, False]


def test_a_float64_model_keeps_its_precision():
    assert sentence_rows({"sentence_embedding": torch.ones(1, 2).double()}, OPTIONS).dtype == torch.float64


def test_embeddings_are_cut_first_and_normalised_then():
    features = {"sentence_embedding": torch.tensor([[3.0, 4.0, 12.0]])}
    rows = sentence_rows(features, EncodeOptions(truncate_dim=2, normalize=True))
    np.testing.assert_allclose(rows.numpy(), [[0.6, 0.8]], rtol=1e-6)


@pytest.mark.parametrize(("take", "key"), [(token_rows, "token_"), (lambda f: sentence_rows(f, OPTIONS), "sentence_")])
def test_a_model_that_makes_no_such_embeddings_is_told_apart(take, key):
    with pytest.raises(ConfigError, match=f"no '{key}embedding.*only .*'other'"):
        take({"other": torch.ones(1)})
