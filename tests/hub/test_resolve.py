"""A model name to a local folder: paths, the cache first, the hub last."""

import importlib.resources
import json
import logging
import sys

import pytest
from hub_layouts import PLAIN, SHA, WHOLE, cache, modules

from likewise.errors import InputError, ModelNotFoundError
from likewise.hub.names import PLAIN_TRANSFORMERS, repository_id
from likewise.hub.resolve import resolve_folder

# --- local ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_network")
def test_a_folder_is_taken_before_anything_else(tmp_path, monkeypatch):
    (tmp_path / "all-MiniLM-L6-v2").mkdir()
    monkeypatch.chdir(tmp_path)

    assert resolve_folder("all-MiniLM-L6-v2").samefile(tmp_path / "all-MiniLM-L6-v2")
    assert resolve_folder(tmp_path) == tmp_path


def test_the_bundled_model_is_in_the_package(monkeypatch, tmp_path):
    (tmp_path / "assets" / "likewise-mini").mkdir(parents=True)
    monkeypatch.setattr(importlib.resources, "files", lambda package: tmp_path)

    assert resolve_folder("likewise-mini") == tmp_path / "assets" / "likewise-mini"


def test_a_package_without_the_bundled_model_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.resources, "files", lambda package: tmp_path)

    with pytest.raises(ModelNotFoundError, match=r"the bundled model is missing.*install likewise again"):
        resolve_folder("likewise-mini")


def test_a_file_is_no_model(tmp_path):
    (tmp_path / "model.safetensors").write_text("x")

    with pytest.raises(ModelNotFoundError, match=r"is a file.*the folder of a model"):
        resolve_folder(str(tmp_path / "model.safetensors"))


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("name", ["", "a\0b", "a\nb"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(ModelNotFoundError, match=r"the model name is"):
        resolve_folder(name)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "name", ["/no/such/folder", "./model", "../model", "a/b/c", "a\\b", "a--b", "x" * 97, "model.", "me/", "~/m", "a b"]
)
def test_a_path_that_is_not_there_is_never_looked_for_on_the_hub(name):
    with pytest.raises(ModelNotFoundError, match=r"there is no folder .*no name of a model on the hub"):
        resolve_folder(name)


def test_an_address_is_answered_with_the_id_to_pass():
    with pytest.raises(ModelNotFoundError, match=r"Fix: pass 'BAAI/bge-m3'"):
        resolve_folder("https://huggingface.co/BAAI/bge-m3/tree/main")


@pytest.mark.parametrize(
    "name", ["bert-base-uncased", "distilroberta-base", "xlm-roberta-base", "albert-base-v2", "t5-small"]
)
def test_old_transformers_names_are_used_as_they_are(name):
    assert repository_id(name) == name
    assert name in PLAIN_TRANSFORMERS


def test_other_bare_names_get_the_prefix():
    assert repository_id("all-MiniLM-L6-v2") == "sentence-transformers/all-MiniLM-L6-v2"
    assert repository_id("me/bert-base-uncased") == "me/bert-base-uncased"


# --- the cache first --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("revision", [None, "main", SHA, SHA[:7], SHA[:12]])
def test_a_complete_snapshot_is_used_without_the_network(tmp_path, revision, caplog):
    snapshot = cache(tmp_path, WHOLE)

    with caplog.at_level(logging.INFO, logger="likewise"):
        found = resolve_folder("mini", cache_folder=str(tmp_path), revision=revision)

    assert found == snapshot
    assert f"using the cached copy {snapshot}" in caplog.text


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("revision", ["v1.0", "refs/pr/3"])
def test_tags_and_pull_requests_are_found_in_the_cache(tmp_path, revision):
    (tmp_path / "models--sentence-transformers--mini" / "refs" / "refs" / "pr").mkdir(parents=True)
    snapshot = cache(tmp_path, WHOLE, revision=revision)

    assert resolve_folder("mini", cache_folder=str(tmp_path), revision=revision) == snapshot


@pytest.mark.usefixtures("no_network")
def test_the_environment_names_the_cache(tmp_path, monkeypatch):
    snapshot = cache(tmp_path, WHOLE)
    monkeypatch.setenv("SENTENCE_TRANSFORMERS_HOME", str(tmp_path))

    assert resolve_folder("mini") == snapshot


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "files",
    [
        {**WHOLE, "modules.json": modules("Transformer", "Pooling", "Dense"), "2_Dense/config.json": "{}",
         "2_Dense/pytorch_model.bin": "x"},
        {**{k: v for k, v in WHOLE.items() if k != "model.safetensors"}, "pytorch_model.bin": "x"},
        {**{k: v for k, v in WHOLE.items() if k != "model.safetensors"}, "adapter_config.json": "{}",
         "adapter_model.safetensors": "x"},
        {**{k: v for k, v in WHOLE.items() if k != "model.safetensors"},
         "model.safetensors.index.json": json.dumps({"weight_map": {"a": "model-00001-of-00001.safetensors"}}),
         "model-00001-of-00001.safetensors": "x"},
        {"modules.json": modules("StaticEmbedding"), "model.safetensors": "x", "tokenizer.json": "{}",
         "config_sentence_transformers.json": "{}"},
        {"modules.json": json.dumps([{"path": "0_Words", "type": "sentence_transformers.models.WordEmbeddings"}]),
         "0_Words/wordembedding_config.json": "{}", "0_Words/pytorch_model.bin": "x",
         "config_sentence_transformers.json": "{}"},
        {"modules.json": modules("Router"), "router_config.json": json.dumps(
            {"types": {"query_0_StaticEmbedding": "sentence_transformers.models.StaticEmbedding"}}),
         "query_0_StaticEmbedding/model.safetensors": "x", "query_0_StaticEmbedding/tokenizer.json": "{}",
         "config_sentence_transformers.json": "{}"},
    ],
    ids=["bin", "bin root", "adapter", "shards", "static", "words", "router"],
)  # fmt: skip
def test_every_kind_of_model_is_recognised_as_complete(tmp_path, files):
    snapshot = cache(tmp_path, files)

    assert resolve_folder("mini", cache_folder=str(tmp_path)) == snapshot


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("repo", ["bert-base-uncased", "me/plain"])
def test_a_plain_transformers_snapshot_is_complete(tmp_path, repo):
    absent = () if repo == "bert-base-uncased" else ("modules.json",)
    snapshot = cache(tmp_path, PLAIN, repo=repo, absent=absent)

    assert resolve_folder(repo, cache_folder=str(tmp_path)) == snapshot


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "lacking", ["modules.json", "config.json", "model.safetensors", "tokenizer.json", "1_Pooling/config.json"]
)
def test_offline_an_incomplete_snapshot_is_refused_with_what_it_lacks(tmp_path, lacking):
    cache(tmp_path, {name: content for name, content in WHOLE.items() if name != lacking})

    with pytest.raises(ModelNotFoundError, match=f"lacks {lacking}.*network is out of bounds"):
        resolve_folder("mini", cache_folder=str(tmp_path), local_files_only=True)


@pytest.mark.usefixtures("no_network")
def test_a_missing_shard_and_a_missing_inner_module_are_noticed(tmp_path):
    index = json.dumps(
        {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    )
    sharded = {**WHOLE, "model.safetensors.index.json": index, "model-00001-of-00002.safetensors": "x"}
    del sharded["model.safetensors"]
    cache(tmp_path / "a", sharded)
    types = {"types": {"query_0_StaticEmbedding": "sentence_transformers.models.StaticEmbedding"}}
    router = {"modules.json": modules("Router"), "router_config.json": json.dumps(types)}
    cache(tmp_path / "b", router)

    with pytest.raises(ModelNotFoundError, match=r"lacks model\.safetensors"):
        resolve_folder("mini", cache_folder=str(tmp_path / "a"), local_files_only=True)
    with pytest.raises(ModelNotFoundError, match=r"lacks query_0_StaticEmbedding/tokenizer\.json"):
        resolve_folder("mini", cache_folder=str(tmp_path / "b"), local_files_only=True)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("how", ["argument", "environment"])
def test_offline_a_snapshot_that_may_lack_settings_is_used(tmp_path, how, monkeypatch):
    files = {name: content for name, content in WHOLE.items() if name != "config_sentence_transformers.json"}
    snapshot = cache(tmp_path, files)
    if how == "environment":
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    assert resolve_folder("mini", cache_folder=str(tmp_path), local_files_only=how == "argument") == snapshot


@pytest.mark.usefixtures("no_network")
def test_an_unknown_name_offline_says_where_was_looked_and_what_is_like_it(tmp_path):
    cache(tmp_path, WHOLE, repo="sentence-transformers/all-MiniLM-L6-v2")

    with pytest.raises(ModelNotFoundError) as caught:
        resolve_folder("all-MiniLM-L6", cache_folder=str(tmp_path), local_files_only=True)

    text = str(caught.value)
    assert "'sentence-transformers/all-MiniLM-L6' is not in the cache" in text
    assert str(tmp_path) in text
    assert "with a name like it: sentence-transformers/all-MiniLM-L6-v2" in text
    assert "local_files_only" in text


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("content", ["{", "{}", '[{"path": "../x", "type": "a.b"}]', '[{"path": 1}]', "[1]"])
def test_a_damaged_cached_modules_file_is_left_to_the_loader_and_escapes_nowhere(tmp_path, content):
    snapshot = cache(tmp_path, {**WHOLE, "modules.json": content})

    assert resolve_folder("mini", cache_folder=str(tmp_path)) == snapshot


@pytest.mark.parametrize("revision", ["../../x", "/main", "", "a b", "a//b", "x" * 300])
def test_a_revision_that_is_none_is_refused(tmp_path, revision):
    with pytest.raises(InputError, match=r"revision="):
        resolve_folder("mini", cache_folder=str(tmp_path), revision=revision)


def test_resolving_needs_no_torch(tmp_path):
    import subprocess

    code = (
        "import sys; from likewise.hub.resolve import resolve_folder; import likewise.hub.lookup; "
        f"resolve_folder({str(tmp_path)!r}); assert not {{'torch', 'transformers'}} & set(sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
