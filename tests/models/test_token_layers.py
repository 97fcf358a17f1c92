"""Layers over whole texts, in every layout."""

import torch

from likewise.models.token_layers import map_sequences
from likewise.ops.packing import packed_features

MASK = torch.tensor([[0, 1, 1], [1, 0, 0], [0, 0, 0]])


def cumulative(hidden, lengths):
    """A layer whose result depends on the order and on what stands before."""
    assert (hidden[torch.arange(hidden.shape[1])[None] >= lengths[:, None]] == 0).all()
    return hidden.cumsum(1).repeat(1, 1, 2)


def test_each_text_is_run_from_its_first_token():
    features = {
        "token_embeddings": torch.tensor([[9.0, 1, 2], [3, 9, 9], [9, 9, 9]])[..., None],
        "attention_mask": MASK,
    }

    found = map_sequences(features, 1, cumulative)

    assert found[..., 0].tolist() == [[0, 1, 3], [3, 0, 0], [0, 0, 0]]
    assert found.shape == (3, 3, 2)


def test_packed_features_give_the_same():
    features = {"token_embeddings": torch.randn(3, 3, 2), "attention_mask": MASK}
    padded = map_sequences(features, 2, cumulative)

    packed = map_sequences(packed_features(features), 2, cumulative)

    torch.testing.assert_close(packed, padded[MASK == 1])


def test_without_mask_and_lengths_every_token_counts():
    assert map_sequences({"token_embeddings": torch.ones(1, 2, 1)}, 1, cumulative)[..., 0].tolist() == [[1.0, 2.0]]


def test_a_batch_without_tokens_runs():
    features = {"token_embeddings": torch.empty(0, 2), "cu_seqlens": torch.tensor([0, 0])}

    assert map_sequences(features, 2, cumulative).shape == (0, 4)
