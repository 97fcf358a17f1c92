"""Folders of re-rankers: every form that is read, what is written, what is refused."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from likewise import CrossEncoder, CrossEncoderModelCardData, SentenceTransformer
from likewise.errors import CheckpointError, ModelNotFoundError, OutputError, UntrustedCodeError

PAIRS = [("a cat", "the dog sat on a mat"), ("hello", "world"), ("red fox", "")]
TANH = "torch.nn.modules.activation.Tanh"


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def change(path, **values):
    path.write_text(json.dumps({**read(path), **values}), encoding="utf-8")


def modular(folder, **settings):
    """Turn a plain folder into one as 5.4 and later write it."""
    kind = "sentence_transformers.base.modules.transformer.Transformer"
    (folder / "modules.json").write_text(json.dumps([{"idx": 0, "name": "0", "path": "", "type": kind}]))
    task = {"transformer_task": "sequence-classification", "module_output_name": "scores"}
    (folder / "sentence_bert_config.json").write_text(json.dumps(task))
    whole = {"model_type": "CrossEncoder", "prompts": {}, "default_prompt_name": None, **settings}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(whole))
    return folder


@pytest.mark.parametrize(
    ("place", "values"),
    [
        ("config.json", {"sbert_ce_default_activation_function": TANH}),
        ("config.json", {"sentence_transformers": {"activation_fn": TANH, "version": "4.1.0"}}),
        ("config_sentence_transformers.json", {"activation_fn": TANH}),
    ],
    ids=["2 to 3.4", "4.0 to 5.3", "5.4 on"],
)
def test_the_activation_is_read_where_each_version_wrote_it(toy_classifier_folder, tmp_path, place, values):
    folder = toy_classifier_folder(tmp_path)
    if place != "config.json":
        modular(folder)
    change(folder / place, **values)

    model = CrossEncoder(folder, device="cpu")

    assert isinstance(model.activation_fn, nn.Tanh)


def test_the_newest_place_counts(toy_classifier_folder, tmp_path):
    folder = modular(toy_classifier_folder(tmp_path), activation_fn="torch.nn.modules.linear.Identity")
    change(folder / "config.json", sbert_ce_default_activation_function=TANH)

    assert isinstance(CrossEncoder(folder, device="cpu").activation_fn, nn.Identity)


def test_without_one_it_depends_on_the_labels(ranker_folder, sorter_folder):
    assert isinstance(CrossEncoder(ranker_folder, device="cpu").activation_fn, nn.Sigmoid)
    assert isinstance(CrossEncoder(sorter_folder, device="cpu").activation_fn, nn.Identity)


@pytest.mark.parametrize("path", ["os.system", "torch.hub.load", "likewise.errors.InputError"])
def test_a_folder_cannot_name_other_code(toy_classifier_folder, tmp_path, path):
    folder = toy_classifier_folder(tmp_path)
    change(folder / "config.json", sbert_ce_default_activation_function=path)

    with pytest.raises(UntrustedCodeError, match=path):
        CrossEncoder(folder, device="cpu")
    assert isinstance(CrossEncoder(folder, device="cpu", activation_fn=nn.Tanh()).activation_fn, nn.Tanh)


def test_an_activation_of_the_wrong_kind_is_refused(toy_classifier_folder, tmp_path):
    folder = toy_classifier_folder(tmp_path)
    change(folder / "config.json", sentence_transformers={"activation_fn": 3})

    with pytest.raises(CheckpointError, match="'activation_fn' is 3"):
        CrossEncoder(folder, device="cpu")


def test_modular_folders_have_prompts(toy_classifier_folder, tmp_path):
    folder = modular(toy_classifier_folder(tmp_path), prompts={"q": "query : "}, default_prompt_name="q")

    model = CrossEncoder(folder, device="cpu", prompts={"d": "document : "})

    assert model.prompts == {"q": "query : ", "d": "document : "}
    assert model.default_prompt_name == "q"


def test_a_saved_model_gives_the_same_scores(toy_classifier_folder, tmp_path):
    model = CrossEncoder(
        toy_classifier_folder(tmp_path / "a", labels=2),
        max_length=20,
        device="cpu",
        activation_fn=nn.Tanh(),
        prompts={"q": "query : "},
        default_prompt_name="q",
    )

    model.save(tmp_path / "b")
    again = CrossEncoder(tmp_path / "b", device="cpu")

    np.testing.assert_array_equal(again.predict(PAIRS), model.predict(PAIRS))
    assert isinstance(again.activation_fn, nn.Tanh)
    assert again.max_length == 20
    assert (again.prompts, again.default_prompt_name) == ({"q": "query : "}, "q")


def test_what_is_written_is_read_by_every_version(ranker_folder, tmp_path):
    CrossEncoder(ranker_folder, max_length=30, device="cpu", activation_fn=nn.Tanh()).save_pretrained(tmp_path / "b")

    body, general = read(tmp_path / "b/config.json"), read(tmp_path / "b/config_sentence_transformers.json")
    assert body["sbert_ce_default_activation_function"] == TANH
    assert body["sentence_transformers"]["activation_fn"] == TANH
    assert body["architectures"] == ["BertForSequenceClassification"]
    assert general["activation_fn"] == TANH
    assert general["model_type"] == "CrossEncoder"
    assert "similarity_fn_name" not in general
    assert read(tmp_path / "b/modules.json")[0]["type"] == "sentence_transformers.models.Transformer"
    assert read(tmp_path / "b/sentence_bert_config.json")["transformer_task"] == "sequence-classification"
    assert read(tmp_path / "b/tokenizer_config.json")["model_max_length"] == 30


def test_saving_over_the_folder_that_it_came_from(toy_classifier_folder, tmp_path):
    model = CrossEncoder(toy_classifier_folder(tmp_path / "a"), device="cpu")
    before = model.predict(PAIRS)

    model.save(tmp_path / "a")

    np.testing.assert_array_equal(model.predict(PAIRS), before)
    np.testing.assert_array_equal(CrossEncoder(tmp_path / "a", device="cpu").predict(PAIRS), before)


def test_a_failed_save_leaves_the_old_folder(toy_classifier_folder, tmp_path, monkeypatch):
    model = CrossEncoder(toy_classifier_folder(tmp_path / "a"), device="cpu")
    model.save(tmp_path / "a")
    names = sorted(path.name for path in (tmp_path / "a").iterdir())

    def fail(self, folder):
        raise OSError("the disk is full")

    monkeypatch.setattr("likewise.cross_encoder.settings.CrossEncoderSettings.write", fail)
    with pytest.raises(OSError, match="disk is full"):
        model.save(tmp_path / "a")

    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == names
    assert CrossEncoder(tmp_path / "a", device="cpu").predict(PAIRS).shape == (3,)
    assert issubclass(OutputError, OSError)


def test_a_changed_model_is_saved_as_it_is_now(ranker_folder, tmp_path):
    model = CrossEncoder(ranker_folder, device="cpu")
    before = model.predict(PAIRS, activation_fn=nn.Identity())

    with torch.no_grad():
        model.model.classifier.bias += 1.0
    model.save(tmp_path / "b")

    after = CrossEncoder(tmp_path / "b", device="cpu").predict(PAIRS, activation_fn=nn.Identity())
    np.testing.assert_allclose(after, before + 1.0, atol=1e-5)


def test_pickled_weights(ranker_folder, tmp_path):
    model = CrossEncoder(ranker_folder, device="cpu")

    model.save(tmp_path / "b", safe_serialization=False)

    assert (tmp_path / "b/pytorch_model.bin").is_file()
    assert not (tmp_path / "b/model.safetensors").exists()
    np.testing.assert_allclose(
        CrossEncoder(tmp_path / "b", device="cpu").predict(PAIRS), model.predict(PAIRS), atol=1e-6
    )


def test_a_function_as_activation_is_not_saved_and_that_is_said(ranker_folder, tmp_path, caplog):
    model = CrossEncoder(ranker_folder, device="cpu", activation_fn=torch.tanh)

    model.save(tmp_path / "b")

    assert "is not saved" in caplog.text
    assert isinstance(CrossEncoder(tmp_path / "b", device="cpu").activation_fn, nn.Sigmoid)


@pytest.mark.parametrize("kind", ["deberta-v2", "roberta"])
def test_models_of_transformers_are_saved_as_well(toy_classifier_folder, tmp_path, kind):
    model = CrossEncoder(toy_classifier_folder(tmp_path / "a", kind), device="cpu")
    assert type(model.model).__name__.endswith("ForSequenceClassification")

    model.save(tmp_path / "b")

    again = CrossEncoder(tmp_path / "b", device="cpu")
    np.testing.assert_allclose(again.predict(PAIRS), model.predict(PAIRS), atol=1e-6)


def test_a_new_head_on_an_embedding_model(toy_bert_folder, tmp_path, caplog):
    folder = toy_bert_folder(tmp_path / "a", max_seq_length=20)

    model = CrossEncoder(folder, num_labels=2, device="cpu")

    assert "was saved as a SentenceTransformer" in caplog.text
    assert "new and random" in caplog.text
    assert model.predict(PAIRS).shape == (3, 2)
    assert model.max_length == 20


def test_an_embedding_model_from_a_re_ranker(ranker_folder, tmp_path):
    CrossEncoder(ranker_folder, device="cpu").save(tmp_path / "b")

    assert SentenceTransformer(str(tmp_path / "b"), device="cpu").encode(["a cat"]).shape == (1, 16)


def test_folders_that_are_no_models(tmp_path):
    with pytest.raises(ModelNotFoundError):
        CrossEncoder(tmp_path / "nowhere", device="cpu")
    with pytest.raises(CheckpointError, match=r"neither modules\.json nor config\.json"):
        CrossEncoder(tmp_path, device="cpu")


def test_an_architecture_without_a_classification_model(tmp_path):
    config = {"model_type": "clip_text_model", "architectures": ["CLIPTextModel"], "hidden_size": 8, "vocab_size": 9}
    config |= {"num_hidden_layers": 1, "num_attention_heads": 1, "max_position_embeddings": 8, "intermediate_size": 8}
    (tmp_path / "config.json").write_text(json.dumps(config))

    with pytest.raises(CheckpointError, match="no sequence classification model"):
        CrossEncoder(tmp_path, device="cpu")


@pytest.mark.parametrize(("folder", "pipeline"), [("ranker_folder", "text-ranking"), ("sorter_folder", "text-class")])
def test_the_readme_says_what_the_model_is(request, tmp_path, folder, pipeline):
    data = CrossEncoderModelCardData(license="mit", model_name="Mine", tags=["extra"])
    model = CrossEncoder(request.getfixturevalue(folder), device="cpu", model_card_data=data)

    model.save(tmp_path / "b", model_name="me/mine", train_datasets=["pairs"])

    text = (tmp_path / "b/README.md").read_text(encoding="utf-8")
    assert f"pipeline_tag: {pipeline}" in text
    for expected in ("# Mine", "license: mit", "- cross-encoder", "- extra", 'CrossEncoder("me/mine")', "pairs"):
        assert expected in text
    assert ("- reranker" in text) is (pipeline == "text-ranking")
    assert ("model.rank" in text) is (pipeline == "text-ranking")


def test_the_readme_of_an_untrained_model_is_kept(toy_classifier_folder, tmp_path):
    folder = toy_classifier_folder(tmp_path / "a")
    (folder / "README.md").write_text("# Words of somebody\n", encoding="utf-8")

    CrossEncoder(folder, device="cpu").save(tmp_path / "b")

    assert (tmp_path / "b/README.md").read_text(encoding="utf-8") == "# Words of somebody\n"


def test_uploads(ranker_folder, monkeypatch):
    model, calls = CrossEncoder(ranker_folder, device="cpu"), []

    def push(folder, repo_id, **options):
        calls.append((sorted(path.name for path in folder.iterdir()), repo_id, options))
        return "address"

    monkeypatch.setattr("likewise.sentence_transformer.publishing.push_folder", push)

    assert model.push_to_hub("me/mine", tags=["tiny"], private=True) == "address"
    ((names, repo_id, options),) = calls
    assert {"config.json", "model.safetensors", "modules.json", "README.md"} <= set(names)
    assert repo_id == "me/mine"
    assert options["commit_message"] == "Add new CrossEncoder model"
    assert options["private"] is True
    assert model.model_card_data.tags == ["tiny"]
