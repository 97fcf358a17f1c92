"""The documented helpers that look into a model without loading it."""

import pytest
from hub_layouts import WHOLE, cache

from likewise.errors import CheckpointError
from likewise.hub.lookup import is_sentence_transformer_model, load_dir_path, load_file_path


def test_a_local_model_is_recognised(tmp_path):
    assert not is_sentence_transformer_model(str(tmp_path))
    (tmp_path / "modules.json").write_text("[]")
    assert is_sentence_transformer_model(str(tmp_path))


@pytest.mark.usefixtures("no_network")
def test_files_and_folders_of_a_cached_model_are_found_without_the_network(tmp_path):
    snapshot = cache(tmp_path, WHOLE, absent=["nothing.json"])
    where = {"cache_folder": str(tmp_path)}

    assert is_sentence_transformer_model("mini", **where)
    assert load_file_path("mini", "config.json", subfolder="1_Pooling", **where) == f"{snapshot}/1_Pooling/config.json"
    assert load_file_path("mini", "nothing.json", **where) is None
    assert load_file_path("mini", "unknown.json", local_files_only=True, **where) is None
    assert load_dir_path("mini", "1_Pooling", **where) == f"{snapshot}/1_Pooling"
    assert load_dir_path("mini", "7_Dense", **where) is None
    assert load_dir_path("unknown", "1_Pooling", local_files_only=True, **where) is None


@pytest.mark.usefixtures("no_network")
def test_the_helpers_refuse_paths_that_lead_out(tmp_path):
    with pytest.raises(CheckpointError, match=r"leads out"):
        load_file_path(str(tmp_path), "../secret.json")
    with pytest.raises(CheckpointError, match=r"leads out"):
        load_file_path("mini", "../../secret.json", cache_folder=str(tmp_path))
