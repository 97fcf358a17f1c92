"""What every loss promises, run over the registry."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from torch import nn

from likewise import losses
from likewise.errors import InputError, ShapeError
from likewise.losses.loss import Loss
from likewise.losses.registry import LOSSES, WHOLE_MODEL, WIDTH
from likewise.losses.roles import Label, Roles
from likewise.ops.column_batch import MiniBatches
from likewise.sentence_transformer.model import SentenceTransformer

CASES = pytest.mark.parametrize("case", LOSSES, ids=[case.name for case in LOSSES])
EVERY = pytest.mark.parametrize("case", [*LOSSES, *WHOLE_MODEL], ids=[case.name for case in (*LOSSES, *WHOLE_MODEL)])
LABELLED = [case for case in LOSSES if case.build(nn.Identity()).roles.label is not Label.NONE]
TEXTS = ["a", "the cat sat", "dogs run and run", "it rains a lot today", "b c"]


class Given(nn.Module):
    """A model whose features are embeddings already."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, features):
        return features

    def get_sentence_embedding_dimension(self):
        return WIDTH


def total(value):
    return torch.stack(list(value.values())).sum() if isinstance(value, dict) else value


def value_and_gradients(case, embeddings, targets, seed=0):
    torch.manual_seed(seed)
    loss = case.build(Given())
    leaves = [each.detach().clone().requires_grad_() for each in embeddings]
    value = total(loss.compute(leaves, targets))
    grads = torch.autograd.grad(value, leaves, allow_unused=True, materialize_grads=True)
    return value, grads


def degenerate(kind, embeddings):
    if kind == "identical":
        return [each[:1].expand_as(each).clone() for each in embeddings]
    if kind == "zero":
        return [torch.zeros_like(each) for each in embeddings]
    if kind == "one zero row":
        return [torch.cat([torch.zeros_like(each[:1]), each[1:]]) for each in embeddings]
    return embeddings


@CASES
@pytest.mark.parametrize("rows", [1, 2, 5])
@pytest.mark.parametrize("kind", ["random", "identical", "zero", "one zero row"])
def test_value_and_gradients_are_finite_and_small(case, kind, rows):
    generator = torch.Generator().manual_seed(1)
    embeddings = degenerate(kind, case.embeddings(generator, rows))
    value, grads = value_and_gradients(case, embeddings, case.targets(generator, rows, case.columns))
    assert value.shape == ()
    assert torch.isfinite(value)
    for grad in grads:
        assert torch.isfinite(grad).all()
        assert grad.abs().max() < 1e3


@CASES
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(case, dtype):
    generator = torch.Generator().manual_seed(2)
    embeddings = case.embeddings(generator, 4)
    targets = case.targets(generator, 4, case.columns)
    half = [each.to(dtype) for each in embeddings]
    value, grads = value_and_gradients(case, half, targets)
    wanted, _ = value_and_gradients(case, [each.float() for each in half], targets)
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, wanted, rtol=1e-5, atol=1e-6)
    assert all(grad.dtype == dtype for grad in grads)


@CASES
def test_a_gradient_reaches_the_embeddings(case):
    generator = torch.Generator().manual_seed(3)
    embeddings = [each * 0.3 for each in case.embeddings(generator, 6)]
    _, grads = value_and_gradients(case, embeddings, case.targets(generator, 6, case.columns))
    assert sum(float(grad.abs().sum()) for grad in grads) > 0


@CASES
def test_the_order_of_the_rows_does_not_matter(case):
    generator = torch.Generator().manual_seed(4)
    embeddings = case.embeddings(generator, 6)
    targets = case.targets(generator, 6, case.columns)
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    shuffled = [each[order] for each in targets] if isinstance(targets, list) else targets
    if isinstance(targets, torch.Tensor):
        shuffled = targets[order]
    value, _ = value_and_gradients(case, embeddings, targets)
    again, _ = value_and_gradients(case, [each[order] for each in embeddings], shuffled)
    torch.testing.assert_close(again, value, rtol=1e-5, atol=1e-6)


@CASES
def test_it_says_what_it_takes_and_what_it_is(case):
    loss = case.build(Given())
    assert isinstance(loss, Loss)
    assert isinstance(loss.roles, Roles)
    assert loss.roles.fit(case.columns) is not None
    json.dumps(loss.get_config_dict())
    assert loss.citation == "" or loss.citation.strip().startswith("@")


CUTS = (MiniBatches(rows=1), MiniBatches(rows=3), MiniBatches(tokens=12))


@pytest.fixture(scope="module")
def models(toy_bert_folder, tmp_path_factory):
    """Width to a model, None for a model as it is; in float64, where what is left of a difference is not rounding."""
    from likewise.models import Dense

    folder = str(toy_bert_folder(tmp_path_factory.mktemp("toy") / "model"))
    bare, made = (SentenceTransformer(folder, device="cpu") for _ in range(2))
    torch.manual_seed(0)
    made.append(Dense(made.get_sentence_embedding_dimension(), WIDTH, activation_function=nn.Identity()))
    return {None: bare.double(), WIDTH: made.double()}


@pytest.fixture
def model(case, models):
    return models[None if case in WHOLE_MODEL else WIDTH]


def gradients(case, model, mini_batches):
    generator = torch.Generator().manual_seed(5)
    labels = case.labels(generator, len(TEXTS))
    columns = [model.tokenize(TEXTS[at:] + TEXTS[:at]) for at in range(case.columns)]
    torch.manual_seed(0)
    loss = case.build(model)
    for part in loss.modules():
        if isinstance(part, Loss):
            part.mini_batches = mini_batches
    model.zero_grad()
    total(loss(columns, labels)).backward()
    return torch.cat([p.grad.reshape(-1) for p in loss.parameters() if p.grad is not None])


@EVERY
def test_mini_batches_do_not_change_the_gradients(case, model):
    model.eval()
    whole = gradients(case, model, None)
    assert whole.norm() > 0
    for cut in CUTS:
        assert (gradients(case, model, cut) - whole).norm() <= 1e-6 * whole.norm()


@EVERY
def test_mini_batches_are_what_the_model_is_given(case, model):
    rows = []

    def note(module, given):
        packed = given[0].get("cu_seqlens")
        rows.append(len(given[0]["attention_mask"]) if packed is None else len(packed) - 1)

    hook = model[1].register_forward_pre_hook(note)
    gradients(case, model, MiniBatches(rows=2, recompute=False))
    hook.remove()
    assert max(rows) == 2
    assert sum(rows) >= len(TEXTS)


@EVERY
def test_mini_batches_computed_again_draw_the_same_dropout(case, model):
    model.train()
    for cut in CUTS:
        kept = gradients(case, model, replace(cut, recompute=False))
        assert kept.norm() > 0
        assert (gradients(case, model, cut) - kept).norm() <= 1e-6 * kept.norm()
    model.eval()


@pytest.mark.parametrize("case", LABELLED, ids=[case.name for case in LABELLED])
def test_labels_that_are_missing_or_too_few_are_refused(case):
    loss = case.build(Given())
    generator = torch.Generator().manual_seed(6)
    embeddings = case.embeddings(generator, 4)
    with pytest.raises(InputError, match="no labels"):
        loss.compute(embeddings, None)
    with pytest.raises(ShapeError, match="3"):
        loss.compute(embeddings, case.targets(generator, 3, case.columns))


def test_every_loss_has_its_row():
    classes = {
        name
        for name in losses.__all__
        if isinstance(getattr(losses, name), type) and issubclass(getattr(losses, name), Loss) and name != "Loss"
    }
    assert {case.name for case in (*LOSSES, *WHOLE_MODEL)} == classes
