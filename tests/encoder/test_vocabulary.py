"""Kernels of strips of a vocabulary: the same product, made anew when the weight changes."""

import pytest
import torch

from likewise.encoder import cpu
from likewise.encoder.vocabulary import VocabularyStrips
from likewise.ops.token_logits import TILE_COLUMNS, TokenLogits

pytestmark = pytest.mark.skipif(
    not cpu.is_available(torch.device("cpu"), torch.float32), reason="a PyTorch without oneDNN"
)
LENGTHS = [5, 1, 9, 0, 700]


def weights(vocabulary=2 * TILE_COLUMNS + 3, width=8):
    generator = torch.Generator().manual_seed(0)
    draw = [
        torch.randn(*shape, generator=generator)
        for shape in ((sum(LENGTHS), width), (vocabulary, width), (vocabulary,))
    ]
    return draw[0], torch.nn.Parameter(draw[1]), torch.nn.Parameter(draw[2])


@torch.no_grad()
def test_the_same_logits_and_a_changed_weight_shows():
    hidden, weight, bias = weights()
    strips = VocabularyStrips()

    for _ in range(2):
        made = strips.of(weight, bias)
        assert len(made) == 3
        fast = TokenLogits(hidden, weight, bias, LENGTHS, made).pooled_max()
        torch.testing.assert_close(fast, TokenLogits(hidden, weight, bias, LENGTHS).pooled_max(), atol=1e-5, rtol=1e-5)
        assert strips.of(weight, bias) is made
        weight.mul_(2)
    assert strips.of(weight, None) is not made


def test_gradients_use_the_weight_itself():
    _, weight, bias = weights()

    assert VocabularyStrips().of(weight, bias) is None
