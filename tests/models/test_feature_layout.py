"""What a module is given: features as they are, or in the form that it takes."""

import torch
from torch import nn

from likewise.models import Dense, Pooling, SpladePooling, WeightedLayerPooling
from likewise.models.feature_layout import features_for
from likewise.ops.token_logits import TokenLogits

LOGITS = TokenLogits(torch.ones(3, 2), torch.eye(2), None, [1, 2])
PACKED = {"input_ids": torch.tensor([5, 6, 7]), "cu_seqlens": torch.tensor([0, 1, 3], dtype=torch.int32)}


def test_what_a_module_takes_stays_as_it_is():
    features = {**PACKED, "token_logits": LOGITS}

    assert features_for(SpladePooling(), features) is features
    assert features_for(Dense(2, 2), PACKED)["input_ids"].shape in ((3,), (2, 2))
    assert features_for(nn.Identity(), {"input_ids": 1}) == {"input_ids": 1}


def test_logits_are_computed_for_a_module_that_wants_them_all():
    given = features_for(Pooling(2), {**PACKED, "token_logits": LOGITS})

    assert "token_logits" not in given
    assert torch.equal(given["token_embeddings"], LOGITS.whole())
    assert "cu_seqlens" in given


def test_a_module_that_knows_neither_gets_padded_token_embeddings():
    for module in (nn.Identity(), WeightedLayerPooling(2, num_hidden_layers=2, layer_start=1)):
        given = features_for(module, {**PACKED, "token_logits": LOGITS})
        if "cu_seqlens" not in given:
            assert given["token_embeddings"].tolist() == [[[1.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 1.0]]]
            assert given["attention_mask"].tolist() == [[1, 0], [1, 1]]
    assert "cu_seqlens" not in features_for(nn.Identity(), PACKED)
