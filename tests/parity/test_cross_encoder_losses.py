"""Losses of cross-encoders: the peer's value and gradient on the same scores, for every documented setting."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from likewise.cross_encoder import losses

pytestmark = pytest.mark.parity
peer = pytest.importorskip("sentence_transformers.cross_encoder.losses", reason="extra parity")
peer_model = pytest.importorskip("sentence_transformers", reason="extra parity").CrossEncoder


def class_of(base):
    class Given(base):
        """A model whose texts are places in its table of scores."""

        num_labels = 1
        device = torch.device("cpu")

        def __init__(self, table):
            nn.Module.__init__(self)
            self.table = nn.Parameter(table.clone())
            self.num_labels = table.shape[1]

        def preprocess(self, pairs, **kwargs):
            return {"input_ids": torch.tensor([int(document) for _, document in pairs])}

        def forward(self, features, **kwargs):
            return {"scores": self.table[features["input_ids"]]}

    return Given


Ours, Theirs = class_of(nn.Module), class_of(peer_model)
B = 6
LENGTHS = (4, 1, 7, 2, 3, 5)


def table(outputs=1, seed=0):
    return torch.randn(64, outputs, generator=torch.Generator().manual_seed(seed))


def lists(kind="grades"):
    generator = torch.Generator().manual_seed(4)
    starts = [sum(LENGTHS[:row]) for row in range(B)]
    documents = [[str(start + at) for at in range(count)] for start, count in zip(starts, LENGTHS, strict=True)]
    make = {
        "grades": lambda count: torch.randint(0, 4, (count,), generator=generator).float(),
        "scores": lambda count: torch.randn(count, generator=generator),
        "equal": lambda count: torch.ones(count),
        "zero": lambda count: torch.zeros(count),
    }[kind]
    return [[f"q{row}" for row in range(B)], documents], [make(count) for count in LENGTHS]


def run(package, model_class, name, inputs, labels, settings, scores):
    made = {key: getattr(package, value[1:])() if str(value)[:1] == "!" else value for key, value in settings.items()}
    model = model_class(scores)
    value = getattr(package, name)(model, **made)(inputs, labels)
    value.backward()
    return value.detach(), model.table.grad


def compare(name, inputs, labels, settings, scores):
    wanted, wanted_gradient = run(peer, Theirs, name, inputs, labels, settings, scores)
    value, gradient = run(losses, Ours, name, inputs, labels, settings, scores)
    torch.testing.assert_close(value, wanted, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(gradient, wanted_gradient, rtol=1e-4, atol=1e-5)


def numbers(*shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(8))


def columns(count):
    return [[f"q{row}" for row in range(B)], *([str(B * c + row) for row in range(B)] for c in range(count))]


FLAT = [
    ("BinaryCrossEntropyLoss", 1, 1, numbers(B), {}),
    ("BinaryCrossEntropyLoss", 1, 1, (numbers(B) > 0.5).float(), {"pos_weight": torch.tensor(3.0)}),
    ("BinaryCrossEntropyLoss", 1, 1, torch.arange(B) % 2, {"activation_fn": nn.Tanh()}),
    ("CrossEntropyLoss", 1, 3, torch.arange(B) % 3, {}),
    ("CrossEntropyLoss", 1, 3, torch.arange(B) % 3, {"label_smoothing": 0.1}),
    ("MSELoss", 1, 1, numbers(B), {}),
    ("MSELoss", 1, 1, numbers(B), {"activation_fn": nn.Sigmoid()}),
    ("MarginMSELoss", 2, 1, numbers(B), {}),
    ("MarginMSELoss", 4, 1, numbers(B, 3), {}),
    ("MarginMSELoss", 4, 1, numbers(B, 4), {"activation_fn": nn.Sigmoid()}),
    ("MultipleNegativesRankingLoss", 1, 1, None, {"num_negatives": None}),
    ("MultipleNegativesRankingLoss", 3, 1, None, {"num_negatives": None, "scale": 2.0}),
    ("MultipleNegativesRankingLoss", 2, 1, None, {"num_negatives": 10, "activation_fn": nn.Identity()}),
    ("CachedMultipleNegativesRankingLoss", 2, 1, None, {"num_negatives": None, "mini_batch_size": 4}),
]


@pytest.mark.parametrize(("name", "count", "outputs", "labels", "settings"), FLAT)
def test_losses_on_columns_are_the_peers(name, count, outputs, labels, settings):
    compare(name, columns(count), labels, settings, table(outputs))


def test_the_same_number_of_negatives_is_drawn():
    pairs = []
    for package, model_class in ((peer, Theirs), (losses, Ours)):

        class Counts(model_class):
            seen = 0

            def preprocess(self, pairs, **kwargs):
                type(self).seen += len(pairs)
                return super().preprocess(pairs, **kwargs)

        package.MultipleNegativesRankingLoss(Counts(table()), num_negatives=3)(columns(2), None)
        pairs.append(Counts.seen)
    assert pairs == [B * 5, B * 5]


LISTS = [
    ("ListNetLoss", {}),
    ("ListNetLoss", {"activation_fn": nn.Tanh()}),
    ("ListMLELoss", {}),
    ("PListMLELoss", {}),
    ("PListMLELoss", {"lambda_weight": None}),
    ("ADRMSELoss", {}),
    ("ADRMSELoss", {"alpha": 4.0, "mini_batch_size": 3}),
    ("RankNetLoss", {}),
    ("RankNetLoss", {"k": 2, "sigma": 2.0, "reduction_log": "natural"}),
    ("LambdaLoss", {}),
    ("LambdaLoss", {"mini_batch_size": 5}),
    *[
        ("LambdaLoss", {"weighting_scheme": f"!{scheme}Scheme", "k": k})
        for scheme in ("NoWeighting", "NDCGLoss1", "NDCGLoss2", "LambdaRank", "NDCGLoss2PP")
        for k in (None, 2)
    ],
]


@pytest.mark.parametrize(("name", "settings"), LISTS)
@pytest.mark.parametrize("kind", ["grades", "scores", "equal", "zero"])
def test_losses_on_lists_are_the_peers(name, settings, kind):
    compare(name, *lists(kind), settings, table())


@pytest.mark.parametrize("name", ["ListMLELoss", "PListMLELoss"])
def test_the_order_of_labels_is_the_peers(name):
    """Without ties: which of two equal labels comes first is not said."""
    compare(name, *lists("scores"), {"respect_input_order": False}, table())


@pytest.mark.parametrize("name", ["ListNetLoss", "LambdaLoss", "RankNetLoss", "ADRMSELoss", "ListMLELoss"])
def test_large_scores_are_the_peers(name):
    compare(name, *lists(), {}, table() * 50)


def test_lists_longer_than_powers_of_2_in_float32_are_the_peers():
    inputs = [["q"], [[str(at % 64) for at in range(200)]]]
    compare("PListMLELoss", inputs, [torch.zeros(200)], {}, table())


class TestWhereThePeerIsWrong:
    def test_a_discount_of_ones_own_is_given_places_and_not_the_mask(self):
        """Documented is a function of ranks; the peer hands over where documents are, so that all weights are equal."""
        mask = torch.ones(1, 3, dtype=torch.bool)

        def by_place(ranks):
            return 1 / (1 + ranks.float())

        assert peer.PListMLELambdaWeight(by_place)(mask).tolist() == [[0.5, 0.5, 0.5]]
        torch.testing.assert_close(losses.PListMLELambdaWeight(by_place)(mask), torch.tensor([[1 / 2, 1 / 3, 1 / 4]]))

    def test_an_empty_list_is_no_reason_for_nan(self):
        """The empty sum is 0."""
        inputs, labels = [["q", "r"], [["0", "1"], []]], [torch.tensor([1.0, 0.0]), torch.tensor([])]
        wanted, _ = run(peer, Theirs, "ListNetLoss", inputs, labels, {}, table())
        value, gradient = run(losses, Ours, "ListNetLoss", inputs, labels, {}, table())
        alone, _ = run(losses, Ours, "ListNetLoss", [["q"], [["0", "1"]]], labels[:1], {}, table())
        assert torch.isnan(wanted)
        torch.testing.assert_close(value, alone / 2)
        assert torch.isfinite(gradient).all()

    def test_no_negatives_of_other_rows_can_be_asked_for(self):
        with pytest.raises(RuntimeError):
            run(peer, Theirs, "MultipleNegativesRankingLoss", columns(2), None, {"num_negatives": 0}, table())
        value, _ = run(losses, Ours, "MultipleNegativesRankingLoss", columns(2), None, {"num_negatives": 0}, table())
        scores = 10 * torch.sigmoid(table()[: 2 * B, 0])
        wanted = torch.log(1 + torch.exp(scores[B:] - scores[:B])).mean()
        torch.testing.assert_close(value, wanted)
