"""Every loss of the registry: two processes, started once for all, train what one process trains on the joint batch."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from likewise.cross_encoder.losses.registry import LOSSES

IDS = [f"{case.name}-{at}" for at, case in enumerate(LOSSES)]
ROWS, STEPS = 8, 2

PROGRAM = """
import sys
from pathlib import Path
import torch
from datasets import Dataset
from safetensors.torch import save_file
from likewise import CrossEncoder
from likewise.cross_encoder import CrossEncoderTrainer, CrossEncoderTrainingArguments
from likewise.cross_encoder.losses.registry import LOSSES

output, batch, rows, steps, folders = Path(sys.argv[1]), *map(int, sys.argv[2:5]), sys.argv[5:]


def data_of(case):
    total = rows * steps
    columns = {f"column{at}": column for at, column in enumerate(case.inputs(total))}
    labels = case.labels(torch.Generator().manual_seed(1), total)
    if labels is not None:
        columns["label"] = [each.tolist() if isinstance(each, torch.Tensor) else each for each in labels]
    return Dataset.from_dict(columns)


def train(at, case):
    model = CrossEncoder(folders[case.outputs > 1], device="cpu")
    config = model.config
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    loss = case.build(model)
    if hasattr(loss, "gather_across_devices"):
        loss.gather_across_devices = True
    args = CrossEncoderTrainingArguments(
        output_dir=str(output), use_cpu=True, report_to="none", per_device_train_batch_size=batch, max_steps=steps,
        save_strategy="no", disable_tqdm=True, learning_rate=1e-2, optim="sgd", max_grad_norm=0.0,
        dataloader_drop_last=True, logging_strategy="no",
    )
    trainer = CrossEncoderTrainer(model, args, data_of(case), loss=loss)
    trainer.train()
    if trainer.is_world_process_zero():
        save_file({name: each.detach().contiguous() for name, each in model.model.named_parameters()},
                  output / f"{at}.safetensors")


if __name__ == "__main__":
    for at, case in enumerate(LOSSES):
        train(at, case)
"""


@pytest.fixture(scope="module")
def trained(forks, ranker_folder, sorter_folder, tmp_path_factory):
    """Folders with the weights after training: by one process, and by two with half the batch each."""
    one, two = (tmp_path_factory.mktemp(name) for name in ("one", "two"))
    arguments = (ROWS, STEPS, ranker_folder, sorter_folder)
    forks.run_group(PROGRAM, one, ROWS, *arguments, processes=1)
    forks.run_group(PROGRAM, two, ROWS // 2, *arguments)
    return one, two


@pytest.mark.parametrize("at", range(len(LOSSES)), ids=IDS)
def test_two_processes_equal_one_with_the_joint_batch(trained, ranker_folder, sorter_folder, at):
    one, two = (load_file(Path(folder) / f"{at}.safetensors") for folder in trained)
    first = load_file((ranker_folder if LOSSES[at].outputs == 1 else sorter_folder) / "model.safetensors")

    assert max(float((one[name] - value).abs().max()) for name, value in first.items() if name in one) > 1e-6
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, rtol=1e-5, atol=1e-6, msg=name)
