"""Every loss inside the wrapping ones: the sum by hand, or a clear refusal before the first step."""

import importlib
import inspect

import pytest
import torch

from likewise import SentenceTransformer, losses
from likewise.errors import ConfigError
from likewise.losses import AdaptiveLayerLoss, MatryoshkaLoss
from likewise.losses.adaptive_layer import layer_divergence
from likewise.losses.loss import Loss
from likewise.losses.own_parameters import own_parameters
from likewise.losses.roles import Label
from likewise.losses.weighted_sum import weighted_sum
from likewise.losses.width import cut_targets, fixed_width

TEXTS = [
    ["the cat sat", "a dog ran over the mat", "good movie", "hello world"],
    ["cat on a mat", "dog", "bad plot was good", "hello"],
    ["une chaise", "blue fox", "red hello", "query : document"],
]
WRAPPERS = {"MatryoshkaLoss", "Matryoshka2dLoss", "AdaptiveLayerLoss"}


def _loss_names():
    for name in losses.__all__:
        kind = getattr(losses, name)
        if inspect.isclass(kind) and issubclass(kind, Loss) and not inspect.isabstract(kind) and name not in WRAPPERS:
            yield name


NAMES = list(_loss_names())


@pytest.fixture(scope="module")
def model(tmp_path_factory, toy_bert_folder):
    folder = toy_bert_folder(tmp_path_factory.mktemp("toy") / "model")
    return SentenceTransformer(str(folder), device="cpu").eval()


@pytest.fixture(scope="module")
def guide(tmp_path_factory, toy_bert_folder):
    folder = toy_bert_folder(tmp_path_factory.mktemp("toy") / "guide", seed=1)
    return SentenceTransformer(str(folder), device="cpu").eval()


def build(name, model, guide):
    kind = getattr(losses, name)
    arguments = inspect.signature(kind).parameters
    given = {"guide": guide, "sentence_embedding_dimension": 16, "num_labels": 3}
    return kind(model, **{key: value for key, value in given.items() if key in arguments})


def batch_for(loss, model):
    """Features and labels that a loss accepts."""
    roles = loss.roles
    number = len(roles.columns) + (1 if roles.more and len(roles.columns) < 3 else 0)
    generator = torch.Generator().manual_seed(0)
    labels = {
        Label.NONE: None,
        Label.SCORE: torch.tensor([0.1, 0.9, 0.4, 0.6]),
        Label.BINARY: torch.tensor([1, 0, 0, 1]),
        Label.CLASS: torch.tensor([0, 1, 0, 1]),
        Label.VECTOR: torch.randn(4, 16, generator=generator),
        Label.MARGINS: torch.randn(4, number - 2, generator=generator).squeeze(-1) if number > 2 else None,
        Label.SCORES: torch.randn(4, number - 1, generator=generator) if number > 1 else None,
    }[roles.label]
    return [model.tokenize(TEXTS[at]) for at in range(number)], labels


def value_and_gradient(model, run):
    model.zero_grad()
    torch.manual_seed(0)
    value = run()
    total = sum(value.values()) if isinstance(value, dict) else value
    if total.requires_grad:
        total.backward()
    grads = [p.grad.flatten() if p.grad is not None else torch.zeros(p.numel()) for p in model.parameters()]
    return total.item(), torch.cat(grads)


def agree(mine, expected):
    assert mine[0] == pytest.approx(expected[0], rel=1e-5, abs=1e-6)
    assert (mine[1] - expected[1]).norm() <= 1e-5 * expected[1].norm() + 1e-8


@pytest.mark.parametrize("name", NAMES)
def test_inside_a_matryoshka_loss(name, model, guide):
    inner = build(name, model, guide)
    if fixed_width(inner) is not None:
        with pytest.raises(ConfigError, match=f"{name}.*inside MatryoshkaLoss"):
            MatryoshkaLoss(model, inner, [16, 8])
        return
    features, labels = batch_for(inner, model)

    def by_hand():
        targets = inner.targets(features, labels)
        columns, terms = inner.embed(features), []
        for width, weight in ((16, 0.5), (8, 2.0)):
            cut = [column[:, :width] / column[:, :width].norm(dim=1, keepdim=True) for column in columns]
            terms.append((weight, inner.compute(cut, cut_targets(inner, targets, width))))
        return weighted_sum(terms)

    outer = MatryoshkaLoss(model, inner, [8, 16], [2.0, 0.5])
    assert outer.roles == inner.roles
    agree(value_and_gradient(model, lambda: outer(features, labels)), value_and_gradient(model, by_hand))


@pytest.mark.parametrize("name", NAMES)
def test_inside_an_adaptive_layer_loss(name, model, guide):
    inner = build(name, model, guide)
    if inner.mini_batches is not None or type(inner).embed is not Loss.embed:
        with pytest.raises(ConfigError, match=f"{name}, which embeds .* inside AdaptiveLayerLoss"):
            AdaptiveLayerLoss(model, inner)
        return
    features, labels = batch_for(inner, model)

    def by_hand():
        targets = inner.targets(features, labels)
        columns = [model._embed_layers(dict(each))["layer_embeddings"] for each in features]
        layers = [list(each) for each in zip(*columns, strict=True)]
        value = weighted_sum([(1.0, inner.compute(layers[-1], targets))])
        parts = dict(value) if isinstance(value, dict) else {"": value}
        for layer in layers[:-1]:
            more = inner.compute(layer, targets)
            for key, part in (more if isinstance(more, dict) else {"": more}).items():
                parts[key] = parts[key] + part / (len(layers) - 1)
            apart = layer_divergence(torch.cat(layer), torch.cat(layers[-1]), 0.3)
            parts["divergence"] = parts.get("divergence", 0.0) + apart
        return parts

    outer = AdaptiveLayerLoss(model, inner, n_layers_per_step=-1)
    agree(value_and_gradient(model, lambda: outer(features, labels)), value_and_gradient(model, by_hand))


@pytest.mark.parametrize("name", NAMES)
def test_losses_with_layers_of_their_own_say_their_width(name, model, guide):
    """A matrix that a loss learns fits one width only, unless it is a model of its own."""
    loss = build(name, model, guide)
    matrices = [key for key, value in own_parameters(loss, model).items() if value.ndim > 1 and "twin" not in key]
    assert not matrices or fixed_width(loss) is not None


def test_all_names_can_be_imported():
    for name in losses.__all__:
        assert getattr(importlib.import_module("likewise.losses"), name) is not None
