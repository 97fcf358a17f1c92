"""From a folder to a model: what is accepted, and what is refused with which words."""

import json
import logging
import pickle

import pytest

from likewise import SentenceTransformer
from likewise.errors import (
    CheckpointError,
    ConfigError,
    MissingWeightsError,
    ModelNotFoundError,
    UnsafePathError,
    UntrustedCodeError,
)


@pytest.fixture
def folder(toy_bert_folder, tmp_path):
    return toy_bert_folder(tmp_path / "model")


def load(folder, **arguments):
    return SentenceTransformer(folder, device="cpu", **arguments)


def edit(path, **changes):
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, **changes}))


def set_modules(folder, *, at=1, **changes):
    modules = json.loads((folder / "modules.json").read_text())
    modules[at].update(changes)
    (folder / "modules.json").write_text(json.dumps(modules))


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (open, (str(self.marker), "w"))


def test_unknown_name_offline_says_where_it_looked(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    with pytest.raises(ModelNotFoundError, match="no-such-model"):
        load("no-such-model-anywhere", cache_folder=str(tmp_path), local_files_only=True)


def test_plain_transformers_folder_gets_mean_pooling_and_says_so_once(toy_bert_folder, tmp_path, caplog):
    folder = toy_bert_folder(tmp_path / "plain", plain=True)

    with caplog.at_level(logging.WARNING):
        model = load(folder)

    assert model[1].get_pooling_mode_str() == "mean"
    assert caplog.text.count("mean pooling") == 1
    assert model.encode(["a cat"]).shape == (1, 16)


def test_folder_that_is_no_model(tmp_path):
    with pytest.raises(CheckpointError, match=r"neither modules.json nor config.json"):
        load(tmp_path)


def test_folder_without_weights(folder):
    (folder / "model.safetensors").unlink()

    with pytest.raises(MissingWeightsError, match="no weights"):
        load(folder)


@pytest.mark.parametrize("size", [0, 4, 100, -1])
def test_weights_cut_short(folder, size):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:size])

    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        load(folder)


def test_pickle_with_code_is_refused_and_not_run(folder, tmp_path):
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"weight": Bomb(tmp_path / "marker")}))

    with pytest.raises(CheckpointError, match=r"pytorch_model\.bin"):
        load(folder)
    assert not (tmp_path / "marker").exists()


@pytest.mark.parametrize("name", ["os.system", "custom.Module", "torch.nn.Linear"])
def test_foreign_code_is_refused_without_trust(folder, tmp_path, name):
    (folder / "custom.py").write_text(f"open({str(tmp_path / 'marker')!r}, 'w')\nclass Module: pass\n")
    set_modules(folder, type=name)

    with pytest.raises(UntrustedCodeError, match=name):
        load(folder)
    assert not (tmp_path / "marker").exists()


@pytest.mark.parametrize("trust", [False, True])
@pytest.mark.parametrize("path", ["/etc", "../other", "1_Pooling/../../x", "..", "C:\\x"])
def test_paths_out_of_the_folder_are_refused_even_with_trust(folder, path, trust):
    set_modules(folder, path=path)

    with pytest.raises(UnsafePathError, match="leads out of the model folder"):
        load(folder, trust_remote_code=trust)


def test_link_out_of_the_folder_is_refused(folder, tmp_path):
    (tmp_path / "secret.json").write_text("{}")
    (folder / "1_Pooling" / "config.json").unlink()
    (folder / "1_Pooling" / "config.json").symlink_to(tmp_path / "secret.json")

    with pytest.raises(UnsafePathError, match="outside the model folder"):
        load(folder)


def test_file_cannot_grant_trust(folder, tmp_path):
    (folder / "custom.py").write_text(f"open({str(tmp_path / 'marker')!r}, 'w')\n")
    edit(folder / "sentence_bert_config.json", model_args={"trust_remote_code": True})
    edit(folder / "config.json", auto_map={"AutoModel": "custom.Model"})

    assert load(folder).encode("a cat").shape == (16,)
    edit(folder / "config.json", model_type="one_of_a_kind")
    with pytest.raises(UntrustedCodeError):
        load(folder)
    assert not (tmp_path / "marker").exists()


def test_reserved_name_that_is_none_of_ours(folder):
    set_modules(folder, type="sentence_transformers.evil.Thing")

    with pytest.raises(CheckpointError, match=r"no module 'sentence_transformers.evil.Thing'.*'Pooling'"):
        load(folder, trust_remote_code=True)


def test_unknown_similarity_pooling_mode_and_backend(folder):
    with pytest.raises(ValueError, match="cosin"):
        load(folder, similarity_fn_name="cosin")
    with pytest.raises(ConfigError, match="onnx"):
        load(folder, backend="onnx")
    edit(folder / "1_Pooling" / "config.json", pooling_mode="men")
    with pytest.raises(CheckpointError, match="men"):
        load(folder)


def test_unknown_default_prompt(folder):
    with pytest.raises(ValueError, match="unknown prompt_name 'q'"):
        load(folder, default_prompt_name="q")


def test_name_and_modules_together(folder):
    with pytest.raises(ConfigError, match="both"):
        SentenceTransformer(folder, modules=[])


def test_tokenizer_arguments_in_both_spellings(folder):
    with pytest.raises(ValueError, match="both tokenizer_kwargs and processor_kwargs"):
        load(folder, tokenizer_kwargs={"a": 1}, processor_kwargs={"a": 1})


@pytest.mark.parametrize(
    "prefix",
    [
        "sentence_transformers.models.",
        "sentence_transformers.sentence_transformer.modules.pooling.",
        "likewise.models.",
    ],
)
def test_every_spelling_of_a_type(folder, prefix):
    set_modules(folder, type=f"{prefix}Pooling")

    assert type(load(folder)[1]).__name__ == "Pooling"


def test_layout_of_the_first_versions(toy_bert_folder, tmp_path):
    """Until version 2 the first module had a folder of its own, and the root a config.json of one key."""
    folder = tmp_path / "old"
    toy_bert_folder(folder / "0_Transformer", plain=True)
    (folder / "0_Transformer" / "sentence_bert_config.json").write_text(
        '{"max_seq_length": 20, "do_lower_case": false}'
    )
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"word_embedding_dimension": 16}')
    (folder / "config.json").write_text('{"__version__": "0.2.5"}')
    types = {"0_Transformer": "sentence_transformers.models.BERT", "1_Pooling": "sentence_transformers.models.Pooling"}
    entries = [
        {"idx": at, "name": str(at), "path": path, "type": kind} for at, (path, kind) in enumerate(types.items())
    ]
    (folder / "modules.json").write_text(json.dumps(entries))

    model = load(folder)

    assert model.max_seq_length == 20
    assert model.encode(["a cat"]).shape == (1, 16)


def test_missing_normalize_folder(toy_bert_folder, tmp_path):
    folder = toy_bert_folder(tmp_path / "model", normalize=True)

    assert not (folder / "2_Normalize").exists()
    assert load(folder).encode("a cat") @ load(folder).encode("a cat") == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("family", "kind", "task"),
    [
        ("SparseEncoder", "sentence_transformers.sparse_encoder.models.MLMTransformer", "fill-mask"),
        ("CrossEncoder", "sentence_transformers.base.modules.transformer.Transformer", "sequence-classification"),
    ],
)
def test_of_another_family_the_body_is_used_and_that_is_said(folder, caplog, family, kind, task):
    edit(folder / "config_sentence_transformers.json", model_type=family, prompts={"q": "x"})
    edit(folder / "sentence_bert_config.json", transformer_task=task)
    set_modules(folder, at=0, type=kind)
    set_modules(folder, at=1, type="sentence_transformers.sparse_encoder.models.SpladePooling")

    with caplog.at_level(logging.WARNING):
        model = load(folder)

    assert f"was saved as a {family}" in caplog.text
    assert [type(module).__name__ for module in model] == ["Transformer", "Pooling"]
    assert "q" not in model.prompts
    assert model.encode("a cat").shape == (16,)


def test_of_another_family_without_a_body(folder):
    edit(folder / "config_sentence_transformers.json", model_type="SparseEncoder")
    set_modules(folder, at=0, type="sentence_transformers.sparse_encoder.models.SparseStaticEmbedding")

    with pytest.raises(CheckpointError, match="another family without a transformer body"):
        load(folder)
