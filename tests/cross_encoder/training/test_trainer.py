"""The trainer of cross-encoders: what it trains, logs and saves, for every loss."""

from __future__ import annotations

import pytest
import torch
from datasets import Dataset
from torch import nn

from likewise import CrossEncoder
from likewise.cross_encoder import losses
from likewise.cross_encoder.losses.registry import LOSSES
from likewise.cross_encoder.trainer import CrossEncoderTrainer
from likewise.errors import ConfigError


def weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def changed(before, model):
    return [name for name, value in model.state_dict().items() if not torch.equal(before[name], value)]


@pytest.mark.parametrize("case", LOSSES, ids=lambda case: f"{case.name}-{len(case.settings)}-{case.outputs}")
def test_every_loss_trains_packed(ranker, sorter, arguments, case):
    model = ranker if case.outputs == 1 else sorter
    rows = 8
    labels = case.labels(torch.Generator().manual_seed(0), rows)
    columns = dict(zip(["query", "documents"] if case.lists else "abcd", case.inputs(rows), strict=False))
    if labels is not None:
        columns["label"] = [each.tolist() if isinstance(each, torch.Tensor) else each for each in labels]
    before = weights(model)
    trainer = CrossEncoderTrainer(model, arguments(max_steps=2), Dataset.from_dict(columns), loss=case.build(model))
    trainer.train()
    assert any("query" in name for name in changed(before, model))
    assert "packed" in str(model.describe())
    assert len([row for row in trainer.state.log_history if "loss" in row]) == 2


class CountingEvaluator:
    primary_metric = "dev_score"

    def __init__(self):
        self.calls = []

    def __call__(self, model, output_path=None, epoch=-1, steps=-1):
        self.calls.append(steps)
        return {"dev_score": float(len(model.predict([("a cat", "the dog")])) * steps)}


def test_the_default_loss_follows_the_head(ranker, sorter, labelled, arguments):
    assert isinstance(CrossEncoderTrainer(ranker, arguments(), labelled).loss, losses.BinaryCrossEntropyLoss)
    assert isinstance(CrossEncoderTrainer(sorter, arguments(), labelled).loss, losses.CrossEntropyLoss)


def test_what_the_loader_makes_is_what_the_loss_makes_of_texts(ranker, lists, arguments):
    loss = losses.LambdaLoss(ranker)
    trainer = CrossEncoderTrainer(ranker, arguments(), lists, loss=loss)
    batch = next(iter(trainer.get_train_dataloader()))
    columns, labels = trainer.collect_features(batch)
    ranker.eval()

    assert trainer.compute_loss(ranker, batch).item() == pytest.approx(loss(columns, labels).item(), abs=1e-6)


def test_the_workers_of_a_loader_make_the_same_batches(ranker, texts, arguments):
    data = Dataset.from_dict(texts)
    loss = losses.MultipleNegativesRankingLoss(ranker, num_negatives=2)

    def batches(workers):
        args = arguments(dataloader_num_workers=workers)
        return [*CrossEncoderTrainer(ranker, args, data, loss=loss).get_train_dataloader()]

    for one, other in zip(batches(0), batches(2), strict=True):
        assert one["query"] == other["query"]
        assert all(torch.equal(one["pairs:features"][name], value) for name, value in other["pairs:features"].items())


def test_several_data_sets_with_their_losses(ranker, labelled, lists, arguments):
    data = {"pairs": labelled, "lists": lists}
    by_name = {"pairs": losses.BinaryCrossEntropyLoss(ranker), "lists": losses.ListNetLoss}
    args = arguments(multi_dataset_batch_sampler="round_robin", eval_strategy="steps", eval_steps=2)
    trainer = CrossEncoderTrainer(ranker, args, data, data, by_name)
    trainer.train()
    metrics = trainer.evaluate()
    assert metrics["eval_loss"] == pytest.approx((metrics["eval_pairs_loss"] + metrics["eval_lists_loss"]) / 2)
    assert {row.get("eval_loss") is not None for row in trainer.state.log_history} == {True, False}


def test_the_mean_loss_counts_rows_and_is_the_same_each_time(ranker, texts, arguments):
    data = Dataset.from_dict(texts).select(range(6))
    loss = losses.MultipleNegativesRankingLoss(ranker, num_negatives=1)
    args = arguments(per_device_eval_batch_size=4)
    trainer = CrossEncoderTrainer(ranker, args, data, data, loss)
    ranker.eval()
    with torch.no_grad():
        found = [(trainer.compute_loss(ranker, batch).item(), len(batch["query"])) for batch in
                 trainer.get_eval_dataloader()]  # fmt: skip
    assert [rows for _, rows in found] == [4, 2]
    wanted = sum(value * rows for value, rows in found) / 6
    assert trainer.evaluate()["eval_loss"] == pytest.approx(wanted, abs=1e-6)
    assert trainer.evaluate()["eval_loss"] == pytest.approx(wanted, abs=1e-6)


def test_evaluators_run_and_the_best_model_is_restored(ranker, labelled, arguments):
    evaluator = CountingEvaluator()
    args = arguments(
        eval_strategy="steps", eval_steps=2, save_strategy="steps", save_steps=2, load_best_model_at_end=True,
        metric_for_best_model="dev_score", greater_is_better=False,
    )  # fmt: skip
    trainer = CrossEncoderTrainer(ranker, args, labelled, labelled, evaluator=evaluator)
    trainer.train()
    assert evaluator.calls == [2, 4]
    assert trainer.state.best_model_checkpoint.endswith("checkpoint-2")
    best = CrossEncoder(trainer.state.best_model_checkpoint, device="cpu").state_dict()
    assert all(torch.equal(ranker.state_dict()[name], value) for name, value in best.items())


def test_streams_train_by_steps(ranker, labelled, lists, arguments):
    before = weights(ranker)
    streams = {"pairs": labelled.to_iterable_dataset(), "lists": lists.to_iterable_dataset()}
    by_name = {"pairs": losses.BinaryCrossEntropyLoss(ranker), "lists": losses.RankNetLoss(ranker)}
    CrossEncoderTrainer(ranker, arguments(), streams, loss=by_name).train()
    assert changed(before, ranker)


@pytest.mark.parametrize("prompt", ["query: ", {"query": "query: "}], ids=["for-all", "by-column"])
def test_prompts_go_before_the_first_text(ranker, labelled, arguments, prompt):
    trainer = CrossEncoderTrainer(ranker, arguments(prompts=prompt), labelled)
    batch = next(iter(trainer.get_eval_dataloader(labelled)))
    wanted = ranker.tokenize([*zip(batch["query"], batch["passage"], strict=True)], prompt="query: ")
    assert torch.equal(batch["pairs:features"]["input_ids"], wanted["input_ids"])


def test_a_prompt_for_the_second_text_is_refused(ranker, labelled, lists, arguments):
    with pytest.raises(ConfigError, match="prompts for 'passage'"):
        CrossEncoderTrainer(ranker, arguments(prompts={"passage": "text: "}), labelled)
    with pytest.raises(ConfigError, match="prompts for 'documents'"):
        CrossEncoderTrainer(
            ranker, arguments(prompts={"a": {"documents": "text: "}}), {"a": lists}, loss=losses.LambdaLoss(ranker)
        )


def test_a_custom_loss_is_given_texts_and_labels(ranker, lists, arguments):
    seen = []

    class Custom(nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, inputs, labels, prompt=None):
            queries, documents = inputs
            seen.append(([len(each) for each in documents], [len(each) for each in labels], prompt))
            pairs = [(query, texts[0]) for query, texts in zip(queries, documents, strict=True)]
            return self.model(self.model.preprocess(pairs))["scores"].square().mean()

    CrossEncoderTrainer(ranker, arguments(max_steps=1, prompts="a "), lists, loss=Custom(ranker)).train()
    ((documents, labels, prompt),) = seen
    assert documents == labels
    assert prompt == "a "


def test_bf16_checkpointing_and_accumulation_train_packed(ranker, lists, arguments):
    args = arguments(bf16=True, gradient_checkpointing=True, gradient_accumulation_steps=2, max_steps=2)
    before = weights(ranker)
    CrossEncoderTrainer(ranker, args, lists, loss=losses.LambdaLoss(ranker, mini_batch_size=3)).train()
    assert changed(before, ranker)
    assert "packed" in str(ranker.describe())


def test_a_model_for_each_trial_trains_with_a_loss_of_its_own(ranker_folder, labelled, arguments):
    made = []

    def model_init():
        made.append(CrossEncoder(ranker_folder, device="cpu"))
        return made[-1]

    trainer = CrossEncoderTrainer(
        None, arguments(max_steps=1), labelled, loss=losses.BinaryCrossEntropyLoss, model_init=model_init
    )
    trainer.train()
    assert trainer.loss.model is made[-1]
    assert trainer.model is made[-1]


def test_the_readme_tells_how_the_model_was_trained(ranker, lists, arguments, tmp_path):
    trainer = CrossEncoderTrainer(ranker, arguments(), {"toy": lists}, loss=losses.LambdaLoss(ranker))
    trainer.train()
    trainer.save_model(str(tmp_path / "saved"))
    text = (tmp_path / "saved" / "README.md").read_text(encoding="utf-8")
    assert "### Training data: toy\n\n24 rows, trained with `LambdaLoss`." in text
    assert "| documents | lists of 1 to 4 entries" in text
    assert "`per_device_train_batch_size` | 4" in text
    pairs = [("a cat", "the dog")]
    assert CrossEncoder(str(tmp_path / "saved"), device="cpu").predict(pairs) == pytest.approx(ranker.predict(pairs))
