"""SpladePooling beside its formula, padded, packed and from logits not yet computed."""

import json

import pytest
import torch

from likewise.errors import CheckpointError, InputError
from likewise.hub.folder import ModelFolder
from likewise.models import SpladePooling
from likewise.models.module import LoadContext
from likewise.ops.packing import packed_features
from likewise.ops.token_logits import TokenLogits

LENGTHS = [3, 0, 5]
HIDDEN = torch.randn(8, 4, generator=torch.Generator().manual_seed(0))
WEIGHT = torch.randn(6, 4, generator=torch.Generator().manual_seed(1))


def padded():
    mask = (torch.arange(5)[None] < torch.tensor(LENGTHS)[:, None]).long()
    logits = torch.full((3, 5, 6), 7.0)  # what stands at padding must not count
    logits[mask.bool()] = HIDDEN @ WEIGHT.T
    return {"token_embeddings": logits, "attention_mask": mask}


def naive(strategy, activation):
    rows = []
    for tokens in (HIDDEN @ WEIGHT.T).split(LENGTHS):
        weights = torch.log1p(torch.relu(tokens))
        weights = torch.log1p(weights) if activation == "log1p_relu" else weights
        rows.append(weights.sum(0) if strategy == "sum" or not len(weights) else weights.amax(0))
    return torch.stack(rows)


@pytest.mark.parametrize("chunk_size", [None, 1, 4])
@pytest.mark.parametrize("activation", ["relu", "log1p_relu"])
@pytest.mark.parametrize("strategy", ["max", "sum"])
def test_the_formula(strategy, activation, chunk_size):
    pooling = SpladePooling(strategy, activation, chunk_size=chunk_size)
    features = padded()
    lazy = {**packed_features(features), "token_logits": TokenLogits(HIDDEN, WEIGHT, None, LENGTHS)}
    del lazy["token_embeddings"]

    for given in (features, packed_features(features), lazy):
        result = pooling(given)
        torch.testing.assert_close(result["sentence_embedding"], naive(strategy, activation), atol=1e-6, rtol=1e-5)
        assert "token_logits" not in result
    assert pooling.get_sentence_embedding_dimension() == pooling.get_embedding_dimension() == 6


@pytest.mark.parametrize(
    "settings",
    [{"pooling_strategy": "mean"}, {"activation_function": "gelu"}, {"chunk_size": 0}, {"embedding_dimension": -1}],
)
def test_bad_settings(settings, tmp_path):
    with pytest.raises(InputError, match=next(iter(settings))):
        SpladePooling(**settings)
    (tmp_path / "config.json").write_text(json.dumps(settings))
    with pytest.raises(CheckpointError, match=next(iter(settings))):
        SpladePooling.from_folder(ModelFolder(tmp_path), LoadContext())


@pytest.mark.parametrize("key", ["word_embedding_dimension", "embedding_dimension"])
def test_settings_of_every_version(key, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"pooling_strategy": "sum", key: 9}))

    pooling = SpladePooling.from_folder(ModelFolder(tmp_path), LoadContext())

    assert (pooling.pooling_strategy, pooling.activation_function) == ("sum", "relu")
    assert pooling.embedding_dimension == pooling.word_embedding_dimension == 9
    assert SpladePooling(word_embedding_dimension=9).embedding_dimension == 9
