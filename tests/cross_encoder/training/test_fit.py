"""The documented `fit` of older versions: a data loader of examples trains through the trainer."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from likewise import CrossEncoder, InputExample
from likewise.errors import ConfigError, InputError


@pytest.fixture
def examples(texts):
    pairs = zip(texts["query"], texts["passage"], strict=True)
    return [InputExample(texts=list(pair), label=n % 2) for n, pair in enumerate(pairs)]


class Evaluator:
    primary_metric = "score"

    def __init__(self, scores):
        self.scores = iter(scores)

    def __call__(self, model, output_path=None, epoch=-1, steps=-1):
        return {"score": next(self.scores)}


def snapshot(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def fit(model, examples, **changed):
    usual = {"warmup_steps": 0, "optimizer_params": {"lr": 1e-2}, "show_progress_bar": False}
    model.fit(DataLoader(examples, batch_size=8), **{**usual, **changed})


def test_it_is_the_loop_of_the_documentation(ranker_folder, examples):
    ours, plain = CrossEncoder(ranker_folder, device="cpu"), CrossEncoder(ranker_folder, device="cpu")
    for model in (ours, plain):
        for name in ("hidden_dropout_prob", "attention_probs_dropout_prob"):
            setattr(model.config, name, 0.0)
        for module in model.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
    fit(ours, examples, optimizer_class=torch.optim.SGD, optimizer_params={"lr": 0.1}, scheduler="ConstantLR",
        weight_decay=0.0, max_grad_norm=1.0)  # fmt: skip

    optimizer = torch.optim.SGD(plain.parameters(), lr=0.1)
    for start in range(0, 24, 8):
        features, labels = plain.smart_batching_collate(examples[start : start + 8])
        loss = nn.BCEWithLogitsLoss()(plain(features)["scores"].view(-1), labels)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(plain.parameters(), 1.0)
        optimizer.step()
    wanted = plain.state_dict()
    for name, value in ours.state_dict().items():
        torch.testing.assert_close(value, wanted[name], rtol=1e-4, atol=1e-5, msg=name)


def test_the_best_model_is_saved_and_the_caller_is_told(ranker, examples, tmp_path):
    kept, told = [], []

    def tell(score, epoch, steps):
        kept.append(snapshot(ranker))
        told.append((score, epoch, steps))

    fit(ranker, examples, evaluator=Evaluator([0.5, 0.9, 0.1, 0.2]), epochs=2, evaluation_steps=2,
        output_path=str(tmp_path / "best"), callback=tell)  # fmt: skip
    assert told == [(0.5, 0, 2), (0.9, 0, -1), (0.1, 1, 2), (0.2, 1, -1)]
    best = CrossEncoder(str(tmp_path / "best"), device="cpu").state_dict()
    assert all(torch.equal(kept[1][name], value) for name, value in best.items())


def test_without_an_evaluator_the_last_model_is_saved(ranker, examples, tmp_path):
    fit(ranker, examples, output_path=str(tmp_path / "last"))
    last = CrossEncoder(str(tmp_path / "last"), device="cpu").state_dict()
    assert all(torch.equal(ranker.state_dict()[name], value) for name, value in last.items())


def test_classes_and_functions_of_the_caller(sorter, ranker, examples):
    before = snapshot(sorter)
    fit(sorter, [InputExample(texts=each.texts, label=float(n % 3)) for n, each in enumerate(examples)])
    assert any(not torch.equal(before[name], value) for name, value in sorter.state_dict().items())
    seen = []

    def function(scores, labels):
        seen.append((scores.shape, labels.dtype, bool((scores >= 0).all())))
        return nn.functional.mse_loss(scores, labels)

    ranker.old_fit(DataLoader(examples, batch_size=8), loss_fct=function, activation_fct=nn.Sigmoid(), use_amp=True,
                   show_progress_bar=False)  # fmt: skip
    assert seen == [(torch.Size([8]), torch.float32, True)] * 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"texts": ["a"]}, "example 23 has 1 texts"),
        ({"texts": ["a", None]}, "row 23 has no 'sentence2'"),
        ({"label": 2}, "row 23: label=2"),
        ({"label": float("nan")}, "not finite"),
    ],
)
def test_bad_examples_are_refused_before_the_first_step(ranker, examples, change, message):
    for name, value in change.items():
        setattr(examples[23], name, value)
    with pytest.raises(InputError, match=message):
        fit(ranker, examples)


def test_other_mistakes_are_refused(ranker, sorter, examples):
    with pytest.raises(ConfigError, match="scheduler='Linear'"):
        fit(ranker, examples, scheduler="Linear")
    with pytest.raises(InputError, match="without batches"):
        ranker.fit(DataLoader([]))
    with pytest.raises(InputError, match="example 0 is a tuple"):
        fit(ranker, [("a", "b", 1)])
    with pytest.raises(InputError, match="row 1: label=3"):
        fit(sorter, [InputExample(texts=["a", "b"], label=n) for n in (0, 3)])
