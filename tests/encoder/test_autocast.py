"""Under autocast the packed forward is as close to float32 as the padded transformers model, gradients included."""

import numpy as np
import pytest
import torch

from likewise.encoder.batch import PackedBatch
from likewise.models.packed_body import PackedBody

FAMILIES = ["bert", "roberta", "mpnet", "distilbert", "electra", "albert", "modernbert", "nomic_bert", "gte"]
LENGTHS = [5, 17, 5, 1]


def flat(model):
    """All gradients in one row: single ones may be 0 but for rounding (biases of keys)."""
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters() if parameter.grad is not None])


def distance(x, y):
    return float((x - y).norm() / y.norm())


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("dtype", "near"), [(torch.bfloat16, 0.03), (torch.float16, 0.004)])
def test_results_and_gradients_are_those_of_the_padded_model(build_model, family, dtype, near):
    model = build_model(family)
    encoder = PackedBody.of(model).encoder
    generator = torch.Generator().manual_seed(0)
    ids = [torch.randint(4, 60, (length,), generator=generator) for length in LENGTHS]
    weights = torch.randn(sum(LENGTHS), 32, generator=generator)
    rows = torch.nn.utils.rnn.pad_sequence(ids, batch_first=True, padding_value=1)
    mask = torch.arange(rows.shape[1])[None] < torch.tensor(LENGTHS)[:, None]

    def padded():
        return model(input_ids=rows, attention_mask=mask.long()).last_hidden_state[mask]

    def packed():
        return encoder(PackedBatch.of(torch.cat(ids), np.array(LENGTHS)))[-1]

    def run(forward, enabled):
        model.zero_grad()
        with torch.autocast("cpu", dtype, enabled=enabled):
            hidden_TD = forward()
        (hidden_TD.float() * weights).sum().backward()
        return hidden_TD.detach(), flat(model)

    exact, expected, got = run(padded, False), run(padded, True), run(packed, True)

    assert got[0].dtype == expected[0].dtype
    for value, reference, truth in zip(got, expected, exact, strict=True):
        assert distance(value.float(), reference.float()) < near
        assert distance(value.float(), truth) < 1.5 * distance(reference.float(), truth) + 1e-4
