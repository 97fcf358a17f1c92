"""Padded to packed and back."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.errors import InputError, ShapeError
from likewise.ops.packing import (
    cumulative_lengths,
    pack,
    packed_features,
    padded_features,
    sequence_index,
    unpack,
)

masks = st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=5).map(torch.tensor)


@settings(max_examples=40, deadline=None)
@given(mask=masks)
def test_packing_keeps_the_tokens_of_each_row_in_order(mask):
    values = torch.arange(mask.numel()).reshape(mask.shape)

    packed, cu_seqlens = pack(values, mask)

    for row in range(len(mask)):
        expected = [values[row, at].item() for at in range(mask.shape[1]) if mask[row, at]]
        assert packed[cu_seqlens[row] : cu_seqlens[row + 1]].tolist() == expected


@settings(max_examples=40, deadline=None)
@given(lengths=st.lists(st.integers(0, 5), min_size=1, max_size=6), extra=st.integers(0, 2))
def test_unpacking_is_the_inverse_of_packing(lengths, extra):
    cu_seqlens = cumulative_lengths(torch.tensor(lengths))
    values = torch.randn(sum(lengths), 2)
    width = max(lengths) + extra

    padded = unpack(values, cu_seqlens, width)

    assert padded.shape == (len(lengths), width, 2)
    mask = torch.arange(width)[None] < torch.tensor(lengths)[:, None]
    assert (padded[~mask] == 0).all()
    torch.testing.assert_close(pack(padded, mask)[0], values, rtol=0, atol=0)


def test_packing_drops_padding_on_either_side():
    values = torch.tensor([[0, 1, 2], [3, 4, 0]])

    packed, cu_seqlens = pack(values, torch.tensor([[0, 1, 1], [1, 1, 0]]))

    assert packed.tolist() == [1, 2, 3, 4]
    assert cu_seqlens.tolist() == [0, 2, 4]
    assert cu_seqlens.dtype == torch.int32


def test_the_sequence_index_names_the_sequence_of_each_token():
    assert sequence_index(torch.tensor([0, 0, 3, 4]), 4).tolist() == [1, 1, 1, 2]


def test_gradients_flow_through_both_directions():
    values = torch.randn(3, 2, requires_grad=True)

    unpack(values, torch.tensor([0, 1, 3])).square().sum().backward()

    torch.testing.assert_close(values.grad, 2 * values)


def test_padded_features_come_back_from_packed_ones():
    features = {
        "input_ids": torch.tensor([[1, 2, 3], [4, 0, 0]]),
        "attention_mask": torch.tensor([[1, 1, 1], [1, 0, 0]]),
        "token_embeddings": torch.randn(2, 3, 2) * torch.tensor([[1, 1, 1], [1, 0, 0]])[..., None],
        "all_layer_embeddings": [torch.ones(2, 3, 1) * torch.tensor([[1, 1, 1], [1, 0, 0]])[..., None]] * 2,
        "prompt_length": 1,
        "token_weights_sum": torch.tensor([3.0, 1.0]),
    }

    packed = packed_features(features)
    padded = padded_features(packed)

    assert packed["max_seqlen"] == 3
    assert packed["input_ids"].tolist() == [1, 2, 3, 4]
    assert packed["token_weights_sum"].shape == (2,)
    torch.testing.assert_close(padded, features, rtol=0, atol=0)


def test_left_padded_features_come_back_padded_on_the_right():
    packed = packed_features({"input_ids": torch.tensor([[0, 7]]), "attention_mask": torch.tensor([[0, 1]])})

    assert padded_features(packed)["input_ids"].tolist() == [[7]]


def test_features_in_the_wanted_layout_are_kept():
    padded = {"input_ids": torch.ones(1, 1), "attention_mask": torch.ones(1, 1)}
    packed = {"input_ids": torch.ones(1), "cu_seqlens": torch.tensor([0, 1])}

    assert padded_features(padded) == padded
    assert packed_features(packed) == packed


def test_a_batch_of_empty_texts_has_one_column_of_padding():
    packed = {"input_ids": torch.empty(0, dtype=torch.long), "cu_seqlens": torch.tensor([0, 0, 0]), "max_seqlen": 0}

    padded = padded_features(packed)

    assert padded["attention_mask"].tolist() == [[0], [0]]
    assert padded["input_ids"].tolist() == [[0], [0]]


def test_a_mask_of_another_shape_is_refused():
    with pytest.raises(ShapeError, match=r"mask of shape \(2, 2\)"):
        pack(torch.ones(2, 3), torch.ones(2, 2))


def test_offsets_of_another_batch_are_refused():
    with pytest.raises(ShapeError, match="5 packed tokens"):
        unpack(torch.ones(5), torch.tensor([0, 4]))


def test_a_width_below_the_longest_text_is_refused():
    with pytest.raises(ShapeError, match="padded to 1"):
        unpack(torch.ones(2), torch.tensor([0, 2]), 1)


def test_packing_features_without_a_mask_is_refused():
    with pytest.raises(InputError, match="attention_mask"):
        packed_features({"input_ids": torch.ones(1, 1)})
