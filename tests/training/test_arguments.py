"""The training arguments: as Python gives them, and as a command line does."""

from __future__ import annotations

import json

import pytest
from transformers import HfArgumentParser
from transformers.training_args import ParallelMode

from likewise.errors import ConfigError, InputTypeError
from likewise.training.arguments import SentenceTransformerTrainingArguments
from likewise.training.samplers.names import BatchSamplers, MultiDatasetBatchSamplers


def make(**given):
    return SentenceTransformerTrainingArguments(**{"output_dir": "out", "use_cpu": True, "report_to": "none", **given})


def test_the_argument_parser_of_transformers_takes_them():
    line = ["--output_dir", "out", "--use_cpu", "--report_to", "none", "--batch_sampler", "no_duplicates"]
    line += ["--prompts", '{"anchor": "query: "}', "--router_mapping", '{"anchor": "query"}']
    line += ["--learning_rate_mapping", '{"bias": 0.1}', "--multi_dataset_batch_sampler", "round_robin"]
    (args,) = HfArgumentParser(SentenceTransformerTrainingArguments).parse_args_into_dataclasses(line)
    assert args.batch_sampler is BatchSamplers.NO_DUPLICATES
    assert args.multi_dataset_batch_sampler is MultiDatasetBatchSamplers.ROUND_ROBIN
    assert args.prompts == {"anchor": "query: "}
    assert args.router_mapping == {"anchor": "query"}
    assert args.learning_rate_mapping == {"bias": 0.1}


def test_the_documented_defaults():
    args = make()
    assert args.prompts is None
    assert args.batch_sampler is BatchSamplers.BATCH_SAMPLER
    assert args.multi_dataset_batch_sampler is MultiDatasetBatchSamplers.PROPORTIONAL
    assert (args.router_mapping, args.learning_rate_mapping) == ({}, {})
    assert args.prediction_loss_only is True
    assert args.ddp_broadcast_buffers is False


def test_warmup_by_steps_share_or_ratio_also_when_it_is_changed_later():
    assert make(warmup_steps=7).get_warmup_steps(100) == 7
    assert make(warmup_steps=0.2).get_warmup_steps(100) == 20
    args = make(warmup_ratio=0.1)
    assert args.get_warmup_steps(95) == 10
    args.warmup_ratio = 0.5
    assert args.get_warmup_steps(100) == 50
    with pytest.raises(ConfigError, match=r"warmup_ratio=1\.5"):
        make(warmup_ratio=1.5)


@pytest.mark.parametrize("name", ["batch_sampler", "multi_dataset_batch_sampler"])
def test_an_unknown_sampler_is_refused_with_those_there_are(name):
    with pytest.raises(ConfigError, match=f"{name}='other'.*or a class or function"):
        make(**{name: "other"})


def test_wrong_mappings_and_prompts_are_refused():
    with pytest.raises(ConfigError, match="router_mapping='no json'"):
        make(router_mapping="no json")
    with pytest.raises(InputTypeError, match="prompts="):
        make(prompts={"a": 3})


def test_they_can_be_written_as_json():
    values = json.loads(make(batch_sampler=lambda *args: None).to_json_string())
    assert values["batch_sampler"] == "<lambda>"
    assert values["multi_dataset_batch_sampler"] == "proportional"


def test_several_gpus_in_one_process_are_not_used_and_it_says_so(monkeypatch, caplog):
    mode = property(lambda self: ParallelMode.NOT_DISTRIBUTED)
    monkeypatch.setattr(SentenceTransformerTrainingArguments, "parallel_mode", mode)
    args = make()
    assert "only the first is used" in caplog.text
    assert args._n_gpu == 1
    assert args.train_batch_size == args.per_device_train_batch_size
