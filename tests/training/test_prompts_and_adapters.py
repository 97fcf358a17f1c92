"""Prompts of training in their documented forms, and adapters through the trainer."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from likewise.errors import ConfigError, InputTypeError
from likewise.losses import MultipleNegativesRankingLoss
from likewise.sentence_transformer.model import SentenceTransformer
from likewise.training.prompts import parse_prompts, prompts_for
from likewise.training.trainer import SentenceTransformerTrainer


def first_batch(model, args, data):
    trainer = SentenceTransformerTrainer(model, args, data, loss=MultipleNegativesRankingLoss(model))
    return next(iter(trainer.get_train_dataloader()))


def lengths(batch, column):
    return batch[f"{column}_attention_mask"].sum(1)


@pytest.mark.parametrize("prompts", ["the cat ", {"anchor": "the cat "}, '{"anchor": "the cat "}'])
def test_a_prompt_stands_before_the_texts_of_its_columns(model, pairs, arguments, prompts):
    plain = first_batch(model, arguments(), pairs)
    prompted = first_batch(model, arguments(prompts=prompts), pairs)
    assert (lengths(prompted, "anchor") > lengths(plain, "anchor")).all()
    everywhere = prompts == "the cat "
    assert bool((lengths(prompted, "positive") > lengths(plain, "positive")).all()) is everywhere
    assert prompted["anchor_prompt_length"] >= 2


@pytest.mark.parametrize("prompts", [{"b": "the cat "}, {"b": {"anchor": "the cat ", "positive": "the cat "}}])
def test_a_prompt_may_be_for_one_data_set(model, pairs, arguments, prompts):
    args = arguments(prompts=prompts, multi_dataset_batch_sampler="round_robin")
    trainer = SentenceTransformerTrainer(
        model, args, {"a": pairs, "b": pairs}, loss=MultipleNegativesRankingLoss(model)
    )
    batches = list(trainer.get_train_dataloader())
    assert {batch["dataset_name"] for batch in batches} == {"a", "b"}
    for batch in batches:
        assert ("anchor_prompt_length" in batch) is (batch["dataset_name"] == "b")


def test_names_that_fit_nothing_are_refused():
    with pytest.raises(ConfigError, match="prompts for 'other'"):
        prompts_for({"other": "x: "}, None, ["anchor"], ())
    with pytest.raises(ConfigError, match="several data sets"):
        prompts_for({"a": {"anchor": "x: "}}, None, ["anchor"], ())
    with pytest.raises(ConfigError, match="the data set 'c'"):
        prompts_for({"c": {"anchor": "x: "}}, "a", ["anchor"], ("a", "b"))
    with pytest.raises(InputTypeError, match="prompts=3"):
        parse_prompts(3)


def test_only_the_adapter_is_trained_saved_and_resumed(model, pairs, arguments, toy_bert_folder, tmp_path):
    peft = pytest.importorskip("peft", reason="extra peft")
    config = peft.LoraConfig(task_type="FEATURE_EXTRACTION", r=2, target_modules=["query", "value"])
    model.add_adapter(config)
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    args = arguments(save_strategy="steps", save_steps=2, learning_rate=0.01)
    SentenceTransformerTrainer(model, args, pairs, loss=MultipleNegativesRankingLoss(model)).train()
    moved = {name for name, value in model.named_parameters() if not torch.equal(before[name], value)}
    assert moved
    assert all("lora" in name for name in moved)
    folder = Path(args.output_dir) / "checkpoint-2"
    assert (folder / "adapter_model.safetensors").exists()
    assert not (folder / "model.safetensors").exists()

    again = SentenceTransformer(str(tmp_path / "start"), device="cpu")
    again.add_adapter(config)
    resumed = SentenceTransformerTrainer(again, args, pairs, loss=MultipleNegativesRankingLoss(again))
    resumed.train(str(folder))
    for name, value in model.named_parameters():
        torch.testing.assert_close(dict(again.named_parameters())[name], value)
