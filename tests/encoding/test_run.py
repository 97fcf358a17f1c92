import threading
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.encoding.in_memory import HashPipeline
from likewise.encoding.options import EncodeOptions
from likewise.encoding.report import Report
from likewise.encoding.run import run
from likewise.errors import TruncationError
from likewise.models.module import Prepared

TEXTS = st.lists(st.lists(st.sampled_from(["red", "fox", "über", "cat"]), max_size=12).map(" ".join), max_size=40)


@dataclass(frozen=True)
class Watched:
    """A `HashPipeline` that notes the batches it gets, can run out of memory, and can have groups."""

    inner: HashPipeline = field(default_factory=HashPipeline)
    room: int = 10**9
    group_of: object = None
    key_of: object = None
    seen: list = field(default_factory=list)
    read: list = field(default_factory=list)
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    max_length: int | None = None

    def prepare(self, inputs, *, prompt, task):
        made = self.inner.prepare(inputs, prompt=prompt, task=task)
        groups = None if self.group_of is None else np.array([self.group_of(text) for text in inputs])
        keys = None if self.key_of is None else [self.key_of(text) for text in inputs]
        self.read.extend(inputs)
        return Prepared(made.rows, made.sizes, made.truncated, groups, {}, made.packed, keys)

    def collate(self, prepared, indices):
        self.seen.append([prepared.sizes[at] for at in indices])
        return self.inner.collate(prepared, indices)

    def forward(self, features, **kwargs):
        assert torch.is_inference_mode_enabled()
        if features["input_ids"].numel() > self.room:
            raise torch.OutOfMemoryError("out of memory")
        return self.inner.forward(features, **kwargs)


def embeddings(pipeline, texts, options):
    rows = np.full((len(texts), 4), np.nan)
    for places, features in run(pipeline, texts, options, Report(options, None)):
        assert not torch.is_inference_mode_enabled(), "the mode must not leak into the consumer"
        assert np.isnan(rows[places.positions]).all(), "each input comes once"
        for positions, which in places.blocks():
            rows[positions] = features["sentence_embedding"].numpy()[which]
    return rows


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.none() | st.integers(1, 9), st.none() | st.integers(1, 60), st.booleans(), st.integers(12, 80))
def test_results_do_not_depend_on_how_inputs_are_batched(texts, batch_size, max_tokens, packed, room):
    alone = [embeddings(HashPipeline(), [text], EncodeOptions())[0] for text in texts]
    pipeline = Watched(HashPipeline(packed=packed), room=room)
    rows = embeddings(pipeline, texts, EncodeOptions(batch_size=batch_size, max_tokens=max_tokens))
    np.testing.assert_allclose(rows, np.reshape(alone, (len(texts), 4)), atol=1e-6)


@pytest.mark.parametrize("total", [2047, 2049, 9000])
def test_windows_are_put_together_in_order(total):
    texts = [f"{at} " * (1 + at % 3) for at in range(total)]
    rows = embeddings(HashPipeline(), texts, EncodeOptions())
    np.testing.assert_allclose(
        rows[[0, 2046, -1]], embeddings(HashPipeline(), [texts[0], texts[2046], texts[-1]], EncodeOptions()), atol=1e-6
    )
    assert not np.isnan(rows).any()


def test_batches_respect_rows_and_padded_budget():
    pipeline = Watched()
    embeddings(pipeline, [f"{at} " * (1 + at % 9) for at in range(50)], EncodeOptions(batch_size=7, max_tokens=30))
    assert all(len(sizes) <= 7 and len(sizes) * max(sizes) <= 30 for sizes in pipeline.seen)


def test_packed_batches_count_no_padding():
    texts = ["w " * 20, *[f"w{at}" for at in range(20)]]
    sizes = {}
    for packed in (False, True):
        pipeline = Watched(HashPipeline(packed=packed))
        embeddings(pipeline, texts, EncodeOptions(max_tokens=40))
        sizes[packed] = [len(batch) for batch in pipeline.seen]
    assert sizes == {False: [2, 19], True: [21]}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["red fox", "Red Fox", "cat", "", "a b c"]), max_size=30), st.none() | st.integers(1, 60)
)
def test_what_repeats_is_read_and_computed_once(texts, max_tokens):
    pipeline = Watched(HashPipeline(), key_of=str.lower)
    rows = embeddings(pipeline, [text.lower() for text in texts], EncodeOptions(max_tokens=max_tokens))
    again = Watched(HashPipeline(), key_of=lambda text: text.lower())
    embeddings(again, texts, EncodeOptions(max_tokens=max_tokens))
    assert sorted(pipeline.read) == sorted({text.lower() for text in texts})
    assert sorted(again.read) == sorted(set(texts))
    assert sum(map(len, again.seen)) == len({text.lower() for text in texts})
    for row, text in zip(rows, texts, strict=True):
        np.testing.assert_allclose(row, embeddings(HashPipeline(), [text.lower()], EncodeOptions())[0], atol=1e-6)


def test_equal_keys_of_different_groups_are_computed_apart():
    pipeline = Watched(group_of=str.isupper, key_of=str.lower)
    embeddings(pipeline, ["a", "A", "b"], EncodeOptions())
    assert sorted(map(len, pipeline.seen)) == [1, 2]


def test_every_place_of_a_cut_text_is_reported():
    report = Report(EncodeOptions(), 2)
    pipeline = Watched(HashPipeline(max_length=2), key_of=lambda text: text.split()[0])
    list(run(pipeline, ["a b c", "x", "a b d", "a b c"], EncodeOptions(), report))
    assert sorted(report.truncated) == [0, 2, 3]


def test_memory_that_runs_out_does_not_disturb_repeats():
    texts = [f"{at % 7} w" for at in range(40)]
    rows = embeddings(Watched(room=6, key_of=str), texts, EncodeOptions())
    np.testing.assert_allclose(rows, embeddings(HashPipeline(), texts, EncodeOptions(batch_size=1)), atol=1e-6)


def test_groups_do_not_mix():
    pipeline = Watched(group_of=len)
    embeddings(pipeline, ["a", "bb", "c", "dd"], EncodeOptions())
    assert sorted(map(len, pipeline.seen)) == [2, 2]


def test_prompt_and_task_reach_the_tokeniser():
    rows = embeddings(HashPipeline(), ["x"], EncodeOptions(prompt="p ", task="query"))
    np.testing.assert_allclose(rows, embeddings(HashPipeline(), ["query: p x"], EncodeOptions()))


def test_too_long_inputs_are_an_error_before_anything_is_computed():
    pipeline = Watched(HashPipeline(max_length=2))
    options = EncodeOptions(truncation="error")
    with pytest.raises(TruncationError, match="input 1 is longer"):
        list(run(pipeline, ["a b", "a b c"], options, Report(options, 2)))
    assert pipeline.seen == []


def test_positions_of_cut_inputs_are_those_of_the_call():
    texts = ["a"] * 5000 + ["a b c"]
    report = Report(EncodeOptions(), 2)
    list(run(HashPipeline(max_length=2), texts, EncodeOptions(), report))
    assert report.truncated == [5000]


def test_a_consumer_that_stops_leaves_no_thread():
    batches = run(HashPipeline(), [str(at) for at in range(10_000)], EncodeOptions(), Report(EncodeOptions(), None))
    next(batches)
    batches.close()
    assert "likewise-ahead" not in [thread.name for thread in threading.enumerate()]
