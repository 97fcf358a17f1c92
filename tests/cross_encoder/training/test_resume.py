"""A run that is resumed ends with the same weights, bit for bit, as the run that was not, drawn negatives included."""

from __future__ import annotations

import pytest
import torch
from datasets import Dataset

from likewise import CrossEncoder
from likewise.cross_encoder import losses
from likewise.cross_encoder.trainer import CrossEncoderTrainer
from likewise.errors import CheckpointError


@pytest.mark.parametrize("workers", [0, 1])
def test_resumed_in_the_second_epoch(ranker_folder, texts, lists, arguments, workers):
    args = arguments(
        max_steps=14, save_strategy="steps", save_steps=5, per_device_train_batch_size=6, dataloader_num_workers=workers
    )
    data = {"pairs": Dataset.from_dict(texts), "lists": lists.select(range(18))}

    def run(resume):
        model = CrossEncoder(ranker_folder, device="cpu")
        model[0].auto_model.config.hidden_dropout_prob = 0.1
        torch.manual_seed(0)
        by_name = {
            "pairs": losses.MultipleNegativesRankingLoss(model, num_negatives=2),
            "lists": losses.LambdaLoss(model, mini_batch_size=4),
        }
        trainer = CrossEncoderTrainer(model, args, data, loss=by_name)
        trainer.train(resume_from_checkpoint=resume)
        assert trainer.state.epoch > 1
        return model.state_dict()

    whole = run(None)
    for step in (5, 10):
        resumed = run(f"{args.output_dir}/checkpoint-{step}")
        assert all(torch.equal(resumed[name], value) for name, value in whole.items())


def test_a_checkpoint_of_another_head_is_refused(ranker, sorter, labelled, arguments):
    args = arguments(save_strategy="steps", save_steps=2, max_steps=2)
    CrossEncoderTrainer(ranker, args, labelled).train()
    with pytest.raises(CheckpointError, match="does not fit the model"):
        CrossEncoderTrainer(sorter, args, labelled).train(f"{args.output_dir}/checkpoint-2")
