"""What every loss of cross-encoders promises, run over the registry."""

from __future__ import annotations

import copy
import json

import pytest
import torch
from torch import nn

from likewise.cross_encoder import losses
from likewise.cross_encoder.losses.logits import pair_logits
from likewise.cross_encoder.losses.loss import CrossEncoderLoss
from likewise.cross_encoder.losses.registry import LOSSES
from likewise.errors import ConfigError, InputError, LikewiseError, ShapeError
from likewise.losses.roles import Label, Roles
from likewise.ops.column_batch import MiniBatches

CASES = pytest.mark.parametrize("case", LOSSES, ids=[f"{case.name}-{at}" for at, case in enumerate(LOSSES)])


def run(case, model, rows=5, labels=..., inputs=...):
    generator = torch.Generator().manual_seed(7)
    loss = case.build(model)
    found = case.labels(generator, rows) if labels is ... else labels
    value = loss(case.inputs(rows) if inputs is ... else inputs, found)
    (gradient,) = torch.autograd.grad(value, model.table)
    return value, gradient


def logits_of(kind, outputs):
    table = torch.randn(64, outputs, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    return {"random": table, "equal": torch.ones_like(table), "zero": table * 0, "large": table * 1e4}[kind]


@CASES
@pytest.mark.parametrize("rows", [1, 2, 5])
@pytest.mark.parametrize("kind", ["random", "equal", "zero", "large"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_value_and_gradient_are_finite(case, kind, rows, dtype, table):
    value, gradient = run(case, table(case.outputs, dtype, logits=logits_of(kind, case.outputs)), rows)
    assert value.shape == ()
    assert value.dtype == dtype
    assert torch.isfinite(value)
    assert torch.isfinite(gradient).all()


@CASES
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(case, dtype, table):
    half = table(case.outputs, dtype)
    value, gradient = run(case, half)
    wanted, _ = run(case, table(case.outputs, torch.float32, logits=half.table.detach()))
    assert value.dtype == torch.float32
    assert gradient.dtype == dtype
    torch.testing.assert_close(value, wanted, rtol=1e-6, atol=1e-7)


@CASES
def test_a_gradient_reaches_the_model(case, table):
    _, gradient = run(case, table(case.outputs))
    assert gradient.abs().max() > 0


@CASES
def test_mini_batches_do_not_change_value_and_gradient(case, table):
    whole, pieces = table(case.outputs), table(case.outputs)
    value, gradient = run(case, whole)
    loss = case.build(pieces)
    loss.mini_batches = MiniBatches(rows=2)
    again = loss(case.inputs(5), case.labels(torch.Generator().manual_seed(7), 5))
    torch.testing.assert_close(again, value)
    torch.testing.assert_close(torch.autograd.grad(again, pieces.table)[0], gradient)
    assert max(pieces.calls) <= 2


@CASES
def test_the_order_of_the_rows_does_not_matter(case, table):
    order = [3, 1, 4, 0, 2]
    model = table(case.outputs)
    value, _ = run(case, model)
    labels = case.labels(torch.Generator().manual_seed(7), 5)
    shuffled = None if labels is None else [labels[row] for row in order]
    again, _ = run(case, model, labels=shuffled, inputs=[[column[row] for row in order] for column in case.inputs(5)])
    torch.testing.assert_close(again, value)


@CASES
def test_labels_that_are_missing_or_too_few_are_refused(case, table):
    if case.label is None:
        pytest.skip("takes no label")
    with pytest.raises(InputError, match="no labels"):
        run(case, table(case.outputs), labels=None)
    with pytest.raises(ShapeError):
        run(case, table(case.outputs), labels=case.labels(torch.Generator().manual_seed(7), 4))


@CASES
def test_columns_that_are_missing_or_too_short_are_refused(case, table):
    with pytest.raises(InputError, match="columns"):
        run(case, table(case.outputs), inputs=case.inputs(5)[:1])
    first, *others = case.inputs(5)
    with pytest.raises(ShapeError, match="rows"):
        run(case, table(case.outputs), inputs=[first[:4], *others])
    with pytest.raises(InputError):
        run(case, table(case.outputs), inputs=[[] for _ in range(case.columns)])


@CASES
def test_a_model_of_several_outputs_is_refused_where_one_is_meant(case, table):
    loss = case.build(table(case.outputs))
    if not loss.one_output:
        pytest.skip("takes several outputs")
    with pytest.raises(ConfigError, match="4 outputs"):
        case.build(table(4))
    with pytest.raises(ShapeError, match="4 outputs"):
        loss.objective(torch.zeros(2, 4), [1, 1], None)


@CASES
def test_it_says_what_it_takes_and_what_it_is(case, table):
    loss = case.build(table(case.outputs))
    assert isinstance(loss, CrossEncoderLoss)
    assert isinstance(loss.roles, Roles)
    assert loss.roles.fit(case.columns) is not None
    assert (loss.roles.label is Label.NONE) == (case.label is None)
    assert "activation_fn" in json.loads(json.dumps(loss.get_config_dict()))
    assert loss.citation == "" or loss.citation.strip().startswith("@")
    copy.deepcopy(loss)


@CASES
def test_the_activation_is_applied_to_what_the_model_gives(case, table):
    model = table(case.outputs)
    value, _ = run(case, model)
    loss = case.build(model)
    loss.activation_fn = nn.Tanh()
    inside = table(case.outputs, logits=model.table.detach().tanh())
    plain = case.build(inside)
    plain.activation_fn = nn.Identity()
    labels = case.labels(torch.Generator().manual_seed(7), 5)
    torch.testing.assert_close(loss(case.inputs(5), labels), plain(case.inputs(5), labels))
    assert loss(case.inputs(5), labels) != value


def test_every_loss_has_its_row():
    classes = {
        name
        for name in losses.__all__
        if issubclass(getattr(losses, name), CrossEncoderLoss) and name != "CrossEncoderLoss"
    }
    assert classes == {case.name for case in LOSSES}


def test_prompt_and_task_reach_the_model(table):
    model = table()
    loss = losses.BinaryCrossEntropyLoss(model)
    loss([["q"], ["d"]], [1.0], prompt="find: ", task="query")
    assert model.options == {"prompt": "find: ", "task": "query"}
    loss([["q"], ["d"]], [1.0])
    assert model.options == {}


def test_no_pairs_have_no_scores_but_a_gradient(table):
    model = table()
    logits = pair_logits(model, [])
    assert logits.shape == (0, 1)
    (gradient,) = torch.autograd.grad(logits.sum(), model.table)
    assert gradient.abs().max() == 0


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="NoSuchLoss"):
        _ = losses.NoSuchLoss
    assert "LambdaLoss" in dir(losses)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("MultipleNegativesRankingLoss", {"num_negatives": -1}),
        ("MultipleNegativesRankingLoss", {"scale": 0.0}),
        ("CachedMultipleNegativesRankingLoss", {"mini_batch_size": 0}),
        ("LambdaLoss", {"k": 0}),
        ("LambdaLoss", {"sigma": 0.0}),
        ("LambdaLoss", {"reduction_log": "ten"}),
        ("ADRMSELoss", {"alpha": 0.0}),
    ],
)
def test_settings_that_mean_nothing_are_refused(name, settings, table):
    (argument,) = settings
    with pytest.raises(LikewiseError, match=argument.removeprefix("mini_batch_size") or "rows"):
        getattr(losses, name)(table(), **settings)
