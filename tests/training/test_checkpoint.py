"""Checkpoints of models of all kinds are put back whole."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
import torch
from torch import nn

from likewise.errors import CheckpointError
from likewise.losses import MultipleNegativesRankingLoss
from likewise.models import Dense, Module, Pooling, Router, Transformer
from likewise.sentence_transformer.model import SentenceTransformer
from likewise.training.checkpoint import load_model
from likewise.training.samplers import DefaultBatchSampler
from likewise.training.trainer import SentenceTransformerTrainer


class Scale(Module):
    """A module that the program brings, and no package."""

    config_keys: ClassVar = ["width"]

    def __init__(self, width):
        super().__init__()
        self.width = width
        self.factor = nn.Parameter(torch.ones(width))

    def forward(self, features, **kwargs):
        return {**features, "sentence_embedding": features["sentence_embedding"] * self.factor}


def trained(model, args, pairs, **more):
    SentenceTransformerTrainer(model, args, pairs, loss=MultipleNegativesRankingLoss(model), **more).train()
    return {name: value.clone() for name, value in model.state_dict().items()}


def test_modules_that_the_program_brings_are_put_back(model, pairs, arguments):
    model.append(Scale(16))
    args = arguments(save_strategy="steps", save_steps=4, learning_rate=1e-2)
    saved = trained(model, args, pairs)
    with torch.no_grad():
        model[-1].factor.zero_()
        model[0].auto_model.embeddings.word_embeddings.weight.zero_()
    load_model(Path(args.output_dir) / "checkpoint-4", model)
    assert all(torch.equal(model.state_dict()[name], value) for name, value in saved.items())


@pytest.fixture
def routed(toy_bert_folder, tmp_path):
    """A function that makes a model with two routes, each with a module that the program brings."""
    folder = str(toy_bert_folder(tmp_path / "body", plain=True))

    def make(width=16):
        routes = [[Transformer(folder), Pooling(16), Scale(width)] for _ in range(2)]
        return SentenceTransformer(modules=[Router.for_query_document(*routes)], device="cpu")

    return make


def test_a_run_on_routes_with_modules_that_the_program_brings_is_resumed_exactly(routed, pairs, arguments):
    args = arguments(
        save_strategy="steps", save_steps=2, learning_rate=1e-2,
        router_mapping={"anchor": "query", "positive": "document"},
    )  # fmt: skip
    whole = trained(routed(), args, pairs)
    model = routed()
    SentenceTransformerTrainer(model, args, pairs, loss=MultipleNegativesRankingLoss(model)).train(
        resume_from_checkpoint=f"{args.output_dir}/checkpoint-2"
    )
    assert [name for name, value in whole.items() if not torch.equal(model.state_dict()[name], value)] == []
    assert not torch.equal(whole["0.sub_modules.query.2.factor"], torch.ones(16))


def test_a_checkpoint_of_other_routes_is_refused_before_the_first_step(routed, pairs, arguments):
    args = arguments(save_strategy="steps", save_steps=2, max_steps=2)
    trained(routed(), args, pairs)
    folder = f"{args.output_dir}/checkpoint-2"
    longer = routed()
    longer[0].sub_modules["query"].append(Scale(16))
    other = SentenceTransformer(modules=[Router({"query": list(routed()[0].sub_modules["query"])})], device="cpu")
    for model, named in ((longer, "query"), (other, "document")):
        before = {name: value.clone() for name, value in model.state_dict().items()}
        trainer = SentenceTransformerTrainer(model, args, pairs, loss=MultipleNegativesRankingLoss(model))
        with pytest.raises(CheckpointError, match=f"'{named}' does not fit the model"):
            trainer.train(resume_from_checkpoint=folder)
        assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_with_an_adapter_the_other_modules_are_put_back_as_well(toy_bert_folder, tmp_path, pairs, arguments):
    peft = pytest.importorskip("peft", reason="extra peft")
    folder = str(toy_bert_folder(tmp_path / "start"))

    def adapted():
        torch.manual_seed(0)
        model = SentenceTransformer(folder, device="cpu")
        model.append(Dense(16, 8))
        model.add_adapter(peft.LoraConfig(r=2, target_modules=["query"], task_type="FEATURE_EXTRACTION"))
        return model

    args = arguments(save_strategy="steps", save_steps=4, learning_rate=1e-2)
    saved = trained(adapted(), args, pairs)
    fresh = adapted()
    load_model(Path(args.output_dir) / "checkpoint-4", fresh)
    assert [name for name, value in saved.items() if not torch.equal(fresh.state_dict()[name], value)] == []


def test_a_checkpoint_of_another_model_is_refused(model, pairs, arguments, toy_bert_folder, tmp_path):
    args = arguments(save_strategy="steps", save_steps=4)
    trained(model, args, pairs)
    wider = SentenceTransformer(str(toy_bert_folder(tmp_path / "wide", dimension=32)), device="cpu")
    with pytest.raises(CheckpointError, match="does not fit the model"):
        load_model(Path(args.output_dir) / "checkpoint-4", wider)


def test_arguments_with_a_function_made_on_the_spot_do_not_keep_a_checkpoint_from_being_written(
    model, pairs, arguments, caplog
):
    args = arguments(save_strategy="steps", save_steps=4, batch_sampler=lambda *a, **k: DefaultBatchSampler(*a, **k))
    trained(model, args, pairs)
    folder = Path(args.output_dir) / "checkpoint-4"
    assert (folder / "modules.json").exists()
    assert not (folder / "training_args.bin").exists()
    assert "training_args.bin is not written" in caplog.text
    args.to_json_string()
