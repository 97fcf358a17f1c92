"""Folders to sparse encoders and back, README included."""

import json

import pytest
import torch

from likewise import SentenceTransformer, SparseEncoder, SparseEncoderModelCardData
from likewise.errors import CheckpointError, ConfigError, MissingWeightsError, ModelNotFoundError
from likewise.models import MLMTransformer, Pooling, SparseAutoEncoder, SpladePooling, Transformer

TEXTS = ["a cat", "the dog sat on a mat"]


def test_saved_and_loaded(any_kind, tmp_path):
    any_kind.prompts["query"] = "query: "
    any_kind.similarity_fn_name = "cosine"
    any_kind.save(tmp_path / "saved")

    loaded = SparseEncoder(tmp_path / "saved", device="cpu")

    settings = json.loads((tmp_path / "saved" / "config_sentence_transformers.json").read_text())
    assert settings["model_type"] == "SparseEncoder"
    assert loaded.prompts == any_kind.prompts
    assert loaded.similarity_fn_name == "cosine"
    for name in ("encode", "encode_query", "encode_document"):
        torch.testing.assert_close(
            getattr(loaded, name)(TEXTS).to_dense(), getattr(any_kind, name)(TEXTS).to_dense(), atol=1e-6, rtol=1e-5
        )


@pytest.mark.parametrize("form", ["models", "modules"])
def test_types_of_every_version(splade, tmp_path, form):
    splade.save(tmp_path / "saved")
    file = tmp_path / "saved" / "modules.json"
    entries = json.loads(file.read_text())
    assert [entry["type"] for entry in entries] == [
        "sentence_transformers.sparse_encoder.models.MLMTransformer",
        "sentence_transformers.sparse_encoder.models.SpladePooling",
    ]
    if form == "modules":
        entries[0]["type"] = "sentence_transformers.base.modules.transformer.Transformer"
        entries[1]["type"] = "sentence_transformers.sparse_encoder.modules.splade_pooling.SpladePooling"
        settings = {"transformer_task": "fill-mask", "module_output_name": "token_embeddings"}
        settings["modality_config"] = {"text": {"method": "forward", "method_output_name": "logits"}}
        (tmp_path / "saved" / "sentence_bert_config.json").write_text(json.dumps(settings))
        file.write_text(json.dumps(entries))

    loaded = SparseEncoder(tmp_path / "saved", device="cpu")

    assert [type(module) for module in loaded] == [MLMTransformer, SpladePooling]
    torch.testing.assert_close(loaded.encode(TEXTS).to_dense(), splade.encode(TEXTS).to_dense())


def test_a_plain_checkpoint_gets_max_pooling(splade):
    assert [type(module) for module in splade] == [MLMTransformer, SpladePooling]
    assert splade[1].pooling_strategy == "max"
    assert splade[1].activation_function == "relu"
    assert splade[0].how_it_runs().encoder is not None


def test_a_dense_model_gets_a_new_autoencoder_and_a_warning(toy_bert_folder, tmp_path, caplog):
    model = SparseEncoder(toy_bert_folder(tmp_path / "dense"), device="cpu")

    assert [type(module) for module in model] == [Transformer, Pooling, SparseAutoEncoder]
    assert "before training" in caplog.text
    assert model.encode(TEXTS).shape == (2, 64)


def test_a_dense_model_opens_the_body_of_a_sparse_one(splade, tmp_path, caplog):
    splade.save(tmp_path / "saved")

    model = SentenceTransformer(tmp_path / "saved", device="cpu")

    assert "SparseEncoder" in caplog.text
    assert model.encode(TEXTS).shape == (2, 16)


def test_what_is_no_sparse_encoder(toy_bert_folder, tmp_path):
    with pytest.raises(MissingWeightsError, match="masked-language-model head"):
        SparseEncoder(toy_bert_folder(tmp_path / "plain", plain=True))
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckpointError, match="neither"):
        SparseEncoder(tmp_path / "empty")
    with pytest.raises(ModelNotFoundError):
        SparseEncoder(tmp_path / "absent")
    with pytest.raises(ConfigError, match="both"):
        SparseEncoder(tmp_path, modules=[])


@pytest.mark.parametrize(
    ("kind", "tags"),
    [("splade", ["splade"]), ("inference_free", ["asymmetric", "inference-free", "splade"]), ("csr", ["csr"])],
)
def test_the_readme(request, kind, tags, tmp_path):
    model = request.getfixturevalue(kind)
    model.model_card_data = SparseEncoderModelCardData(license="mit", tags="mine")
    model.save(tmp_path / "saved", model_name="me/model")

    text = (tmp_path / "saved" / "README.md").read_text()

    header = text.split("---")[1]
    assert all(f"\n- {tag}\n" in header for tag in ["sentence-transformers", "sparse-encoder", "sparse", *tags, "mine"])
    assert not any(f"\n- {tag}\n" in header for tag in {"splade", "csr", "asymmetric"} - set(tags))
    assert "pipeline_tag: feature-extraction" in text
    assert 'SparseEncoder("me/model")' in text
    again = SparseEncoder(tmp_path / "saved", device="cpu")
    again.save(tmp_path / "again")
    assert (tmp_path / "again" / "README.md").read_text() == text


def test_pushed_as_what_it_is(splade, monkeypatch):
    seen = {}

    def push(folder, repo_id, **options):
        seen.update(options, repo_id=repo_id, files={path.name for path in folder.iterdir()})
        return "address"

    monkeypatch.setattr("likewise.sentence_transformer.publishing.push_folder", push)

    assert splade.push_to_hub("me/mine", private=True) == "address"

    assert seen["repo_id"] == "me/mine"
    assert seen["commit_message"] == "Add new SparseEncoder model"
    assert {"modules.json", "1_SpladePooling", "README.md"} <= seen["files"]
    assert seen["private"] is True
    splade.push_to_hub("me/mine", commit_message="mine")
    assert seen["commit_message"] == "mine"


def test_the_usage_in_the_readme_runs(splade, tmp_path):
    splade.save(tmp_path / "saved", model_name=str(tmp_path / "saved"))
    text = (tmp_path / "saved" / "README.md").read_text()
    code = text.split("```python\n")[1].split("```")[0]

    scope = {}
    exec(code, scope)  # noqa: S102 - our own text

    assert scope["documents"].shape == (2, splade.get_embedding_dimension())
