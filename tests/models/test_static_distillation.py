"""from_distillation against a naive re-derivation with the transformers library, and its settings."""

import logging

import numpy as np
import pytest
import torch
from scipy.stats import pearsonr

from likewise.errors import ConfigError, ModelNotFoundError
from likewise.models import StaticEmbedding
from likewise.models.static_distillation import Distillation, principal_components, rank_weights


@pytest.fixture(scope="module")
def teacher(tmp_path_factory, toy_bert_folder):
    return toy_bert_folder(tmp_path_factory.mktemp("teacher") / "full", dimension=16)


@pytest.fixture(scope="module")
def reference(teacher):
    """Every token through transformers alone, one by one: {token: mean over [CLS] token [SEP]}."""
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(teacher), AutoModel.from_pretrained(teacher).eval()
    rows = {}
    with torch.no_grad():
        for token, at in tokenizer.get_vocab().items():
            ids = torch.tensor([[tokenizer.cls_token_id, at, tokenizer.sep_token_id]])
            rows[token] = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0].mean(0)
    return rows


def plain(**settings) -> dict:
    return {"pca_dims": None, "apply_zipf": False, **settings}


def test_rows_are_the_mean_over_the_token_and_its_special_tokens(teacher, reference):
    static = StaticEmbedding.from_distillation(str(teacher), **plain(batch_size=7))

    vocab = static.tokenizer.get_vocab()
    assert set(vocab) == set(reference)
    for token, at in vocab.items():
        assert torch.allclose(static.embedding.weight[at], reference[token], atol=1e-5), token


def test_a_plain_transformers_folder_is_a_teacher_too(tmp_path, toy_bert_folder, teacher):
    folder = toy_bert_folder(tmp_path / "plain", dimension=16, plain=True)

    one = StaticEmbedding.from_distillation(str(folder), **plain())
    other = StaticEmbedding.from_distillation(str(teacher), **plain())

    assert torch.equal(one.embedding.weight, other.embedding.weight)


def test_a_sentence_embedding_is_the_mean_of_its_tokens_rows(teacher, reference):
    static = StaticEmbedding.from_distillation(str(teacher), **plain())

    embedding = static(static.tokenize(["the cat sat"]))["sentence_embedding"][0]

    assert torch.allclose(embedding, (reference["the"] + reference["cat"] + reference["sat"]) / 3, atol=1e-5)


def test_zipf_weighting_is_log_of_one_plus_rank(teacher):
    bare = StaticEmbedding.from_distillation(str(teacher), **plain()).embedding.weight
    weighted = StaticEmbedding.from_distillation(str(teacher), **plain(apply_zipf=True)).embedding.weight

    factors = torch.tensor(np.log(1 + np.arange(1, len(bare) + 1)), dtype=torch.float32)
    assert torch.allclose(weighted, bare * factors[:, None], atol=1e-5)


def test_sif_weighting(teacher):
    bare = StaticEmbedding.from_distillation(str(teacher), **plain()).embedding.weight
    weighted = StaticEmbedding.from_distillation(str(teacher), **plain(sif_coefficient=1e-3)).embedding.weight

    rank = np.arange(1, len(bare) + 1)
    frequency = 1 / rank / (1 / rank).sum()
    factors = torch.tensor(1e-3 / (1e-3 + frequency), dtype=torch.float32)
    assert torch.allclose(weighted, bare * factors[:, None], atol=1e-5)


def test_words_are_embedded_whole_and_added(teacher):
    from transformers import AutoModel, AutoTokenizer

    static = StaticEmbedding.from_distillation(str(teacher), vocabulary=["catfox", "dog"], **plain())

    tokenizer, model = AutoTokenizer.from_pretrained(teacher), AutoModel.from_pretrained(teacher).eval()
    expected = model(**tokenizer("catfox", return_tensors="pt")).last_hidden_state[0].mean(0)
    at = static.tokenizer.token_to_id("catfox")
    assert at == len(static.embedding.weight) - 1
    assert torch.allclose(static.embedding.weight[at], expected, atol=1e-5)
    assert static.tokenize(["the catfox"])["input_ids"].tolist() == [static.tokenizer.token_to_id("the"), at]


def test_words_alone(teacher):
    static = StaticEmbedding.from_distillation(str(teacher), vocabulary=["catfox", "dog"], use_subword=False, **plain())

    assert static.tokenizer.get_vocab_size() == len(static.embedding.weight) == 3


def test_the_result_is_the_same_every_time(teacher):
    one, other = (StaticEmbedding.from_distillation(str(teacher), pca_dims=8, batch_size=at) for at in (1024, 5))

    assert one.embedding.weight.shape[1] == 8
    assert torch.allclose(one.embedding.weight, other.embedding.weight, atol=1e-4)


def test_it_can_be_saved_and_loaded(teacher, tmp_path):
    static = StaticEmbedding.from_distillation(str(teacher), pca_dims=4)
    static.save(str(tmp_path))

    loaded = StaticEmbedding.load(str(tmp_path))

    assert torch.equal(loaded.embedding.weight, static.embedding.weight)
    assert static.base_model == str(teacher)


def test_principal_components_against_scikit_learn():
    from sklearn.decomposition import PCA

    table = torch.randn(60, 7, generator=torch.Generator().manual_seed(0)) * torch.arange(1, 8)

    ours = principal_components(table, 3).numpy()

    theirs = PCA(3).fit_transform(table.numpy())
    assert [round(abs(pearsonr(ours[:, at], theirs[:, at]).statistic), 5) for at in range(3)] == [1.0, 1.0, 1.0]
    assert np.allclose(np.abs(ours), np.abs(theirs), atol=1e-3)


def test_more_components_than_the_teacher_has_is_said(caplog):
    with caplog.at_level(logging.WARNING):
        projected = principal_components(torch.eye(4), 9)

    assert projected.shape == (4, 4)
    assert "pca_dims=9" in caplog.text


def test_rank_weights_fall_for_frequent_tokens():
    for settings in (Distillation(), Distillation(sif_coefficient=1e-4)):
        weights = rank_weights(50, settings)
        assert (weights.diff() > 0).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pca_dims": 0}, "pca_dims=0"),
        ({"sif_coefficient": 1.5}, "sif_coefficient=1.5"),
        ({"use_subword": False}, "use_subword=False without a vocabulary"),
    ],
)
def test_settings_that_make_no_sense(settings, message):
    with pytest.raises(ConfigError, match=message):
        StaticEmbedding.from_distillation("any", **settings)


def test_a_teacher_that_does_not_exist():
    with pytest.raises(ModelNotFoundError):
        StaticEmbedding.from_distillation("no/such-teacher", local_files_only=True)


def test_a_static_model_is_no_teacher(teacher, tmp_path):
    import json

    StaticEmbedding.from_distillation(str(teacher), pca_dims=4).save(str(tmp_path))
    entry = {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"}
    (tmp_path / "modules.json").write_text(json.dumps([entry]))

    with pytest.raises(ConfigError, match="the first module is a"):
        StaticEmbedding.from_distillation(str(tmp_path))
