"""What watches a training run: the console, the plot, the notes for the README, without a trainer."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
import torch
from transformers.trainer_callback import TrainerControl, TrainerState

from likewise.hub.card import SentenceTransformerModelCardData
from likewise.hub.card_page import ModelFacts, make_card
from likewise.sentence_transformer.card import embedding_page
from likewise.training.console import ConsoleCallback, table
from likewise.training.dataset_facts import describe_values, facts_of
from likewise.training.plot import PlotCallback, curves, draw
from likewise.training.recorder import ModelCardCallback

ROWS = [{"anchor": f"question {n}", "positive": f"answer number {n}", "label": n % 2} for n in range(10)]


class Arguments(SimpleNamespace):
    def to_dict(self):
        return dict(vars(self))


class ToyLoss(torch.nn.Module):
    citation = "@article{toy}"

    def get_config_dict(self):
        return {"scale": 20.0}


def arguments(**changed):
    usual = {
        "per_device_train_batch_size": 4,
        "gradient_accumulation_steps": 2,
        "world_size": 1,
        "learning_rate": 2e-5,
        "disable_tqdm": True,
        "output_dir": "out",
    }
    return Arguments(**{**usual, **changed})


def test_console_says_what_is_trained_and_ends_with_one_table():
    stream = io.StringIO()
    state = TrainerState(max_steps=20, num_train_epochs=2, global_step=0, is_world_process_zero=True)
    console = ConsoleCallback(["pairs: 10 rows, anchor <- anchor"], stream)
    control = TrainerControl()
    console.on_train_begin(arguments(), state, control)
    for step, loss in ((10, 2.0), (20, 1.0)):
        state.global_step, state.epoch = step, step / 10
        console.on_log(arguments(), state, control, {"loss": loss, "loss_part": 0.5, "learning_rate": 1e-5, "epoch": 1})
    console.on_log(arguments(), state, control, {"eval_dev_spearman": 0.8, "eval_runtime": 3.0})
    console.on_train_end(arguments(), state, control)
    lines = stream.getvalue().splitlines()
    assert lines[:2] == [
        "pairs: 10 rows, anchor <- anchor",
        "20 steps, 2 epochs, batches of 8, learning rate 2e-05",
    ]
    assert lines[2].split() == ["step", "epoch", "loss", "loss_part", "eval_dev_spearman"]
    assert [line.split() for line in lines[3:]] == [
        ["10", "1.00", "2.0000", "0.5000", "-"],
        ["20", "2.00", "1.0000", "0.5000", "0.8000"],
    ]


def test_a_long_table_keeps_the_first_and_the_last_row():
    lines = table([{"step": n, "epoch": n / 10, "loss": 1.0} for n in range(1, 101)]).splitlines()
    assert len(lines) <= 14
    assert lines[1].split()[0] == "1"
    assert lines[-1].split()[0] == "100"


def test_other_processes_are_silent():
    stream = io.StringIO()
    state = TrainerState(max_steps=2, is_world_process_zero=False)
    console = ConsoleCallback(["x"], stream)
    console.on_train_begin(arguments(), state, TrainerControl())
    console.on_log(arguments(), state, TrainerControl(), {"loss": 1.0})
    console.on_train_end(arguments(), state, TrainerControl())
    assert stream.getvalue() == ""


def test_the_plot_is_saved_beside_the_checkpoint(tmp_path):
    pytest.importorskip("matplotlib", reason="extra plot")
    folder = tmp_path / "checkpoint-2"
    folder.mkdir()
    log = [{"loss": 1.0, "step": 1}, {"loss": 0.5, "step": 2}, {"eval_dev_spearman": 0.7, "step": 2}]
    state = TrainerState(global_step=2, log_history=log, is_world_process_zero=True)
    PlotCallback().on_save(arguments(output_dir=str(tmp_path)), state, TrainerControl())
    assert (folder / "training.png").read_bytes().startswith(b"\x89PNG")
    assert curves(log) == {"loss": ([1, 2], [1.0, 0.5]), "eval_dev_spearman": ([2], [0.7])}
    assert not draw([], tmp_path / "empty.png")
    assert not (tmp_path / "empty.png").exists()


def test_the_readme_of_a_trained_model_tells_how_it_was_trained():
    data = SentenceTransformerModelCardData()
    model = SimpleNamespace(model_card_data=data)
    source = SimpleNamespace(train_dataset={"pairs": ROWS}, eval_dataset=ROWS, loss={"pairs": ToyLoss()})
    callback = ModelCardCallback({"learning_rate": 5e-5, "disable_tqdm": True}, source)
    state = TrainerState(global_step=0, is_world_process_zero=True)
    callback.on_train_begin(arguments(), state, TrainerControl(), model=model)
    state.global_step, state.epoch = 5, 0.5
    callback.on_log(arguments(), state, TrainerControl(), {"loss": 1.25, "grad_norm": 3.0}, model=model)
    callback.on_log(arguments(), state, TrainerControl(), {"eval_loss": 1.5, "eval_runtime": 1.0}, model=model)
    page = embedding_page(ModelFacts(modules=[]), dimension=None, similarity="cosine")
    card = make_card(data, page, loaded_text="# What it was before")
    assert "# What it was before" not in card
    assert "### Training data: pairs\n\n10 rows, trained with `ToyLoss`." in card
    assert "| anchor | texts of 10 to 10 characters, 10 on average |" in card
    assert "| question 1 | answer number 1 | 1 |" in card
    assert "| `learning_rate` | 2e-05 |" in card
    assert "disable_tqdm" not in card
    assert "| 0.5000 | 5 | 1.2500 | 1.5000 |" in card
    assert "@article{toy}" in card
    assert "source_sentence: question 0" in card


def test_a_resumed_run_keeps_the_log_up_to_where_it_resumes():
    data = SentenceTransformerModelCardData()
    model = SimpleNamespace(model_card_data=data)
    callback = ModelCardCallback({}, SimpleNamespace(train_dataset=ROWS, eval_dataset=None, loss=ToyLoss()))
    callback.on_train_begin(arguments(), TrainerState(global_step=0), TrainerControl(), model=model)
    for step in (1, 2, 3):
        callback.on_log(arguments(), TrainerState(global_step=step), TrainerControl(), {"loss": 1.0}, model=model)
    callback.on_train_begin(arguments(), TrainerState(global_step=2), TrainerControl(), model=model)
    assert [row["step"] for row in data.training.log] == [1, 2]


def test_columns_are_described_by_what_is_in_them():
    assert describe_values(["ab", "abcd"]) == "texts of 2 to 4 characters, 3 on average"
    assert describe_values([0, 1, 1, 1]) == "0: 25%, 1: 75%"
    assert describe_values([0.0, 0.5, 1.0]) == "numbers from 0 to 1, 0.5 on average"
    assert describe_values([[1.0, 2.0]]) == "lists of 2 to 2 entries, 2 on average"
    assert describe_values([None]) == "no values"
    assert facts_of("s", iter(ROWS)).size is None
