"""Losses on single pairs, margins and negatives, derived again from their formulas."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from likewise.cross_encoder import losses
from likewise.cross_encoder.losses.multiple_negatives_ranking import in_batch_negatives
from likewise.errors import ConfigError, InputError, InputTypeError, ShapeError

PAIRS = [["q", "r", "s"], ["a", "b", "c"]]


def test_binary_cross_entropy_is_the_formula(table):
    model = table()
    value = losses.BinaryCrossEntropyLoss(model, pos_weight=torch.tensor(3.0))(PAIRS, [1, 0, 0.25])
    wanted = 0.0
    for score, label in zip(model.table[:, 0].tolist(), (1, 0, 0.25), strict=False):
        share = 1 / (1 + math.exp(-score))
        wanted -= (3.0 * label * math.log(share) + (1 - label) * math.log(1 - share)) / 3
    assert value.item() == pytest.approx(wanted)


def test_binary_cross_entropy_takes_several_outputs(table):
    model, labels = table(2), [[1, 0], [0, 0], [1, 1]]
    value = losses.BinaryCrossEntropyLoss(model)(PAIRS, labels)
    each = [
        math.log(1 + math.exp(-score if label else score))
        for row, wanted in zip(model.table[:3].tolist(), labels, strict=True)
        for score, label in zip(row, wanted, strict=True)
    ]
    assert value.item() == pytest.approx(sum(each) / 6)


@pytest.mark.parametrize("label", [-0.1, 2, float("nan")])
def test_binary_cross_entropy_refuses_labels_outside_0_to_1(label, table):
    with pytest.raises(InputError, match="0 to 1"):
        losses.BinaryCrossEntropyLoss(table())(PAIRS, [1, 0, label])


def test_cross_entropy_is_the_formula(table):
    model = table(3)
    value = losses.CrossEntropyLoss(model)(PAIRS, torch.tensor([2, 0, 1]))
    chosen = zip(model.table[:3].tolist(), (2, 0, 1), strict=True)
    each = [math.log(sum(map(math.exp, row))) - row[label] for row, label in chosen]
    assert value.item() == pytest.approx(sum(each) / 3)
    shares = torch.eye(3, dtype=torch.float32)[[2, 0, 1]]
    torch.testing.assert_close(losses.CrossEntropyLoss(model)(PAIRS, list(shares)), value)


def test_cross_entropy_refuses_classes_that_the_model_does_not_have(table):
    with pytest.raises(InputError, match=r"label 3.*classes 0 to 2"):
        losses.CrossEntropyLoss(table(3))(PAIRS, [0, 3, 1])
    with pytest.raises(InputError, match="label -1"):
        losses.CrossEntropyLoss(table(3))(PAIRS, [0, -1, 1])
    with pytest.raises(InputTypeError, match="integers"):
        losses.CrossEntropyLoss(table(3))(PAIRS, [0.5, 1.0, 1.0])
    with pytest.raises(ConfigError, match="1 output"):
        losses.CrossEntropyLoss(table(1))(PAIRS, [0, 0, 0])


def test_cross_entropy_leaves_out_the_ignored_class_and_passes_settings_on(table):
    model = table(3)
    part = losses.CrossEntropyLoss(model)([["q", "r"], ["a", "b"]], [2, 0])
    torch.testing.assert_close(losses.CrossEntropyLoss(model, ignore_index=-1)(PAIRS, [2, 0, -1]), part)
    assert losses.CrossEntropyLoss(model, label_smoothing=0.5)(PAIRS, [2, 0, 1]) != part


def test_mean_squared_error_is_the_formula(table):
    model = table()
    value = losses.MSELoss(model)(PAIRS, [2.0, -1.0, 0.5])
    errors = [(score - label) ** 2 for score, label in zip(model.table[:3, 0].tolist(), (2.0, -1.0, 0.5), strict=True)]
    assert value.item() == pytest.approx(sum(errors) / 3)


def test_margin_mse_takes_margins_or_scores(table):
    model = table(logits=torch.tensor([[3.0], [1.0], [2.0], [0.5], [0.0], [1.0]], dtype=torch.float64))
    columns = [["q", "r"], ["a", "d"], ["b", "e"], ["c", "f"]]
    loss = losses.MarginMSELoss(model)
    wanted = ((2.0 - 1.5) ** 2 + (1.0 - 0.5) ** 2 + (0.5 - 0.0) ** 2 + (-0.5 - 1.0) ** 2) / 4
    assert loss(columns, [[1.5, 0.5], [0.0, 1.0]]).item() == pytest.approx(wanted)
    assert loss(columns, [[2.0, 0.5, 1.5], [1.0, 1.0, 0.0]]).item() == pytest.approx(wanted)
    assert loss([each[:1] for each in columns[:3]], [1.5]).item() == pytest.approx(0.25)
    with pytest.raises(ShapeError, match="2 negatives"):
        loss(columns, [1.0, 2.0])
    with pytest.raises(InputError, match="columns"):
        loss(columns[:2], [1.0, 2.0])


class TestMultipleNegatives:
    def test_value_is_the_formula(self, table):
        model = table()
        columns = [["q", "r"], ["a", "b"], ["x", "y"]]
        value = losses.MultipleNegativesRankingLoss(model, num_negatives=None, scale=3.0)(columns)
        scores = {pair: 3.0 / (1 + math.exp(-model.table[at].item())) for pair, at in model.places.items()}
        wanted = 0.0
        for query, positive in (("q", "a"), ("r", "b")):
            total = sum(math.exp(scores[query, document]) for document in "abxy")
            wanted -= math.log(math.exp(scores[query, positive]) / total) / 2
        assert value.item() == pytest.approx(wanted)

    def test_the_cached_one_has_the_same_value_and_gradient(self, table):
        columns = [list("qrstu"), list("abcde"), list("vwxyz")]
        found = []
        for name, settings in (("", {}), ("Cached", {"mini_batch_size": 3})):
            model = table()
            torch.manual_seed(5)
            loss = getattr(losses, f"{name}MultipleNegativesRankingLoss")(model, num_negatives=2, **settings)
            value = loss(columns)
            found.append((value, torch.autograd.grad(value, model.table)[0], model))
        torch.testing.assert_close(found[0][0], found[1][0])
        torch.testing.assert_close(found[0][1], found[1][1])
        assert found[0][2].calls == [20]
        # Each piece once forwards, and once more backwards.
        assert sorted(found[1][2].calls) == sorted([3, 3, 3, 3, 3, 3, 2] * 2)

    def test_each_query_gets_its_own_documents_and_as_many_others(self, table):
        loss = losses.MultipleNegativesRankingLoss(table(), num_negatives=3)
        found = loss.candidates([[f"q{row}" for row in range(6)], *[[f"{c}{row}" for row in range(6)] for c in "ab"]])
        assert found.counts == [5] * 6
        for row in range(6):
            queries, documents = zip(*found.pairs[row * 5 : row * 5 + 5], strict=True)
            assert set(queries) == {f"q{row}"}
            assert documents[:2] == (f"a{row}", f"b{row}")
            assert len(set(documents)) == 5
            assert not any(document.endswith(str(row)) for document in documents[2:])

    def test_all_others_come_up_and_the_seed_decides(self):
        torch.manual_seed(0)
        first = in_batch_negatives(5, 2, 3)
        drawn = {place for _ in range(60) for place in in_batch_negatives(5, 2, 3)[0]}
        torch.manual_seed(0)
        assert in_batch_negatives(5, 2, 3) == first
        assert drawn == {1, 2, 3, 4, 6, 7, 8, 9}

    @pytest.mark.parametrize(("number", "count"), [(0, 2), (1, 3), (4, 4), (99, 4), (None, 4)])
    def test_the_number_is_at_most_what_there_is(self, number, count, table):
        loss = losses.MultipleNegativesRankingLoss(table(), num_negatives=number)
        assert loss.candidates([["q", "r"], ["a", "b"], ["c", "d"]]).counts == [count] * 2

    def test_a_single_row_without_rivals_gives_0(self, table):
        model = table()
        value = losses.MultipleNegativesRankingLoss(model)([["q"], ["a"]])
        assert value.item() == 0.0
        assert torch.autograd.grad(value, model.table)[0].abs().max() == 0.0


def test_no_activation_is_the_identity(table):
    assert isinstance(losses.MultipleNegativesRankingLoss(table()).activation_fn, nn.Sigmoid)
    assert isinstance(losses.MultipleNegativesRankingLoss(table(), activation_fn=None).activation_fn, nn.Identity)


def test_labels_of_different_shapes_are_refused(table):
    with pytest.raises(ShapeError, match="shapes"):
        losses.MSELoss(table())(PAIRS, [torch.zeros(1), torch.zeros(2), torch.zeros(1)])
    with pytest.raises(ShapeError, match="one shape"):
        losses.MSELoss(table())(PAIRS, [[1.0], [1.0, 2.0], [1.0]])
