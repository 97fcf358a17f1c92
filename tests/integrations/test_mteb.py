"""mteb evaluates our models on local tasks, and finds what our own evaluators find."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

mteb = pytest.importorskip("mteb", reason="extra mteb")

from datasets import Dataset, DatasetDict  # noqa: E402
from mteb.cache import ResultCache  # noqa: E402

from likewise import SentenceTransformer, evaluation, models  # noqa: E402
from likewise.errors import ConfigError, InputError  # noqa: E402
from likewise.integrations.mteb import MtebEncoder  # noqa: E402

WORDS = ["cat", "dog", "fish", "mat", "car", "tree", "river", "stone", "rain", "song", "king", "city", "book"]
FACTS = {
    "description": "Rows made by a test.",
    "reference": None,
    "dataset": {"path": "local/rows", "revision": "1"},
    "category": "t2t",
    "modalities": ["text"],
    "eval_splits": ["test"],
    "eval_langs": ["eng-Latn"],
    "date": ("2024-01-01", "2024-01-02"),
    "domains": ["Written"],
    "task_subtypes": [],
    "license": "cc0-1.0",
    "annotations_creators": "derived",
    "dialect": [],
    "sample_creation": "created",
    "bibtex_citation": "",
}


def sentences(count, seed):
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(WORDS, random.integers(3, 9))) for _ in range(count)]


@pytest.fixture(scope="module")
def pairs():
    random = np.random.default_rng(2)
    return sentences(60, 0), sentences(60, 1), (random.random(60) * 5).round(2).tolist()


@pytest.fixture(scope="module")
def sts_task(pairs):
    class LocalSTS(mteb.abstasks.AbsTaskSTS):
        metadata = mteb.TaskMetadata(name="LocalSTS", type="STS", main_score="cosine_spearman", **FACTS)

        def load_data(self, **kwargs):
            rows = dict(zip(("sentence1", "sentence2", "score"), pairs, strict=True))
            self.dataset = DatasetDict({"test": Dataset.from_dict(rows)})
            self.data_loaded = True

    return LocalSTS


@pytest.fixture(scope="module")
def collection():
    random = np.random.default_rng(5)
    queries = {f"q{at}": text for at, text in enumerate(sentences(12, 3))}
    corpus = {f"d{at}": text for at, text in enumerate(dict.fromkeys(sentences(80, 4)))}
    relevant = {query: set(random.choice(list(corpus), 4, replace=False).tolist()) for query in queries}
    return queries, corpus, relevant


@pytest.fixture(scope="module")
def retrieval_task(collection):
    class LocalRetrieval(mteb.abstasks.AbsTaskRetrieval):
        metadata = mteb.TaskMetadata(name="LocalRetrieval", type="Retrieval", main_score="ndcg_at_10", **FACTS)

        def load_data(self, **kwargs):
            queries, corpus, relevant = collection
            rows = [[{"id": name, "text": text} for name, text in side.items()] for side in (queries, corpus)]
            self.dataset = {
                "default": {
                    "test": {
                        "queries": Dataset.from_list(rows[0]),
                        "corpus": Dataset.from_list([{**row, "title": ""} for row in rows[1]]),
                        "relevant_docs": {query: dict.fromkeys(ids, 1) for query, ids in relevant.items()},
                        "top_ranked": None,
                    }
                }
            }
            self.data_loaded = True

    return LocalRetrieval


@pytest.fixture
def model():
    return SentenceTransformer("likewise-mini", device="cpu")


def scores(encoder, task, **kwargs):
    options = {"cache": None, "show_progress_bar": False, **kwargs}
    return mteb.evaluate(encoder, task(), **options).task_results[0].scores["test"][0]


@pytest.mark.parametrize("function", ["cosine", "dot", "euclidean", "manhattan"])
def test_an_sts_task_gives_what_our_evaluator_gives(model, pairs, sts_task, function):
    model.similarity_fn_name = function

    found = scores(MtebEncoder(model), sts_task)

    ours = evaluation.EmbeddingSimilarityEvaluator(*pairs)(model)
    assert found["spearman"] == pytest.approx(ours[f"spearman_{function}"], abs=1e-6)
    assert found["pearson"] == pytest.approx(ours[f"pearson_{function}"], abs=1e-6)


@pytest.mark.parametrize("prompts", [{}, {"query": "find the king: ", "document": "stone: "}])
def test_a_retrieval_task_gives_what_our_evaluator_gives(model, collection, retrieval_task, prompts):
    model.prompts.update(prompts)

    found = scores(MtebEncoder(model), retrieval_task)

    ours = evaluation.InformationRetrievalEvaluator(*collection)(model)
    for theirs, metric in {"ndcg_at_10": "ndcg@10", "recall_at_5": "recall@5", "map_at_100": "map@100"}.items():
        assert found[theirs] == pytest.approx(ours[f"cosine_{metric}"], abs=1e-5)  # mteb rounds to five digits


def test_a_prompt_for_the_task_is_put_before_its_texts(model, pairs, sts_task):
    plain = scores(MtebEncoder(model), sts_task)["spearman"]
    model.prompts["STS"] = "rain king: "

    found = scores(MtebEncoder(model), sts_task)["spearman"]

    model.default_prompt_name = "STS"
    ours = evaluation.EmbeddingSimilarityEvaluator(*pairs)(model)["spearman_cosine"]
    assert found == pytest.approx(ours, abs=1e-6)
    assert abs(found - plain) > 1e-4


def test_arguments_of_encode_arrive(model, pairs, sts_task):
    found = scores(MtebEncoder(model), sts_task, encode_kwargs={"batch_size": 7, "precision": "int8"})["spearman"]

    assert found != scores(MtebEncoder(model), sts_task)["spearman"]


def test_results_of_a_changed_model_are_not_taken_from_the_cache(model, sts_task, tmp_path):
    cache = ResultCache(tmp_path)
    before = scores(MtebEncoder(model), sts_task, cache=cache)["spearman"]
    with torch.no_grad():
        for weight in model.parameters():
            weight += torch.randn_like(weight) * weight.std()

    after = scores(MtebEncoder(model), sts_task, cache=cache)["spearman"]

    assert after == pytest.approx(scores(MtebEncoder(model), sts_task)["spearman"])
    assert after != before
    assert len(list(Path(tmp_path).rglob("LocalSTS.json"))) == 2


def test_what_mteb_notes_about_a_model(model):
    meta = MtebEncoder(model, name="likewise/mini", revision="1").mteb_model_meta

    assert (meta.name, meta.revision, meta.similarity_fn_name.value) == ("likewise/mini", "1", "cosine")
    assert meta.embed_dim == model.get_sentence_embedding_dimension()
    assert meta.n_parameters == sum(weight.numel() for weight in model.parameters())
    assert meta.modalities == ["text"]


def test_the_adapter_is_what_mteb_calls_an_encoder(model):
    from mteb.models import EncoderProtocol

    assert isinstance(MtebEncoder(model), EncoderProtocol)


def test_a_name_is_loaded_and_called_by_its_folder(toy_bert_folder, tmp_path):
    encoder = MtebEncoder(str(toy_bert_folder(tmp_path / "my-model")), device="cpu", truncate_dim=8)

    assert encoder.mteb_model_meta.name == "likewise/my-model"
    assert encoder.mteb_model_meta.embed_dim == 8


def test_how_a_model_is_loaded_is_refused_for_one_that_is_loaded(model):
    with pytest.raises(ConfigError, match="device, truncate_dim with a model that is loaded"):
        MtebEncoder(model, device="cpu", truncate_dim=8)


def test_mteb_1_is_refused(model, monkeypatch):
    monkeypatch.setattr(mteb, "__version__", "1.39.7")

    with pytest.raises(ConfigError, match=r"mteb 1\.39\.7\. Accepted: 2 or later"):
        MtebEncoder(model)


@pytest.fixture
def metadata():
    return SimpleNamespace(name="Local", type="STS")


def test_rows_come_in_the_order_of_the_batches(model, metadata):
    texts = sentences(9, 8)

    found = MtebEncoder(model).encode([{"text": texts[:4]}, {"text": texts[4:]}], task_metadata=metadata)

    np.testing.assert_allclose(found, model.encode(texts), atol=1e-6)


def test_nothing_to_encode_gives_no_rows(model, metadata):
    assert len(MtebEncoder(model).encode([], task_metadata=metadata)) == 0


@pytest.mark.parametrize("batch", [{"audio": [b""]}, {"text": ["a"], "image": [None]}, {"label": [1]}])
def test_other_inputs_are_refused(model, metadata, batch):
    with pytest.raises(InputError, match="Accepted: batches of text, or of images"):
        MtebEncoder(model).encode([batch], task_metadata=metadata)


def test_an_unknown_kind_of_prompt_is_refused(model, metadata):
    with pytest.raises(InputError, match="prompt_type='passage'"):
        MtebEncoder(model).encode([{"text": ["a"]}], task_metadata=metadata, prompt_type="passage")


def test_images_are_encoded(toy_clip_folder, tmp_path, metadata):
    image = pytest.importorskip("PIL.Image", reason="extra image")
    body = models.CLIPModel(str(toy_clip_folder(tmp_path / "clip")))
    clip = SentenceTransformer(modules=[body], device="cpu")
    colours = [image.new("RGB", (16, 16), (red, 90, 40)) for red in (0, 120, 250)]
    encoder = MtebEncoder(clip)

    found = encoder.encode([{"image": colours[:2]}, {"image": colours[2:]}], task_metadata=metadata)

    np.testing.assert_allclose(found, clip.encode(colours), atol=1e-6)
    assert encoder.mteb_model_meta.modalities == ["text", "image"]
