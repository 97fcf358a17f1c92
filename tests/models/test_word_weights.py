"""WordWeights: tokens times the weight of their word."""

import pytest
import torch

from likewise.errors import InputError
from likewise.models import Pooling, WordWeights


def batch():
    return {
        "input_ids": torch.tensor([[0, 1, 2], [2, 0, 0]]),
        "token_embeddings": torch.ones(2, 3, 1),
        "attention_mask": torch.tensor([[1, 1, 1], [1, 0, 0]]),
    }


def test_tokens_are_weighted_and_the_weights_summed():
    result = WordWeights(["a", "b", "c"], {"a": 2.0, "B": 9.0, "b": 0.5}, 1.5)(batch())

    assert result["token_embeddings"][..., 0].tolist() == [[2.0, 0.5, 1.5], [1.5, 0.0, 0.0]]
    assert result["token_weights_sum"].tolist() == [4.0, 1.5]


def test_the_mean_that_follows_is_the_weighted_mean():
    features = batch()
    features["token_embeddings"] = torch.tensor([[[1.0], [3.0], [0.0]], [[5.0], [9.0], [9.0]]])

    result = Pooling(1)(WordWeights(["a", "b", "c"], {"a": 3.0, "b": 1.0}, 1)(features))["sentence_embedding"]

    torch.testing.assert_close(result, torch.tensor([[(3 * 1.0 + 3.0 + 0.0) / 5], [5.0]]))


def test_there_are_no_weights_on_disk(tmp_path):
    WordWeights(["a"], {"a": 2.0}).save(str(tmp_path))

    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]
    assert WordWeights.load(str(tmp_path)).weights_V.tolist() == [2.0]


def test_a_token_beyond_the_vocabulary_is_refused():
    with pytest.raises(InputError, match="token 2, and a vocabulary of 2 words"):
        WordWeights(["a", "b"], {})(batch())
