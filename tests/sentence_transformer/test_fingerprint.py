"""Models whose embeddings differ have different fingerprints; the same model has the same."""

import pytest
import torch

from likewise import SentenceTransformer
from likewise.sentence_transformer.fingerprint import fingerprint


@pytest.fixture
def folder(toy_bert_folder, tmp_path):
    return str(toy_bert_folder(tmp_path / "model"))


def test_a_model_loaded_twice_is_the_same(folder, tmp_path):
    model = SentenceTransformer(folder)
    model.save(tmp_path / "copy")

    found = {fingerprint(each) for each in (model, SentenceTransformer(folder), SentenceTransformer(tmp_path / "copy"))}

    assert len(found) == 1
    assert len(found.pop()) == 16


def test_encoding_changes_nothing(folder):
    model = SentenceTransformer(folder)
    before = fingerprint(model)

    model.encode(["a cat"])

    assert fingerprint(model) == before


def test_every_change_that_shows_in_embeddings_counts(folder):
    def changed_weight(model):
        with torch.no_grad():
            next(iter(model.parameters())).view(-1)[0] += 1e-3

    changes = [
        lambda model: None,
        changed_weight,
        lambda model: model.half(),
        lambda model: model.prompts.update(query="find: "),
        lambda model: setattr(model, "truncate_dim", 8),
        lambda model: setattr(model, "max_seq_length", 7),
        lambda model: setattr(model, "similarity_fn_name", "dot"),
        lambda model: model.quantize_int8(["the cat sat on the mat"]),
    ]
    found = []
    for change in changes:
        model = SentenceTransformer(folder, device="cpu")
        change(model)
        found.append(fingerprint(model))

    assert len(set(found)) == len(changes)
