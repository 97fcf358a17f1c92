"""From a model to a folder."""

import errno
import json
import os

import numpy as np
import pytest

from likewise import SentenceTransformer
from likewise.errors import ConfigError, OutputError
from likewise.models import Dense, Pooling


def test_saved_and_loaded_again(model, tmp_path):
    model.prompts["query"] = "query : "
    model.similarity_fn_name = "dot"
    model.save(tmp_path / "saved")

    again = SentenceTransformer(tmp_path / "saved", device="cpu")

    np.testing.assert_array_equal(again.encode(["a cat", "dog"]), model.encode(["a cat", "dog"]))
    assert (again.prompts, again.similarity_fn_name) == (model.prompts, "dot")
    assert list(again.state_dict()) == list(model.state_dict())


def test_types_are_those_that_every_version_opens(model, tmp_path):
    model.save(tmp_path / "saved")

    entries = json.loads((tmp_path / "saved" / "modules.json").read_text())

    assert [entry["type"] for entry in entries] == [
        "sentence_transformers.models.Transformer",
        "sentence_transformers.models.Pooling",
    ]
    assert [entry["path"] for entry in entries] == ["", "1_Pooling"]


def test_state_dict_has_the_documented_names(model):
    assert all(name.startswith("0.auto_model.") for name in model.state_dict())


def test_card_is_written_or_not(model, tmp_path):
    model.save(tmp_path / "with")
    model.save(tmp_path / "without", create_model_card=False)

    assert "library_name: sentence-transformers" in (tmp_path / "with" / "README.md").read_text()
    assert not (tmp_path / "without" / "README.md").exists()


def test_card_of_an_untrained_model_is_kept(toy_bert_folder, tmp_path):
    folder = toy_bert_folder(tmp_path / "model")
    (folder / "README.md").write_text("---\nlicense: mit\n---\nMy words.\n")

    SentenceTransformer(folder, device="cpu").save(tmp_path / "saved")

    assert (tmp_path / "saved" / "README.md").read_text() == "---\nlicense: mit\n---\nMy words.\n"


def test_saving_over_an_older_model_leaves_nothing_of_it(model, tmp_path):
    model.append(Dense(16, 4))
    model.save(tmp_path / "saved")
    del model[2]
    model.save(tmp_path / "saved")

    assert not (tmp_path / "saved" / "2_Dense").exists()
    assert len(SentenceTransformer(tmp_path / "saved", device="cpu")) == 2


def test_pickle_instead_of_safetensors(toy_folder, tmp_path):
    model = SentenceTransformer(toy_folder, device="cpu")
    model.append(Dense(16, 4))

    model.save(tmp_path / "saved", safe_serialization=False)

    assert (tmp_path / "saved" / "2_Dense" / "pytorch_model.bin").exists()
    np.testing.assert_array_equal(
        SentenceTransformer(tmp_path / "saved", device="cpu").encode(["a cat"]), model.encode(["a cat"])
    )


def test_nothing_to_save(tmp_path):
    with pytest.raises(ConfigError, match="no modules"):
        SentenceTransformer(modules=[]).save(tmp_path / "saved")


def test_full_disk_keeps_the_old_model(model, tmp_path, monkeypatch):
    model.save(tmp_path / "saved")
    before = model.encode(["a cat"])

    def full(self, output_path, *args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Pooling, "save", full)
    with pytest.raises(OutputError, match="No space left"):
        model.save(tmp_path / "saved")

    np.testing.assert_array_equal(SentenceTransformer(tmp_path / "saved", device="cpu").encode(["a cat"]), before)
    assert [entry.name for entry in tmp_path.iterdir() if not entry.name.endswith(".lock")] == ["saved"]


def test_unwritable_folder(model):
    """Nobody, not even root, may make a folder there."""
    with pytest.raises(OutputError, match="/proc/saved"):
        model.save("/proc/saved")


def test_target_that_is_a_file(model, tmp_path):
    (tmp_path / "saved").write_text("mine")

    with pytest.raises(OutputError, match="saved"):
        model.save(tmp_path / "saved")
    assert (tmp_path / "saved").read_text() == "mine"
