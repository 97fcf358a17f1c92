"""The documented helpers that look into a model without loading it."""

import json

import pytest

from likewise.errors import CheckpointError
from likewise.hub.lookup import is_sentence_transformer_model, load_dir_path, load_file_path

POOLING = json.dumps({"word_embedding_dimension": 8})


def modules(*types):
    return json.dumps(
        [
            {"idx": at, "name": str(at), "path": "" if at == 0 else f"{at}_{name}", "type": name if "." in name else
             f"sentence_transformers.models.{name}"}
            for at, name in enumerate(types)
        ]
    )  # fmt: skip


PLAIN = {
    "config.json": "{}",
    "model.safetensors": "weights",
    "tokenizer.json": "{}",
    "tokenizer_config.json": "{}",
}
WHOLE = {
    **PLAIN,
    "modules.json": modules("Transformer", "Pooling", "Normalize"),
    "config_sentence_transformers.json": "{}",
    "sentence_bert_config.json": "{}",
    "1_Pooling/config.json": POOLING,
}
SHA = "0123456789abcdef0123456789abcdef01234567"


def cache(root, files, *, repo="sentence-transformers/mini", commit=SHA, revision="main", absent=()):
    """Lay out a snapshot as the hub cache does."""
    folder = root / f"models--{repo.replace('/', '--')}"
    (folder / "refs").mkdir(parents=True, exist_ok=True)
    (folder / "refs" / revision).write_text(commit)
    for name, content in files.items():
        blob = folder / "blobs" / name.replace("/", "_")
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_text(content)
        path = folder / "snapshots" / commit / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(blob)
    for name in absent:
        note = folder / ".no_exist" / commit / name
        note.parent.mkdir(parents=True, exist_ok=True)
        note.touch()
    return folder / "snapshots" / commit


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
