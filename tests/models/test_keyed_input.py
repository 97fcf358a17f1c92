"""Keys and tasks for routers that stand behind the first module."""

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from likewise.models import Asym, Normalize, Router, StaticEmbedding
from likewise.models.keyed_input import KeyedInput, keyed


@pytest.fixture
def first():
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1, "b": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return StaticEmbedding(tokenizer, embedding_dim=2)


def test_only_models_with_a_later_router_need_it(first):
    assert keyed([first, Normalize()], first) is first
    assert isinstance(keyed([first, Asym({"query": []})], first), KeyedInput)
    assert isinstance(keyed([first, Router({"query": []})], first), KeyedInput)


def test_keys_become_text_keys_and_tasks(first):
    reader = KeyedInput(first)
    prepared = reader.prepare([{"query": "a"}, {"doc": "a b"}, "b", {"query": "b"}], task="other")

    assert prepared.groups.tolist() == [0, 1, 2, 0]
    features = reader.collate(prepared, [3, 0])
    assert (features["text_keys"], features["task"]) == (["query", "query"], "query")
    assert features["input_ids"].tolist() == [2, 1]
    assert reader.collate(prepared, [2])["task"] == "other"


def test_texts_alone_keep_their_compact_form(first):
    reader = KeyedInput(first)
    prepared = reader.prepare(["a", "b"], task="query")

    assert prepared.groups is None
    assert reader.collate(prepared, [0])["task"] == "query"
    assert "task" not in reader.collate(reader.prepare(["a"]), [0])


def test_what_is_accepted(first):
    reader = KeyedInput(first)

    assert reader.accepts("a")
    assert reader.accepts({"query": "a"})
    assert not reader.accepts({"query": 3})
    assert not reader.accepts(3)
