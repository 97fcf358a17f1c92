"""The trainer: what it trains, what it logs, what it saves, and what it refuses before the first step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from datasets import Dataset, DatasetDict
from torch import nn

from likewise.errors import ConfigError, InputError
from likewise.losses import (
    CoSENTLoss,
    CosineSimilarityLoss,
    GlobalOrthogonalRegularizationLoss,
    MultipleNegativesRankingLoss,
    SoftmaxLoss,
)
from likewise.models import Dense
from likewise.sentence_transformer.model import SentenceTransformer
from likewise.training.trainer import SentenceTransformerTrainer


def weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def changed(before, model):
    return [name for name, value in model.state_dict().items() if not torch.equal(before[name], value)]


class CountingEvaluator:
    primary_metric = "dev_score"

    def __init__(self):
        self.calls = []

    def __call__(self, model, output_path=None, epoch=-1, steps=-1):
        self.calls.append((model.training, steps))
        return {"dev_score": float(steps)}


def test_it_trains_packed_and_logs(model, pairs, arguments):
    before = weights(model)
    trainer = SentenceTransformerTrainer(model, arguments(), pairs, loss=MultipleNegativesRankingLoss(model))
    trainer.train()
    assert changed(before, model)
    assert "packed" in str(model.describe())
    losses = [row["loss"] for row in trainer.state.log_history if "loss" in row]
    assert len(losses) == 4
    assert not model.training or model.eval() is model


def test_the_default_loss_is_cosent(model, scored, arguments):
    trainer = SentenceTransformerTrainer(model, arguments(max_steps=1), scored)
    assert isinstance(trainer.loss, CoSENTLoss)
    trainer.train()


def test_a_loss_may_be_a_class_and_be_set_later(model, scored, arguments):
    trainer = SentenceTransformerTrainer(model, arguments(max_steps=1))
    trainer.train_dataset = scored
    trainer.loss = CosineSimilarityLoss(model)
    trainer.train()
    assert isinstance(SentenceTransformerTrainer(model, arguments(), scored, loss=CoSENTLoss).loss, CoSENTLoss)


def test_what_a_loss_learns_is_trained_and_saved(model, pairs, arguments, tmp_path):
    data = pairs.add_column("label", [n % 3 for n in range(24)])
    loss = SoftmaxLoss(model, model.get_sentence_embedding_dimension(), 3)
    before = loss.classifier.weight.detach().clone()
    trainer = SentenceTransformerTrainer(model, arguments(), data, loss=loss)
    trainer.train()
    assert not torch.equal(before, loss.classifier.weight)
    trainer.save_model(str(tmp_path / "saved"))
    assert (tmp_path / "saved" / "loss_state.safetensors").exists()
    loaded = SentenceTransformer(str(tmp_path / "saved"), device="cpu")
    assert torch.allclose(torch.tensor(loaded.encode(["a cat"])), torch.tensor(model.encode(["a cat"])), atol=1e-6)


def test_several_data_sets_with_their_losses(model, pairs, scored, arguments):
    data = DatasetDict({"pairs": pairs, "sts": scored})
    losses = {"pairs": MultipleNegativesRankingLoss(model), "sts": CoSENTLoss(model)}
    args = arguments(multi_dataset_batch_sampler="round_robin", eval_strategy="steps", eval_steps=2)
    trainer = SentenceTransformerTrainer(model, args, data, eval_dataset=data, loss=losses)
    trainer.train()
    metrics = trainer.evaluate()
    assert metrics["eval_loss"] == pytest.approx((metrics["eval_pairs_loss"] + metrics["eval_sts_loss"]) / 2)


def test_parts_of_a_loss_are_summed_and_logged(model, arguments):
    data = Dataset.from_dict({"text": ["a cat", "the dog", "a man eats", "it rains"] * 3})
    loss = GlobalOrthogonalRegularizationLoss(model)
    trainer = SentenceTransformerTrainer(model, arguments(max_steps=2), data, loss=loss)
    trainer.train()
    row = next(row for row in trainer.state.log_history if "loss" in row)
    assert row["gor_mean"] + row["gor_second_moment"] == pytest.approx(row["loss"], abs=1e-4)


def test_a_foreign_loss_is_given_features_and_labels(model, scored, arguments):
    seen = []

    class Foreign(nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, sentence_features, labels):
            seen.append((len(list(sentence_features)), labels.shape))
            first, second = (self.model(each)["sentence_embedding"] for each in sentence_features)
            return (first - second).square().mean()

    SentenceTransformerTrainer(model, arguments(max_steps=1), scored, loss=Foreign(model)).train()
    assert seen == [(2, torch.Size([4]))]


def test_evaluators_run_once_and_the_best_model_is_restored_whole(toy_bert_folder, tmp_path, pairs, arguments):
    base = SentenceTransformer(str(toy_bert_folder(tmp_path / "start")), device="cpu")
    model = SentenceTransformer(modules=[*base, Dense(base.get_sentence_embedding_dimension(), 4)], device="cpu")
    evaluator = CountingEvaluator()
    args = arguments(
        eval_strategy="steps",
        eval_steps=2,
        save_strategy="steps",
        save_steps=2,
        load_best_model_at_end=True,
        metric_for_best_model="dev_score",
        greater_is_better=False,
        learning_rate=0.01,
    )
    trainer = SentenceTransformerTrainer(
        model, args, pairs, pairs, MultipleNegativesRankingLoss(model), evaluator=evaluator
    )
    trainer.train()
    assert evaluator.calls == [(evaluator.calls[0][0], 2), (evaluator.calls[1][0], 4)]
    best = SentenceTransformer(str(Path(args.output_dir) / "checkpoint-2"), device="cpu")
    for name, value in best.state_dict().items():
        assert torch.equal(model.state_dict()[name], value), name
    assert any(name.startswith("2.") for name in best.state_dict())


def test_a_metric_that_nothing_gives_is_refused_before_the_first_step(model, pairs, arguments):
    args = arguments(
        eval_strategy="steps",
        eval_steps=2,
        save_strategy="steps",
        save_steps=2,
        load_best_model_at_end=True,
        metric_for_best_model="eval_other_loss",
    )
    trainer = SentenceTransformerTrainer(model, args, pairs, pairs, MultipleNegativesRankingLoss(model))
    with pytest.raises(ConfigError, match="metric_for_best_model='eval_other_loss'"):
        trainer.train()


@pytest.mark.parametrize("metric", [None, "loss", "b_loss"])
def test_the_best_of_several_evaluation_sets_has_a_metric(model, pairs, arguments, metric):
    args = arguments(
        eval_strategy="steps", eval_steps=2, save_strategy="steps", save_steps=2, load_best_model_at_end=True,
        metric_for_best_model=metric,
    )  # fmt: skip
    held_out = {"a": pairs.select(range(8)), "b": pairs.select(range(8, 24))}
    trainer = SentenceTransformerTrainer(model, args, pairs, held_out, MultipleNegativesRankingLoss(model))
    trainer.train()
    logged = [row for row in trainer.state.log_history if "eval_loss" in row]
    assert len(logged) == 2
    assert all(row["eval_loss"] == pytest.approx((row["eval_a_loss"] + row["eval_b_loss"]) / 2) for row in logged)
    assert trainer.state.best_metric == min(row[f"eval_{metric or 'loss'}"] for row in logged)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"anchor": [], "positive": []}, "is empty"),
        ({"anchor": ["a", "b"]}, "what the loss takes"),
        ({"anchor": ["a"], "negative": ["b"]}, "stands where the loss takes its positive"),
        ({"anchor": ["a", None], "positive": ["b", "c"]}, "row 1 has no 'anchor'"),
        ({"anchor": ["a"], "positive": ["b"], "weight": [1.0]}, "holds numbers"),
        ({"anchor": ["a"], "dataset_name": ["b"]}, "data"),
    ],
)
def test_bad_data_is_refused_before_the_first_step(model, arguments, data, message):
    with pytest.raises((InputError, ConfigError), match=message):
        SentenceTransformerTrainer(
            model, arguments(), Dataset.from_dict(data), loss=MultipleNegativesRankingLoss(model)
        )


@pytest.mark.parametrize(
    ("labels", "message"), [([0.5, float("nan")], "not finite"), (["x", "y"], "no number"), ([0.1, None], "no number")]
)
def test_bad_labels_are_refused(model, arguments, labels, message):
    data = Dataset.from_dict({"a": ["a", "b"], "b": ["c", "d"], "score": labels})
    with pytest.raises(InputError, match=message):
        SentenceTransformerTrainer(model, arguments(), data, loss=CoSENTLoss(model))


def test_a_missing_label_and_mismatched_names_are_refused(model, pairs, arguments):
    with pytest.raises(ConfigError, match="none of them a label"):
        SentenceTransformerTrainer(model, arguments(), pairs, loss=CoSENTLoss(model))
    one_loss = {"a": MultipleNegativesRankingLoss(model)}
    with pytest.raises(ConfigError, match="no loss for the train data set 'b'"):
        SentenceTransformerTrainer(model, arguments(), {"a": pairs, "b": pairs}, loss=one_loss)
    with pytest.raises(ConfigError, match="one train data set without a name"):
        SentenceTransformerTrainer(model, arguments(), pairs, loss=one_loss)
    with pytest.raises(ConfigError, match="batch_sampler='nothing'"):
        arguments(batch_sampler="nothing")
    with pytest.raises(ConfigError, match="nothing to evaluate"):
        SentenceTransformerTrainer(model, arguments(eval_strategy="steps"), pairs)
    with pytest.raises(ConfigError, match="neither a model"):
        SentenceTransformerTrainer(args=arguments())


def test_columns_bind_by_name_where_names_are_roles(model, arguments, caplog):
    data = Dataset.from_dict({"positive": ["a cat", "a dog"], "anchor": ["cats", "dogs"]})
    trainer = SentenceTransformerTrainer(model, arguments(), data, loss=MultipleNegativesRankingLoss(model))
    batch = next(iter(trainer.get_train_dataloader()))
    assert [name for name in batch if name.endswith("input_ids")] == ["anchor_input_ids", "positive_input_ids"]


def test_one_row_batches_and_accumulation_train(model, pairs, arguments):
    args = arguments(per_device_train_batch_size=1, gradient_accumulation_steps=2, max_steps=2)
    trainer = SentenceTransformerTrainer(model, args, pairs, loss=MultipleNegativesRankingLoss(model))
    trainer.train()
    assert all(torch.isfinite(value).all() for value in model.state_dict().values() if value.is_floating_point())


def test_the_batch_size_may_be_changed_until_training(model, pairs, arguments):
    trainer = SentenceTransformerTrainer(model, arguments(), pairs, loss=MultipleNegativesRankingLoss(model))
    trainer.args.per_device_train_batch_size = 12
    trainer.train()
    assert trainer.state.train_batch_size == 12
    assert trainer.state.epoch == 2  # 4 steps of 12 on 24 rows


def test_bf16_and_checkpointing_train_packed(model, pairs, arguments):
    args = arguments(bf16=True, gradient_checkpointing=True, max_steps=2)
    before = weights(model)
    trainer = SentenceTransformerTrainer(model, args, pairs, loss=MultipleNegativesRankingLoss(model))
    trainer.train()
    assert changed(before, model)
    assert "packed" in str(model.describe())
    assert not torch.is_autocast_enabled("cpu")


def test_streams_train_by_steps(model, pairs, scored, arguments):
    streams = {"a": pairs.to_iterable_dataset(), "b": pairs.to_iterable_dataset()}
    args = arguments(dataset_weights={"a": 3.0, "b": 1.0})
    SentenceTransformerTrainer(model, args, streams, loss=MultipleNegativesRankingLoss(model)).train()
    one = pairs.to_iterable_dataset()
    SentenceTransformerTrainer(model, arguments(), one, loss=MultipleNegativesRankingLoss(model)).train()
    endless = SentenceTransformerTrainer(
        model, arguments(max_steps=-1), streams, loss=MultipleNegativesRankingLoss(model)
    )
    with pytest.raises(ConfigError, match="max_steps"):
        endless.train()


def test_learning_rates_by_name(model, pairs, arguments):
    args = arguments(learning_rate=0.0, learning_rate_mapping={r"word_embeddings": 0.1}, max_steps=1)
    before = weights(model)
    SentenceTransformerTrainer(model, args, pairs, loss=MultipleNegativesRankingLoss(model)).train()
    assert all("word_embeddings" in name for name in changed(before, model))
    assert changed(before, model)


def test_hyperparameter_search_makes_a_model_and_a_loss_for_each_trial(toy_bert_folder, tmp_path, scored, arguments):
    pytest.importorskip("optuna", reason="optuna is not installed")
    folder = str(toy_bert_folder(tmp_path / "start"))
    made = []

    def model_init(trial=None):
        made.append(SentenceTransformer(folder, device="cpu"))
        return made[-1]

    trainer = SentenceTransformerTrainer(
        None, arguments(max_steps=1), scored, scored, CosineSimilarityLoss, model_init=model_init
    )
    best = trainer.hyperparameter_search(
        lambda trial: {"learning_rate": trial.suggest_float("learning_rate", 1e-5, 1e-3)}, n_trials=2, backend="optuna"
    )
    assert "learning_rate" in best.hyperparameters
    assert len(made) >= 3
    assert trainer.loss.model is made[-1]


def test_the_readme_tells_how_the_model_was_trained(model, pairs, arguments, tmp_path):
    trainer = SentenceTransformerTrainer(model, arguments(), {"toy": pairs}, loss=MultipleNegativesRankingLoss(model))
    trainer.train()
    model.save(str(tmp_path / "saved"))
    text = (tmp_path / "saved" / "README.md").read_text(encoding="utf-8")
    assert "### Training data: toy\n\n24 rows, trained with `MultipleNegativesRankingLoss`." in text
    assert "`per_device_train_batch_size` | 4" in text
    state = json.loads((tmp_path / "saved" / "config_sentence_transformers.json").read_text())
    assert state


def test_an_evaluator_needs_no_evaluation_data(model, pairs, arguments):
    evaluator = CountingEvaluator()
    args = arguments(eval_strategy="steps", eval_steps=2)
    SentenceTransformerTrainer(
        model, args, pairs, loss=MultipleNegativesRankingLoss(model), evaluator=evaluator
    ).train()
    assert [steps for _, steps in evaluator.calls] == [2, 4]
