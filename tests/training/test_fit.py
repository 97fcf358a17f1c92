"""The documented `fit` of older versions: data loaders of examples train through the trainer."""

from __future__ import annotations

import pytest
import torch
from torch.utils.data import DataLoader

from likewise.errors import ConfigError, InputError
from likewise.losses import CosineSimilarityLoss, MultipleNegativesRankingLoss, SoftmaxLoss
from likewise.sentence_transformer.model import SentenceTransformer


class Example:
    """What the readers make: texts and a label."""

    def __init__(self, texts, label=0):
        self.texts, self.label, self.guid = texts, label, ""


@pytest.fixture
def examples():
    words = ["cat", "dog", "man", "food", "rains", "runs"]
    return [Example([words[n % 6], f"{words[n % 6]} {words[n % 5]}"], label=n / 11) for n in range(12)]


class Evaluator:
    primary_metric = "score"

    def __init__(self, scores):
        self.scores = iter(scores)

    def __call__(self, model, output_path=None, epoch=-1, steps=-1):
        return {"score": next(self.scores)}


def changed(before, model):
    return any(not torch.equal(before[name], value) for name, value in model.state_dict().items())


def snapshot(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def test_two_objectives_take_turns(model, examples):
    before = snapshot(model)
    first = DataLoader(examples, batch_size=4, shuffle=True)
    second = DataLoader(examples, batch_size=3, shuffle=True)
    seen = []
    evaluator = Evaluator([0.1, 0.2, 0.3])
    model.fit(
        [(first, CosineSimilarityLoss(model)), (second, MultipleNegativesRankingLoss(model))],
        evaluator=evaluator,
        epochs=3,
        warmup_steps=1,
        optimizer_params={"lr": 1e-3},
        callback=lambda score, epoch, steps: seen.append((score, epoch, steps)),
        show_progress_bar=False,
    )
    assert changed(before, model)
    assert seen == [(0.1, 0, -1), (0.2, 1, -1), (0.3, 2, -1)]


def test_the_best_model_is_saved(model, examples, tmp_path):
    loader = DataLoader(examples, batch_size=4)
    kept = []
    model.fit(
        [(loader, CosineSimilarityLoss(model))],
        evaluator=Evaluator([0.5, 0.9, 0.1]),
        epochs=3,
        warmup_steps=0,
        optimizer_params={"lr": 1e-2},
        output_path=str(tmp_path / "best"),
        callback=lambda score, epoch, steps: kept.append(snapshot(model)),
        show_progress_bar=False,
    )
    best = SentenceTransformer(str(tmp_path / "best"), device="cpu").state_dict()
    assert all(torch.equal(kept[1][name], value) for name, value in best.items())


def test_without_an_evaluator_the_last_model_is_saved(model, examples, tmp_path):
    loader = DataLoader(examples, batch_size=4)
    model.fit([(loader, CosineSimilarityLoss(model))], output_path=str(tmp_path / "m"), show_progress_bar=False)
    assert (tmp_path / "m" / "modules.json").exists()


def test_what_a_loss_learns_is_trained(model, examples):
    for number, example in enumerate(examples):
        example.label = number % 3
    loss = SoftmaxLoss(model, model.get_sentence_embedding_dimension(), 3)
    before = loss.classifier.weight.detach().clone()
    loader = DataLoader(examples, batch_size=4)
    model.fit([(loader, loss)], warmup_steps=0, optimizer_params={"lr": 1e-2}, show_progress_bar=False)
    assert not torch.equal(before, loss.classifier.weight)


def test_evaluation_within_an_epoch_and_shorter_epochs(model, examples):
    seen = []
    model.fit(
        [(DataLoader(examples, batch_size=2), CosineSimilarityLoss(model))],
        evaluator=Evaluator([0.1] * 9),
        steps_per_epoch=5,
        evaluation_steps=2,
        callback=lambda score, epoch, steps: seen.append((epoch, steps)),
        show_progress_bar=False,
    )
    assert seen == [(0, 2), (0, 4), (0, -1)]


def test_bad_arguments_are_refused(model, examples):
    with pytest.raises(InputError, match="0 objectives"):
        model.fit([])
    loader = DataLoader(examples, batch_size=4)
    with pytest.raises(ConfigError, match="scheduler='nothing'"):
        model.fit([(loader, CosineSimilarityLoss(model))], scheduler="nothing", show_progress_bar=False)


def test_the_documented_collate_function(model, examples):
    features, labels = model.smart_batching_collate(examples[:3])
    assert [column["input_ids"].shape[0] for column in features] == [3, 3]
    assert labels.tolist() == pytest.approx([0.0, 1 / 11, 2 / 11])
