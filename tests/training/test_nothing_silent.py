"""What would go wrong without a word elsewhere: here it is refused, or said."""

from __future__ import annotations

import copy
import logging
import os
import pickle

import numpy as np
import pytest
import torch
from datasets import Dataset
from torch import nn

from likewise.errors import ConfigError, InputError, InputTypeError
from likewise.losses import CosineSimilarityLoss, MSELoss, MultipleNegativesRankingLoss
from likewise.models import Pooling, Router, Transformer
from likewise.sentence_transformer.model import SentenceTransformer
from likewise.training.data_checks import check_dataset
from likewise.training.surroundings import name_wandb_project
from likewise.training.trainer import SentenceTransformerTrainer


class NotANumber(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, features, labels=None):
        return self.model(features[0])["sentence_embedding"].sum() * float("nan")


def test_evaluation_data_may_call_their_columns_differently(model, pairs, arguments):
    asked = pairs.rename_columns({"anchor": "question", "positive": "answer"}).select(range(8))
    args = arguments(eval_strategy="steps", eval_steps=1)
    trainer = SentenceTransformerTrainer(model, args, pairs, asked, MultipleNegativesRankingLoss(model))
    trainer.train()
    same = trainer.evaluate(pairs.select(range(8)))["eval_loss"]
    assert trainer.evaluate()["eval_loss"] == pytest.approx(same)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("router_mapping", {"ancor": "query"}),
        ("prompts", {"ancor": "query: "}),
        ("prompts", {"b": "query: "}),
        ("prompts", {"a": {"ancor": "query: "}}),
    ],
)
def test_names_of_columns_and_data_sets_that_there_are_not(model, pairs, arguments, argument, value):
    with pytest.raises(ConfigError, match=rf"{argument} for '(ancor|b)'"):
        SentenceTransformerTrainer(
            model, arguments(**{argument: value}), {"a": pairs}, loss=MultipleNegativesRankingLoss(model)
        )


def test_identifiers_that_would_be_trained_on(model, pairs, arguments, caplog):
    data = pairs.add_column("doc_id", [f"d{at}" for at in range(24)])
    SentenceTransformerTrainer(model, arguments(), data, loss=MultipleNegativesRankingLoss(model))
    assert "'doc_id' is trained on as a text (anchor, positive, negative <- doc_id)" in caplog.text


def test_losses_that_are_not_finite(model, pairs, arguments, caplog):
    SentenceTransformerTrainer(model, arguments(max_steps=2), pairs, loss=NotANumber(model)).train()
    assert "step 2: 1 losses were not finite" in caplog.text


def test_a_loss_of_another_model_and_what_is_no_model(model, pairs, arguments, toy_bert_folder, tmp_path):
    other = SentenceTransformer(str(toy_bert_folder(tmp_path / "other")), device="cpu")
    with pytest.raises(ConfigError, match=r"was made with another model.*MultipleNegativesRankingLoss\(model\)"):
        SentenceTransformerTrainer(model, arguments(), pairs, loss=MultipleNegativesRankingLoss(other))
    with pytest.raises(InputTypeError, match="the model is a str"):
        SentenceTransformerTrainer("some-model", arguments(), pairs)
    made = []

    def model_init():
        made.append(SentenceTransformer(str(toy_bert_folder(tmp_path / "made")), device="cpu"))
        return made[-1]

    loss = MultipleNegativesRankingLoss(other)
    SentenceTransformerTrainer(None, arguments(), pairs, loss=loss, model_init=model_init)
    assert loss.model is made[-1]


def test_half_precision_that_would_not_be_half(model, pairs, arguments):
    with pytest.raises(ConfigError, match=r"fp16=True on a CPU, where it would train in float32.*bf16=True"):
        SentenceTransformerTrainer(model, arguments(fp16=True), pairs, loss=MultipleNegativesRankingLoss(model))


def test_fully_sharded_training_is_refused_and_says_what_is_there(model, pairs, arguments):
    args = arguments()
    args.fsdp = "full_shard"
    with pytest.raises(ConfigError, match=r"fully sharded training is not supported.*DistributedDataParallel"):
        SentenceTransformerTrainer(model, args, pairs, loss=MultipleNegativesRankingLoss(model))


def test_nothing_to_evaluate(model, pairs, arguments):
    with pytest.raises(ConfigError, match="nothing to evaluate"):
        SentenceTransformerTrainer(model, arguments(), pairs, loss=MultipleNegativesRankingLoss(model)).evaluate()
    with pytest.raises(ConfigError, match="an empty dictionary of eval data sets"):
        SentenceTransformerTrainer(model, arguments(), pairs, {}, MultipleNegativesRankingLoss(model))


def test_a_sampler_that_needs_columns_and_rows_without(model, pairs, arguments):
    args = arguments(batch_sampler="no_duplicates")
    trainer = SentenceTransformerTrainer(model, args, list(pairs), loss=MultipleNegativesRankingLoss(model))
    with pytest.raises(ConfigError, match=r"and a list.*Dataset\.from_list"):
        trainer.train()


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize(
    ("column", "value", "message"),
    [("a", None, "has no 'a'"), ("score", float("nan"), "not finite"), ("score", None, "no number")],
)
def test_one_bad_value_far_down(column, value, message, shuffled):
    number = 120_000
    columns = {"a": ["x"] * number, "b": ["y"] * number, "score": [0.5] * number}
    columns[column][110_000] = value
    data = Dataset.from_dict(columns)
    wanted = 110_000
    if shuffled:
        order = np.random.default_rng(0).permutation(number)
        data, wanted = data.select(order), int(np.flatnonzero(order == 110_000)[0])
    with pytest.raises(InputError, match=f"row {wanted}.*{message}"):
        check_dataset("", data, CosineSimilarityLoss(nn.Identity()), ("label", "score"))
    kept = data.select([row for row in range(number - 20_000, number) if row != wanted])
    check_dataset("", kept, CosineSimilarityLoss(nn.Identity()), ("label", "score"))


@pytest.mark.parametrize("form", ["torch", "numpy"])
def test_labels_of_formatted_data_sets(model, arguments, form):
    rows = {"sentence": ["a cat", "a dog"] * 4, "label": [[0.1] * 16, [0.2] * 16] * 4}
    data = Dataset.from_dict(rows).with_format(form, columns=["label"], output_all_columns=True)
    trainer = SentenceTransformerTrainer(model, arguments(max_steps=1), data, loss=MSELoss(model))
    assert next(iter(trainer.get_train_dataloader()))["label"].shape == (4, 16)
    trainer.train()


def test_a_model_is_left_as_it_was(model, pairs, arguments):
    trainer = SentenceTransformerTrainer(
        model, arguments(bf16=True, max_steps=1), pairs, loss=MultipleNegativesRankingLoss(model)
    )
    trainer.train()
    assert not model.training
    assert "forward" not in vars(model)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    expected = model.encode("a cat")
    assert np.array_equal(pickle.loads(pickle.dumps(model)).encode("a cat"), expected)
    assert np.array_equal(copy.deepcopy(model).encode("a cat"), expected)
    trainer.train()
    assert any(not torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_prompts_reach_routes_and_modules_that_only_tokenize_texts(model, pairs, arguments, toy_bert_folder, tmp_path):
    folder = str(toy_bert_folder(tmp_path / "plain", plain=True))

    class OnlyTexts(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = Transformer(folder)

        def tokenize(self, texts):
            return self.inner.tokenize(texts)

        def forward(self, features):
            return self.inner(features)

    routes = [Transformer(folder), Pooling(16)]
    for modules in ([Router.for_query_document(routes, routes)], [OnlyTexts(), Pooling(16)]):
        kind = SentenceTransformer(modules=modules, device="cpu")
        loss = MultipleNegativesRankingLoss(kind)
        args = [arguments(prompts={"anchor": "the cat "}), arguments()]
        prompted, plain = (
            next(iter(SentenceTransformerTrainer(kind, each, pairs, loss=loss).get_train_dataloader())) for each in args
        )
        assert int(prompted["anchor_attention_mask"].sum()) == int(plain["anchor_attention_mask"].sum()) + 2 * 4
        assert torch.equal(prompted["positive_input_ids"], plain["positive_input_ids"])


def test_tracked_runs_are_in_the_documented_project(monkeypatch):
    from transformers.integrations import WandbCallback

    monkeypatch.delenv("WANDB_PROJECT", raising=False)
    name_wandb_project([])
    assert "WANDB_PROJECT" not in os.environ
    tracker = WandbCallback.__new__(WandbCallback)
    name_wandb_project([tracker])
    assert os.environ["WANDB_PROJECT"] == "sentence-transformers"
    monkeypatch.setenv("WANDB_PROJECT", "mine")
    name_wandb_project([tracker])
    assert os.environ["WANDB_PROJECT"] == "mine"


def test_data_are_looked_through_once(model, pairs, arguments, monkeypatch):
    looked = []
    monkeypatch.setattr(
        "likewise.training.column_trainer.check_dataset", lambda *args: looked.append(args[0]) or check_dataset(*args)
    )
    args = arguments(eval_strategy="steps", eval_steps=1)
    SentenceTransformerTrainer(
        model, args, pairs, {"a": pairs, "b": pairs}, loss=MultipleNegativesRankingLoss(model)
    ).train()
    assert looked == ["", "a", "b"]


@pytest.fixture(autouse=True)
def _levels():
    logging.getLogger("likewise").setLevel(logging.NOTSET)
