import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from likewise.encoding.encode import encode
from likewise.encoding.foreign_input import ForeignInput
from likewise.errors import ConfigError


class Letters(nn.Module):
    """A first module of the documented kind: one token for each letter, padded, between 1 and 2."""

    max_seq_length = 8

    def __init__(self):
        super().__init__()
        self.tokenizer = SimpleNamespace(all_special_ids=[0, 1, 2])

    def tokenize(self, texts):
        texts = [text if isinstance(text, str) else "|".join(text) for text in texts]
        rows = [[1, *map(ord, text[: self.max_seq_length - 2]), 2] for text in texts]
        width = max(map(len, rows))
        ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
        return {"input_ids": ids, "attention_mask": (ids > 0).long()}


class Preprocessing(nn.Module):
    def preprocess(self, inputs):
        return {"count": len(inputs)}


class Whole:
    """A pipeline around a foreign first module."""

    device = torch.device("cpu")
    max_length = None

    def __init__(self, module):
        reader = ForeignInput(module)
        self.prepare, self.collate, self.accepts = reader.prepare, reader.collate, reader.accepts

    def forward(self, features):
        return {**features, "sentence_embedding": features["input_ids"].float().sum(1, keepdim=True)}


def test_the_loop_runs_a_module_that_only_tokenises():
    texts = ["abc", "z", ("p", "q"), "abc" * 5]
    rows = encode(Whole(Letters()), texts)
    assert rows.flatten().tolist() == [float(Letters().tokenize([text])["input_ids"].sum()) for text in texts]


def test_sizes_follow_the_characters_up_to_the_maximum_length():
    sizes = ForeignInput(Letters()).prepare(["a", "b" * 16, "c" * 400]).sizes
    assert sizes.tolist() == [2, 6, 8]


@pytest.mark.parametrize(
    ("value", "prompted"),
    [("x", "p: x"), (("x", "y"), ("p: x", "y")), ({"text": "x", "n": 1}, {"text": "p: x", "n": 1})],
)
def test_a_prompt_is_put_before_the_text(value, prompted):
    assert ForeignInput(Letters()).prepare([value], prompt="p: ").rows == [prompted]


def test_the_length_of_a_prompt_leaves_the_token_at_its_end_out():
    prepared = ForeignInput(Letters()).prepare(["x"], prompt="ab")
    assert prepared.extras == {"prompt_length": 3}
    assert ForeignInput(Letters()).collate(prepared, [0])["prompt_length"] == 3


def test_the_later_name_of_the_method_serves_as_well():
    reader = ForeignInput(Preprocessing())
    assert reader.collate(reader.prepare(["a", "b"]), [0, 1]) == {"count": 2}


def test_a_module_without_the_method_is_named():
    reader = ForeignInput(nn.Linear(2, 2))
    with pytest.raises(ConfigError, match="Linear, has no method 'tokenize'"):
        reader.collate(reader.prepare(["a"]), [0])


@pytest.mark.parametrize("value", [None, 3, 2.5, b"a", float("nan"), (), ("a", None), np.zeros(2), iter(["a"])])
def test_what_no_module_reads_is_refused(value):
    assert not ForeignInput(Letters()).accepts(value)


@pytest.mark.parametrize("value", ["a", ("a", "b"), {"text": "a"}])
def test_texts_pairs_and_dictionaries_may_be_read(value):
    assert ForeignInput(Letters()).accepts(value)


def test_pictures_may_be_read():
    image = pytest.importorskip("PIL.Image", reason="needs Pillow")
    assert ForeignInput(Letters()).accepts(image.new("RGB", (2, 2)))


class OneAtATime(nn.Module):
    """Notices calls that overlap, as tokenizers of transformers do."""

    def __init__(self):
        super().__init__()
        self.running = 0

    def tokenize(self, texts):
        self.running += 1
        overlaps = self.running > 1
        time.sleep(0.002)
        self.running -= 1
        return {"overlaps": overlaps}


def test_threads_tokenise_one_at_a_time():
    module = OneAtATime()

    def call(at):
        reader = ForeignInput(module)
        return reader.collate(reader.prepare(["a"]), [0])["overlaps"]

    with ThreadPoolExecutor(8) as threads:
        assert not any(threads.map(call, range(32)))
