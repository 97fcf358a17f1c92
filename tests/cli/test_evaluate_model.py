"""The model that evaluators are given, and how fast one is."""

from __future__ import annotations

import io

import numpy as np
import pytest

from likewise.cli.console import Console
from likewise.cli.evaluate_model import SPEED_RUNS, ModelUnderTest, sentences_per_second
from likewise.cli.evaluate_outcome import Outcome
from likewise.cli.evaluate_report import labels, print_metrics


class Recorder:
    similarity_fn_name = "dot"

    def __init__(self):
        self.calls = []

    def encode(self, sentences, **kwargs):
        self.calls.append(kwargs)
        return np.ones((len(sentences), 5), np.float32)

    encode_query = encode_document = encode


@pytest.mark.parametrize("method", ["encode", "encode_query", "encode_document"])
def test_options_of_the_command_line_win_and_the_width_is_noted(method):
    recorder = Recorder()
    model = ModelUnderTest(recorder, {"truncation": "error", "show_progress_bar": True})

    getattr(model, method)(["a"], batch_size=3, show_progress_bar=False)

    assert recorder.calls == [{"batch_size": 3, "show_progress_bar": True, "truncation": "error"}]
    assert (model.dimension, model.similarity_fn_name) == (5, "dot")


def test_speed_is_the_median_after_a_warm_up():
    ticks = iter([0.0, 9.0])  # one slow run is above the time that is meant to be spent
    calls = []

    speed = sentences_per_second(calls.append, ["a"] * 100, clock=lambda: next(ticks))

    assert (speed, [len(call) for call in calls]) == (pytest.approx(100 / 9), [64, 100])


def test_fast_models_are_measured_several_times():
    now = [0.0]
    durations = iter([0.0, *[0.01, 0.03] * SPEED_RUNS])

    def encode(texts):
        now[0] += next(durations)

    speed = sentences_per_second(encode, ["a", "b"], clock=lambda: now[0])

    assert speed == pytest.approx(2 / 0.02)


def outcome(model, similarity, metrics):
    keys = {f"spearman_{similarity}": 0.5, **metrics}
    return Outcome(
        model=model,
        data="dev",
        task="sts",
        sizes={"pairs": 3},
        similarity=similarity,
        primary=f"spearman_{similarity}",
        metrics=keys,
    )


def test_metrics_of_models_with_other_similarities_stand_in_one_row():
    out = io.StringIO()
    rows = {"a": [outcome("a", "cosine", {})], "b": [outcome("b", "dot", {})]}

    print_metrics(Console(out, out), rows)

    assert [line.split() for line in out.getvalue().splitlines()[1:]] == [
        ["metric", "a", "b"],
        ["spearman", "0.5000", "0.5000"],
        ["similarity", "cosine", "dot"],
    ]


def test_labels_are_short_unless_they_would_be_the_same():
    assert labels(["x/model", "y/model", "z/other"]) == ["x/model", "y/model", "other"]
