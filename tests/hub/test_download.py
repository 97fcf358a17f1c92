"""What is fetched from the hub, what is not, and what goes wrong on the way."""

import json

import pytest
from hub_layouts import PLAIN, POOLING, WHOLE, cache, modules

from likewise.errors import CheckpointError, ModelNotFoundError, OutputError
from likewise.hub.download import Repository
from likewise.hub.resolve import resolve_folder

UNWANTED = {
    "pytorch_model.bin": "x",
    "model.fp16.safetensors": "x",
    "consolidated.safetensors": "x",
    "tf_model.h5": "x",
    "flax_model.msgpack": "x",
    "rust_model.ot": "x",
    "pytorch_model.bin.index.json": "{}",
    "onnx/model.onnx": "x",
    "onnx/config.json": "{}",
    "openvino/openvino_model.xml": "x",
    "train_script.py": "x",
    "data.json.gz": "x",
    "training_args.bin": "x",
    "checkpoint-1/model.safetensors": "x",
    "other/config.json": "{}",
}


def resolve(hub, tmp_path, name="mini", **kwargs):
    return resolve_folder(name, cache_folder=str(tmp_path), endpoint=hub.endpoint, **kwargs)


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_exactly_what_a_load_reads_is_downloaded(hub, tmp_path):
    hub.add("sentence-transformers/mini", {**WHOLE, **UNWANTED, "README.md": "x", "vocab.txt": "x"})

    folder = resolve(hub, tmp_path)

    assert tree(folder) == sorted([*WHOLE, "README.md", "vocab.txt"])
    assert (folder / "1_Pooling" / "config.json").read_text() == POOLING


def test_what_was_downloaded_is_complete_the_next_time(hub, tmp_path):
    hub.add("sentence-transformers/mini", WHOLE)
    first = resolve(hub, tmp_path)
    hub.requests.clear()

    assert resolve(hub, tmp_path) == first
    assert hub.requests == []


def test_what_the_repository_does_not_have_is_asked_for_once(hub, tmp_path):
    old = {name: data for name, data in WHOLE.items() if "sentence" not in name and name != "tokenizer_config.json"}
    hub.add("sentence-transformers/mini", old)
    first = resolve(hub, tmp_path)
    hub.requests.clear()

    assert resolve(hub, tmp_path) == first
    assert hub.requests == []


def test_a_plain_repository_is_downloaded_and_known_to_be_plain(hub, tmp_path):
    hub.add("me/plain", {**PLAIN, **UNWANTED})
    folder = resolve(hub, tmp_path, "me/plain")
    hub.requests.clear()

    assert tree(folder) == sorted(PLAIN)
    assert resolve(hub, tmp_path, "me/plain") == folder
    assert hub.requests == []


def test_a_copy_that_another_program_left_incomplete_is_completed(hub, tmp_path):
    commit = hub.add("sentence-transformers/mini", WHOLE)
    cache(tmp_path, PLAIN, commit=commit)

    folder = resolve(hub, tmp_path)

    assert tree(folder) == sorted(WHOLE)


def test_a_pickle_is_downloaded_only_where_there_is_nothing_better(hub, tmp_path):
    files = {name: data for name, data in WHOLE.items() if name != "model.safetensors"}
    hub.add("sentence-transformers/mini", {**files, "pytorch_model.bin": "x", "2_Dense/model.safetensors": "x"})

    assert tree(resolve(hub, tmp_path)) == sorted([*files, "pytorch_model.bin"])


def test_shards_are_downloaded_with_their_index(hub, tmp_path):
    files = {name: data for name, data in WHOLE.items() if name != "model.safetensors"}
    shards = {
        "model.safetensors.index.json": json.dumps({"weight_map": {"a": "model-00001-of-00001.safetensors"}}),
        "model-00001-of-00001.safetensors": "x",
    }
    hub.add("sentence-transformers/mini", {**files, **shards, "pytorch_model-00001-of-00001.bin": "x"})

    assert tree(resolve(hub, tmp_path)) == sorted([*files, *shards])


def test_the_folders_of_a_router_are_downloaded(hub, tmp_path):
    types = {"types": {"query_0_StaticEmbedding": "sentence_transformers.models.StaticEmbedding"}}
    files = {
        "modules.json": modules("Router"),
        "router_config.json": json.dumps(types),
        "query_0_StaticEmbedding/model.safetensors": "x",
        "query_0_StaticEmbedding/tokenizer.json": "{}",
    }
    hub.add("sentence-transformers/mini", {**files, "document_0_Unnamed/model.safetensors": "x"})

    assert tree(resolve(hub, tmp_path)) == sorted(files)


@pytest.mark.parametrize("trust", [False, True])
def test_code_is_downloaded_only_with_trust(hub, tmp_path, trust):
    hub.add("me/custom", {**WHOLE, "modules.json": modules("modeling.Thing"), "modeling.py": "x", "helper.py": "x"})

    folder = resolve(hub, tmp_path, "me/custom", trust_remote_code=trust)

    assert ("modeling.py" in tree(folder), "helper.py" in tree(folder)) == (trust, trust)


def test_a_copy_without_the_code_is_completed_when_trust_is_given(hub, tmp_path):
    hub.add("me/custom", {**WHOLE, "modules.json": modules("modeling.Thing"), "modeling.py": "x"})
    resolve(hub, tmp_path, "me/custom")

    folder = resolve(hub, tmp_path, "me/custom", trust_remote_code=True)

    assert (folder / "modeling.py").is_file()


def test_branches_tags_and_commits_are_followed(hub, tmp_path):
    main = hub.add("sentence-transformers/mini", WHOLE)
    branch = hub.add("sentence-transformers/mini", {**WHOLE, "README.md": "b"}, revision="experiment")

    found = [resolve(hub, tmp_path, revision=each).name for each in (None, "experiment", branch, branch[:8])]
    hub.requests.clear()
    again = [resolve(hub, tmp_path, revision=each).name for each in (None, "experiment", branch, branch[:8])]

    assert found == again == [main, branch, branch, branch]
    assert hub.requests == []


def test_a_missing_repository_is_named_with_its_address(hub, tmp_path):
    cache(tmp_path, WHOLE, repo="me/minilm")

    with pytest.raises(ModelNotFoundError, match=r"no model .*/me/minilmm that is open.*token=.*like it: me/minilm"):
        resolve(hub, tmp_path, "me/minilmm")


def test_a_missing_revision_is_named(hub, tmp_path):
    hub.add("sentence-transformers/mini", WHOLE)

    with pytest.raises(ModelNotFoundError, match=r"has no revision 'v9'"):
        resolve(hub, tmp_path, revision="v9")


def test_a_gated_repository_says_what_to_do(hub, tmp_path):
    hub.add("me/gated", WHOLE)
    hub.gated.add("me/gated")

    with pytest.raises(ModelNotFoundError, match=r"accept its terms.*Fix: accept them on that page, then pass token="):
        resolve(hub, tmp_path, "me/gated")


def test_no_network_is_told_from_no_model(tmp_path):
    with pytest.raises(ModelNotFoundError, match=r"the hub cannot be reached.*check the network"):
        resolve_folder("me/model", cache_folder=str(tmp_path), endpoint="http://127.0.0.1:9")


def test_a_broken_hub_is_an_error_of_ours(hub, tmp_path):
    hub.broken = True

    with pytest.raises(ModelNotFoundError, match=r"503|cannot be reached"):
        resolve(hub, tmp_path)


def test_without_network_a_copy_that_may_lack_settings_is_used_with_a_warning(tmp_path, caplog):
    files = {name: content for name, content in WHOLE.items() if name != "config_sentence_transformers.json"}
    snapshot = cache(tmp_path, files)

    found = resolve_folder("mini", cache_folder=str(tmp_path), endpoint="http://127.0.0.1:9")

    assert found == snapshot
    assert "using the cached copy" in caplog.text


def test_a_cache_that_cannot_be_written_is_an_output_error(hub, tmp_path):
    hub.add("sentence-transformers/mini", WHOLE)
    (tmp_path / "cache").write_text("a file where the cache should be")

    with pytest.raises(OutputError, match=r"cannot be stored in the cache"):
        resolve(hub, tmp_path / "cache")


def test_a_hostile_modules_file_on_the_hub_downloads_nothing_outside(hub, tmp_path):
    evil = json.dumps([{"path": "../../x", "type": "sentence_transformers.models.Dense"}])
    hub.add("me/evil", {**WHOLE, "modules.json": evil})

    with pytest.raises(CheckpointError, match=r"leads out of the model folder"):
        resolve(hub, tmp_path, "me/evil")


def test_one_file_is_downloaded_alone(hub, tmp_path):
    hub.add("me/model", WHOLE)
    repository = Repository("me/model", "main", tmp_path, endpoint=hub.endpoint)

    path = repository.fetch_file("config.json")

    assert path.read_text() == "{}"
    assert repository.fetch_file("nothing.json") is None
    assert tree(path.parent) == ["config.json"]
