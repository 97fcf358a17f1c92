"""Asym: the key of an input chooses its modules; its folder as versions 0.4 to 4.1 wrote it."""

import json

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers

from likewise.errors import CheckpointError, ConfigError, InputError
from likewise.models import Asym, Dense, StaticEmbedding
from likewise.models.module import Module


def static(factor: float = 1.0) -> StaticEmbedding:
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1, "b": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return StaticEmbedding(tokenizer, embedding_weights=factor * torch.arange(6.0).reshape(3, 2))


class Double(Module):
    """Doubles the embedding."""

    def forward(self, features, **kwargs):
        return {**features, "sentence_embedding": features["sentence_embedding"] * 2}


def test_the_key_chooses_the_modules():
    model = Asym({"query": [static()], "doc": [static(), Double()]})

    assert model(model.tokenize([{"query": "a"}]))["sentence_embedding"].tolist() == [[2.0, 3.0]]
    assert model(model.tokenize([{"doc": "a"}]))["sentence_embedding"].tolist() == [[4.0, 6.0]]


def test_mixed_keys_get_groups_of_their_own():
    model = Asym({"query": [static()], "doc": [static(-1.0)]})
    prepared = model.prepare([{"query": "a"}, {"doc": "b"}, {"query": "b"}])

    assert prepared.groups.tolist() == [0, 1, 0]
    assert model.collate(prepared, [2, 0])["text_keys"] == ["query", "query"]


def test_behind_other_modules_the_noted_key_counts():
    model = Asym({"query": [Double()], "doc": []})
    features = {"sentence_embedding": torch.ones(2, 3), "text_keys": ["query", "query"]}

    assert model(features)["sentence_embedding"].tolist() == [[2.0] * 3] * 2


def test_without_key_the_features_pass_unchanged():
    features = {"sentence_embedding": torch.ones(1, 3)}

    assert Asym({"query": [Double()]})(features)["sentence_embedding"].tolist() == [[1.0] * 3]


def test_without_key_where_one_is_needed():
    with pytest.raises(InputError, match="the inputs have no key"):
        Asym({"query": [Double()]}, allow_empty_key=False)({"sentence_embedding": torch.ones(1, 3)})


def test_an_unknown_key():
    model = Asym({"query": [static()], "doc": [static()]})

    with pytest.raises(InputError, match=r"the key 'passage'. Accepted: one of \['query', 'doc'\]"):
        model.tokenize([{"passage": "a"}])


def test_a_bare_text_is_not_accepted_in_first_place():
    model = Asym({"query": [static()]})

    assert not model.accepts("a")
    assert model.accepts({"query": "a"})
    with pytest.raises(InputError, match="input 0 has no key"):
        model.prepare(["a"])


def test_modules_that_read_nothing():
    with pytest.raises(ConfigError, match="start with Double"):
        Asym({"query": [Double()]}).prepare([{"query": "a"}])


def test_dimension_length_and_state_dict():
    model = Asym({"query": [static(), Dense(2, 4)], "doc": [static()]})

    assert model.get_sentence_embedding_dimension() == 4
    assert model.max_seq_length == float("inf")
    assert next(iter(model.state_dict())) == "sub_modules.query.0.embedding.weight"


def test_the_folder_has_the_old_form(tmp_path):
    shared = static()
    Asym({"query": [shared], "doc": [shared, Dense(2, 4)]}).save(str(tmp_path))

    assert json.loads((tmp_path / "config.json").read_text()) == {
        "types": {
            "0_StaticEmbedding": "sentence_transformers.models.StaticEmbedding",
            "1_Dense": "sentence_transformers.models.Dense",
        },
        "structure": {"query": ["0_StaticEmbedding"], "doc": ["0_StaticEmbedding", "1_Dense"]},
        "parameters": {"allow_empty_key": True},
    }


def test_saved_and_loaded(tmp_path):
    model = Asym({"query": [static()], "doc": [static(), Dense(2, 4)]}, allow_empty_key=False)
    model.save(str(tmp_path))

    loaded = Asym.load(str(tmp_path))

    assert not loaded.allow_empty_key
    for key in ("query", "doc"):
        features = model.tokenize([{key: "a b"}])
        assert torch.equal(loaded(dict(features))["sentence_embedding"], model(dict(features))["sentence_embedding"])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"types": {}, "structure": {"a/b": []}}'])
def test_damaged_settings(tmp_path, text):
    (tmp_path / "config.json").write_text(text)

    with pytest.raises(CheckpointError, match=r"config\.json"):
        Asym.load(str(tmp_path))
