"""In-batch ranking losses against loops over the formula, and tiles against the whole matrix."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from likewise.errors import InputError
from likewise.losses import (
    CachedGISTEmbedLoss,
    CachedMultipleNegativesRankingLoss,
    CachedMultipleNegativesSymmetricRankingLoss,
    ContrastiveTensionLossInBatchNegatives,
    MegaBatchMarginLoss,
    MultipleNegativesRankingLoss,
    MultipleNegativesSymmetricRankingLoss,
)
from likewise.losses.guided_in_batch import Guided, guided_loss
from likewise.losses.info_nce import Block, Tile, info_nce
from likewise.ops.similarity import cos_sim, dot_score, euclidean_sim


def columns(count, rows=7, width=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(rows, width, generator=generator, dtype=torch.float64) for _ in range(count)]


def cosine(x, y):
    return float(x @ y / x.norm() / y.norm())


def naive_mnrl(given, scale):
    anchors, *candidates = given
    everything = [row for column in candidates for row in column]
    total = 0.0
    for row, anchor in enumerate(anchors):
        scores = [scale * cosine(anchor, candidate) for candidate in everything]
        total += math.log(sum(math.exp(score) for score in scores)) - scores[row]
    return total / len(anchors)


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("kind", [MultipleNegativesRankingLoss, CachedMultipleNegativesRankingLoss])
def test_mnrl_is_the_cross_entropy_over_all_candidates(kind, count):
    given = columns(count)
    assert kind(nn.Identity(), scale=8.0).compute(given, None).item() == pytest.approx(naive_mnrl(given, 8.0), rel=1e-9)


@pytest.mark.parametrize("kind", [MultipleNegativesSymmetricRankingLoss, CachedMultipleNegativesSymmetricRankingLoss])
def test_the_symmetric_form_asks_both_ways(kind):
    anchors, positives = columns(2)
    wanted = (naive_mnrl([anchors, positives], 8.0) + naive_mnrl([positives, anchors], 8.0)) / 2
    value = kind(nn.Identity(), scale=8.0).compute([anchors, positives], None)
    assert value.item() == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("similarity", [cos_sim, dot_score, euclidean_sim])
@pytest.mark.parametrize("tile", [Tile(1, 1), Tile(3, 2), Tile(100, 4)])
def test_tiles_give_the_value_and_gradient_of_the_whole_matrix(similarity, tile):
    given = [each.float() for each in columns(3, rows=11)]
    found = []
    for size in (Tile(1000, 1000), tile):
        leaves = [each.clone().requires_grad_() for each in given]
        blocks = [Block(leaves[0], leaves[1]), Block(leaves[0], leaves[2])]
        value = info_nce(blocks, similarity_fct=similarity, scale=3.0, tile=size).mean()
        found.append((value.detach(), torch.autograd.grad(value, leaves)))
    torch.testing.assert_close(found[1][0], found[0][0], rtol=1e-6, atol=1e-6)
    for got, wanted in zip(found[1][1], found[0][1], strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-5, atol=1e-6)


def test_gradients_are_those_of_finite_differences():
    given = [each.requires_grad_() for each in columns(3, rows=4, width=3)]
    loss = MultipleNegativesRankingLoss(nn.Identity(), scale=2.0)
    assert torch.autograd.gradcheck(lambda *each: loss.compute(list(each), None), given)


def naive_gist(given, guides, temperature, margin, strategy="absolute"):
    count, own = len(given[0]), [cosine(a, p) for a, p in zip(*guides[:2], strict=True)]
    limits = [score - margin * (abs(score) if strategy == "relative" else 1.0) for score in own]
    total = 0.0
    for row in range(count):
        exponents = []
        for left, right in ((0, 1), (0, 0), (1, 1), *((0, place) for place in range(2, len(given)))):
            for other in range(count):
                positive = (left, right) == (0, 1) and row == other
                if left == right and row == other:
                    continue
                if not positive and cosine(guides[left][row], guides[right][other]) > limits[row] + 1e-5:
                    continue
                exponents.append(cosine(given[left][row], given[right][other]) / temperature)
        total += math.log(sum(map(math.exp, exponents))) - cosine(given[0][row], given[1][row]) / temperature
    return total / count


@pytest.mark.parametrize("strategy", ["absolute", "relative"])
@pytest.mark.parametrize("margin", [0.0, 0.3])
def test_the_guide_takes_out_what_it_finds_better_than_the_positive(margin, strategy):
    given, guides = columns(3), [each.float() for each in columns(3, width=4, seed=1)]
    assert min(cosine(a, p) for a, p in zip(*guides[:2], strict=True)) < 0  # where a share of the score raises it
    value = guided_loss(given, guides, Guided(temperature=0.2, margin=margin, margin_strategy=strategy))
    assert value.item() == pytest.approx(naive_gist(given, guides, 0.2, margin, strategy), rel=1e-5)


def test_a_text_that_stands_twice_is_no_better_for_the_guide_by_rounding():
    given, guides = columns(2, rows=6), [each.float() for each in columns(2, rows=6, width=50, seed=1)]
    guides[1][3] = guides[1][0]
    settings = Guided(temperature=0.2)
    wanted = guided_loss(given, guides, settings)
    assert wanted.item() == pytest.approx(naive_gist(given, guides, 0.2, 0.0), rel=1e-5)
    for seed in range(20):
        noise = torch.randn(6, 50, generator=torch.Generator().manual_seed(seed))
        rounded = [each * (1 + 1e-7 * noise) for each in guides]
        assert guided_loss(given, rounded, settings) == pytest.approx(wanted.item(), rel=1e-6)


def test_the_mega_batch_takes_the_hardest_negative():
    anchors, positives = columns(2)
    costs = []
    for row, anchor in enumerate(anchors):
        hardest = max(cosine(anchor, other) for place, other in enumerate(positives) if place != row)
        costs.append(max(0.0, 0.8 - cosine(anchor, positives[row])) + max(0.0, hardest - 0.3))
    value = MegaBatchMarginLoss(nn.Identity()).compute([anchors, positives], None)
    assert value.item() == pytest.approx(sum(costs) / len(costs), rel=1e-6)


def dense_tension(first, second, similarity, scale):
    """Both directions from the whole matrix."""
    scores = similarity(first, second) * scale
    own = torch.arange(len(scores))
    entropy = torch.nn.functional.cross_entropy
    return (entropy(scores, own) + entropy(scores.T, own)) / 2


def skewed(x, y):
    """A similarity that is not symmetric."""
    return -(1.0 + (2.0 * x[:, None] - y[None]).square().sum(-1)).sqrt()


PLAIN = {
    cos_sim: lambda x, y: (x / x.norm(dim=1, keepdim=True)) @ (y / y.norm(dim=1, keepdim=True)).T,
    dot_score: lambda x, y: x @ y.T,
    skewed: skewed,
}


@pytest.mark.parametrize("similarity", PLAIN)
@pytest.mark.parametrize("rows", [1, 7, 1100])
def test_contrastive_tension_in_batch_is_the_whole_matrix_also_for_its_scale(similarity, rows):
    given = [0.1 * each for each in columns(2, rows=rows)]
    found = []
    for whole in (False, True):
        loss = ContrastiveTensionLossInBatchNegatives(nn.Identity(), scale=3.0, similarity_fct=similarity).double()
        leaves = [each.clone().requires_grad_() for each in given]
        value = (
            dense_tension(*leaves, PLAIN[similarity], loss.logit_scale.exp()) if whole else loss.compute(leaves, None)
        )
        found.append([value, *torch.autograd.grad(value, [*leaves, loss.logit_scale])])
    for got, wanted in zip(*found, strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-9, atol=1e-12)


def test_contrastive_tension_in_batch_keeps_no_matrix_of_the_batch():
    rows = 3000
    kept = []

    def note(tensor):
        kept.append(tensor.numel())
        return tensor

    leaves = [each.float().requires_grad_() for each in columns(2, rows=rows)]
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        ContrastiveTensionLossInBatchNegatives(nn.Identity()).compute(leaves, None)
    assert max(kept) <= rows * 5


def test_bad_settings_are_refused():
    with pytest.raises(InputError, match="directions"):
        MultipleNegativesRankingLoss(nn.Identity(), directions=("sideways",))
    with pytest.raises(InputError, match="partition_mode"):
        MultipleNegativesRankingLoss(nn.Identity(), partition_mode="nothing")


def test_a_scale_that_means_nothing_is_refused():
    with pytest.raises(InputError, match="scale=0"):
        ContrastiveTensionLossInBatchNegatives(nn.Identity(), scale=0)


def test_the_mega_batch_takes_a_budget_of_tokens():
    loss = MegaBatchMarginLoss(nn.Identity(), mini_batch_num_tokens=100)
    assert loss.mini_batches.tokens == loss.get_config_dict()["mini_batch_num_tokens"] == 100
    assert MegaBatchMarginLoss(nn.Identity(), use_mini_batched_version=False).mini_batches is None


def test_the_guide_of_the_cached_form_embeds_in_mini_batches():
    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.rows = []

        def forward(self, features):
            self.rows.append(len(features["attention_mask"]))
            return {"sentence_embedding": features["attention_mask"].float()}

    guide = Counting()
    loss = CachedGISTEmbedLoss(nn.Identity(), guide, mini_batch_size=2)
    column = {"attention_mask": torch.ones(5, 3, dtype=torch.long)}
    said = loss.targets([column, column], None)
    assert guide.rows == [2, 2, 1] * 2
    assert [each.shape for each in said] == [(5, 3)] * 2
