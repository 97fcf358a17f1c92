"""What a loaded model says about where it comes from."""

from pathlib import Path

import pytest

from likewise import SentenceTransformer, SentenceTransformerModelCardData
from likewise.sentence_transformer.origin import note_origin

SNAPSHOT = Path("hub/models--owner--some-model/snapshots/0123456789012345678901234567890123456789")
README = "---\nbase_model: owner/base\n---\n# A model\n"


def noted(folder, card="", **given):
    data = SentenceTransformerModelCardData(**given)
    note_origin(data, folder, card)
    return data.base_model, data.base_model_revision


def test_a_snapshot_of_the_hub_is_its_own_name_and_commit():
    assert noted(SNAPSHOT, README) == ("owner/some-model", SNAPSHOT.name)


def test_a_folder_is_what_its_readme_was_made_from():
    assert noted(Path("model"), README) == ("owner/base", None)
    assert noted(Path("model"), "---\nbase_model:\n- owner/first\n- owner/second\n---\n") == ("owner/first", None)


@pytest.mark.parametrize("card", ["", "# A model", "---\nbase_model: [\n---\n", "---\nbase_model: null"])
def test_a_readme_that_says_nothing(card):
    assert noted(Path("model"), card) == (None, None)


def test_what_the_user_says_stays():
    assert noted(SNAPSHOT, README, base_model="mine/own") == ("mine/own", None)
    assert noted(None, README) == (None, None)


def test_a_loaded_model_knows_its_base_and_keeps_the_given_object(toy_folder):
    given = SentenceTransformerModelCardData(language="en")
    (toy_folder / "README.md").write_text(README, encoding="utf-8")
    try:
        model = SentenceTransformer(toy_folder, device="cpu", model_card_data=given)
    finally:
        (toy_folder / "README.md").unlink()

    assert model.model_card_data is given
    assert given.base_model == "owner/base"


def test_metadata_is_set_by_methods():
    data = SentenceTransformerModelCardData()

    data.set_model_id("me/model")
    data.set_language(["en", "de"])
    data.set_license("mit")
    data.add_tags("mine")
    data.add_tags(["mine", "sentence-transformers", "other"])
    assert data.set_base_model("owner/base", "abc")
    assert (data.model_id, data.language, data.license) == ("me/model", ["en", "de"], "mit")
    assert (data.base_model, data.base_model_revision) == ("owner/base", "abc")
    assert data.tags[-2:] == ["mine", "other"]


def test_a_plain_transformers_body_does_not_lend_its_readme(toy_bert_folder, tmp_path):
    folder = toy_bert_folder(tmp_path / "plain", plain=True)
    (folder / "README.md").write_text("---\npipeline_tag: fill-mask\n---\n# The body\n", encoding="utf-8")

    SentenceTransformer(folder, device="cpu").save(tmp_path / "saved")

    assert "fill-mask" not in (tmp_path / "saved" / "README.md").read_text(encoding="utf-8")
