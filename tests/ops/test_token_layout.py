"""The reductions over tokens: padded and packed against a loop."""

import pytest
import torch

from likewise.errors import ShapeError
from likewise.ops.packing import pack
from likewise.ops.token_layout import PackedTokens, PaddedTokens, accumulation_dtype

RIGHT = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]])
LEFT = RIGHT.flip(1)
SKIPS = [None, torch.tensor([1]), torch.tensor([2, 0, 1, 0]), torch.tensor([9])]


def rows_that_count(hidden, mask, skip):
    """Each sequence's counting tokens with their places, by a loop."""
    skip = torch.zeros(1, dtype=torch.long) if skip is None else skip
    skips = skip.expand(len(mask)).tolist()
    result = []
    for row in range(len(mask)):
        tokens = [hidden[row, at] for at in range(mask.shape[1]) if mask[row, at]]
        result.append([(place, token) for place, token in enumerate(tokens, start=1) if place > skips[row]])
    return result


def layouts(mask, skip, dtype=torch.float32):
    hidden = torch.randn(4, 4, 3, generator=torch.Generator().manual_seed(0)).to(dtype)
    packed, cu_seqlens = pack(hidden, mask)
    tokens = [PaddedTokens(hidden, mask, skip), PackedTokens(packed, cu_seqlens, skip)]
    return rows_that_count(hidden, mask, skip), tokens


cases = pytest.mark.parametrize("skip", SKIPS, ids=["none", "one", "each", "all"])
sides = pytest.mark.parametrize("mask", [RIGHT, LEFT], ids=["right", "left"])
ZERO = torch.zeros(3)


@cases
@sides
def test_every_reduction_equals_a_loop(mask, skip):
    expected, both = layouts(mask, skip)

    for tokens in both:
        assert tokens.counts().tolist() == [len(row) for row in expected]
        assert tokens.position_sum().tolist() == [sum(place for place, _ in row) for row in expected]
        for found, row in zip(tokens.total(), expected, strict=True):
            torch.testing.assert_close(found, sum((token for _, token in row), ZERO))
        for found, row in zip(tokens.total(by_position=True), expected, strict=True):
            torch.testing.assert_close(found, sum((place * token for place, token in row), ZERO))
        for found, row in zip(tokens.maximum(), expected, strict=True):
            torch.testing.assert_close(found, torch.stack([t for _, t in row]).amax(0) if row else ZERO)
        for found, row in zip(tokens.first(), expected, strict=True):
            torch.testing.assert_close(found, row[0][1] if row else ZERO)
        for found, row in zip(tokens.last(), expected, strict=True):
            torch.testing.assert_close(found, row[-1][1] if row else ZERO)


def test_both_layouts_have_the_same_gradients():
    hidden = torch.randn(4, 4, 3, requires_grad=True)
    packed, cu_seqlens = pack(hidden, LEFT)
    gradients = []

    for tokens in (PaddedTokens(hidden, LEFT, torch.tensor([1])), PackedTokens(packed, cu_seqlens, torch.tensor([1]))):
        parts = [tokens.total(), tokens.total(by_position=True), tokens.maximum(), tokens.first(), tokens.last()]
        loss = sum(part.sin().sum() for part in parts)
        gradients.append(torch.autograd.grad(loss, hidden, retain_graph=True)[0])

    torch.testing.assert_close(gradients[0], gradients[1])
    assert (gradients[0][LEFT == 0] == 0).all()


def test_sums_of_half_precision_are_taken_in_float32():
    """1001 is no bfloat16: a sum in that type could not be exact."""
    hidden = torch.ones(1, 1001, 2, dtype=torch.bfloat16)

    padded = PaddedTokens(hidden, torch.ones(1, 1001)).total()
    packed = PackedTokens(hidden[0], torch.tensor([0, 1001])).total()

    assert padded.tolist() == packed.tolist() == [[1001.0, 1001.0]]


def test_float64_stays_float64():
    assert accumulation_dtype(torch.float64) == torch.float64
    assert PackedTokens(torch.ones(2, 1, dtype=torch.float64), torch.tensor([0, 2])).total().dtype == torch.float64


def test_a_batch_without_any_token_gives_zeros():
    padded = PaddedTokens(torch.randn(2, 0, 3), torch.zeros(2, 0))
    packed = PackedTokens(torch.randn(0, 3), torch.tensor([0, 0, 0]))

    for tokens in (padded, packed):
        for found in (tokens.total(), tokens.maximum(), tokens.first(), tokens.last()):
            assert found.tolist() == [[0.0] * 3] * 2


def test_garbage_in_the_padding_has_no_effect():
    hidden = torch.randn(4, 4, 3)
    other = torch.where(RIGHT[..., None] == 1, hidden, torch.tensor(1e6))

    for name in ("total", "maximum", "first", "last"):
        left, right = (getattr(PaddedTokens(each, RIGHT), name)() for each in (hidden, other))
        torch.testing.assert_close(left, right, rtol=0, atol=0)


def test_wrong_shapes_are_refused():
    with pytest.raises(ShapeError, match="mask"):
        PaddedTokens(torch.ones(2, 3, 4), torch.ones(2, 4))
    with pytest.raises(ShapeError, match="cu_seqlens"):
        PackedTokens(torch.ones(2, 3, 4), torch.tensor([0, 2]))
