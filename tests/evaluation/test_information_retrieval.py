import csv
import json
import logging

import numpy as np
import pytest
import torch

from likewise import SentenceTransformer
from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.evaluation import InformationRetrievalEvaluator

QUERIES = {"q0": "zero", "q1": "forty"}
CORPUS = {"d0": "at 0", "d30": "at 30", "d45": "at 45", "d90": "at 90"}
RELEVANT = {"q0": {"d30"}, "q1": {"d45", "d90"}}


@pytest.fixture
def model(table_model, degrees):
    return table_model(dict(zip([*QUERIES.values(), *CORPUS.values()], degrees(0, 40, 0, 30, 45, 90), strict=True)))


def test_metrics_are_those_worked_out_by_hand(model):
    """Rankings: q0 -> d0, d30, d45, d90; q1 -> d45, d30, d0, d90."""
    found = InformationRetrievalEvaluator(
        QUERIES, CORPUS, RELEVANT, accuracy_at_k=[1, 2], precision_recall_at_k=[2], mrr_at_k=[10], map_at_k=[10]
    )(model)

    half = 1 / np.log2(3)
    assert found == pytest.approx(
        {
            "cosine_accuracy@1": 1 / 2,
            "cosine_accuracy@2": 1,
            "cosine_precision@2": 1 / 2,
            "cosine_recall@2": (1 + 1 / 2) / 2,
            "cosine_ndcg@10": (half + (1 + 1 / np.log2(5)) / (1 + half)) / 2,
            "cosine_mrr@10": (1 / 2 + 1) / 2,
            "cosine_map@10": (1 / 2 + (1 + 2 / 4) / 2) / 2,
        }
    )


def test_queries_and_documents_are_encoded_as_such_with_their_prompts(model):
    InformationRetrievalEvaluator(
        QUERIES, CORPUS, RELEVANT, query_prompt="q: ", corpus_prompt_name="passage", batch_size=3, corpus_chunk_size=3
    )(model)

    assert [(task, len(texts)) for task, texts, _ in model.calls] == [("query", 2), ("document", 3), ("document", 1)]
    assert model.calls[0][2]["prompt"] == "q: "
    assert model.calls[1][2]["prompt_name"] == "passage"
    assert all(kwargs["batch_size"] == 3 for _, _, kwargs in model.calls)
    assert "prompt" not in model.calls[1][2]


def test_the_file_has_the_documented_name_and_columns(model, tmp_path):
    evaluator = InformationRetrievalEvaluator(QUERIES, CORPUS, RELEVANT, name="dev", score_functions=["cosine", "dot"])

    evaluator(model, str(tmp_path), epoch=1, steps=20)
    evaluator(model, str(tmp_path), epoch=2, steps=-1)

    with (tmp_path / "Information-Retrieval_evaluation_dev_results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["epoch"], row["steps"]) for row in rows] == [("1", "20"), ("2", "-1")]
    assert list(rows[0])[2:8] == [
        *(f"cosine-Accuracy@{k}" for k in (1, 3, 5, 10)),
        "cosine-Precision@1",
        "cosine-Recall@1",
    ]
    assert float(rows[0]["dot-NDCG@10"]) == float(rows[0]["cosine-NDCG@10"])


def test_a_name_goes_before_the_metrics_the_primary_one_and_into_the_card(model):
    evaluator = InformationRetrievalEvaluator(QUERIES, CORPUS, RELEVANT, name="dev", ndcg_at_k=[3, 10])

    found = evaluator(model, epoch=1, steps=5)

    assert evaluator.primary_metric == "dev_cosine_ndcg@10"
    assert found[evaluator.primary_metric] > 0
    assert model.noted == [(evaluator, found, 1, 5)]
    assert str(evaluator.describe()).startswith("Information Retrieval on dev: 2 queries, 4 documents")


def test_the_primary_metric_is_known_before_the_call_where_the_function_is():
    assert InformationRetrievalEvaluator(QUERIES, CORPUS, RELEVANT).primary_metric is None
    for given in ({"score_functions": ["dot"]}, {"main_score_function": "dot"}):
        assert InformationRetrievalEvaluator(QUERIES, CORPUS, RELEVANT, **given).primary_metric == "dot_ndcg@10"


def test_of_several_functions_the_best_is_primary(model):
    functions = {"worst": lambda a, b: -(a @ b.T), "best": "cosine"}

    evaluator = InformationRetrievalEvaluator(QUERIES, CORPUS, RELEVANT, score_functions=functions)
    evaluator(model)

    assert evaluator.primary_metric == "best_ndcg@10"


def test_predictions_are_written_for_each_function(model, tmp_path):
    evaluator = InformationRetrievalEvaluator(
        QUERIES, CORPUS, RELEVANT, score_functions=["cosine", "euclidean"], write_predictions=True
    )

    evaluator(model, str(tmp_path))

    file = tmp_path / "Information-Retrieval_evaluation_predictions_euclidean.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["query_id"] for line in lines] == ["q0", "q1"]
    assert [hit["corpus_id"] for hit in lines[1]["results"]] == ["d45", "d30", "d0", "d90"]
    assert (tmp_path / "Information-Retrieval_evaluation_predictions_cosine.jsonl").exists()


def test_nothing_is_written_without_a_folder_or_against_the_callers_word(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    InformationRetrievalEvaluator(QUERIES, CORPUS, RELEVANT, write_predictions=True)(model)
    InformationRetrievalEvaluator(QUERIES, CORPUS, RELEVANT, write_csv=False)(model, str(tmp_path))

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy])
def test_embeddings_of_the_corpus_may_be_given(model, degrees, convert):
    """As an array, a memory map or a tensor; the corpus is not encoded then."""
    embeddings = convert(np.array(degrees(0, 30, 45, 90), np.float32))
    evaluator = InformationRetrievalEvaluator(QUERIES, CORPUS, RELEVANT)

    found = evaluator.compute_all_metrics(model, corpus_embeddings=embeddings)

    assert [task for task, _, _ in model.calls] == ["query"]
    assert found == evaluator.compute_metrices(model)
    assert found["cosine"]["accuracy@k"] == {1: 0.5, 3: 1.0, 5: 1.0, 10: 1.0}


def test_the_corpus_may_have_a_model_of_its_own(model, table_model, degrees):
    other = table_model(dict(zip(CORPUS.values(), degrees(90, 60, 45, 0), strict=True)))

    found = InformationRetrievalEvaluator(QUERIES, CORPUS, RELEVANT).compute_all_metrics(model, corpus_model=other)

    assert found["cosine"]["accuracy@k"][1] == 0.5
    assert [task for task, _, _ in other.calls] == ["document"]


def test_truncated_embeddings_are_judged(table_model):
    model = table_model({"q": [1, 0], "a": [1, 9], "b": [0.9, 0]})
    evaluator = InformationRetrievalEvaluator({"q": "q"}, {"a": "a", "b": "b"}, {"q": {"b"}}, truncate_dim=1)

    assert evaluator(model)["cosine_accuracy@1"] == 0
    assert (
        InformationRetrievalEvaluator({"q": "q"}, {"a": "a", "b": "b"}, {"q": {"b"}})(model)["cosine_accuracy@1"] == 1
    )
    assert evaluator.get_config_dict() == {"truncate_dim": 1}


def test_confidence_intervals_are_over_queries(model):
    intervals = InformationRetrievalEvaluator(QUERIES, CORPUS, RELEVANT, name="dev").confidence_intervals(model)

    accuracy = intervals["dev_cosine_accuracy@1"]
    assert (accuracy.low, accuracy.value, accuracy.high) == (0.0, 0.5, 1.0)


def test_scores_that_half_precision_would_tie_are_told_apart(table_model):
    """Scores are float32 whatever the model gives: 1 and 1 + 2^-14 are the same number in float16."""
    step = 2.0**-14

    class Half(type(table_model({}))):
        def _encode(self, *arguments):
            return torch.from_numpy(super()._encode(*arguments)).half()

    model = Half({"q": [1, step], "first": [1, 0], "second": [1, 1]})
    evaluator = InformationRetrievalEvaluator(
        {"q": "q"}, {"a": "first", "b": "second"}, {"q": {"b"}}, score_functions=["dot"]
    )

    assert evaluator(model)["dot_accuracy@1"] == 1.0


@pytest.mark.parametrize("function", ["euclidean", "manhattan"])
def test_distances_rank_the_nearest_first(model, function):
    found = InformationRetrievalEvaluator(
        {"q": "zero"}, CORPUS, {"q": {"d0"}}, score_functions=[function], accuracy_at_k=[1]
    )(model)

    assert found[f"{function}_accuracy@1"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"corpus": {}}, "corpus is empty"),
        ({"relevant_docs": {"q0": {"nowhere"}}}, "none of 1 relevant documents is in the corpus"),
        ({"relevant_docs": {}}, "none of 2 queries has relevant documents"),
        ({"ndcg_at_k": [0]}, "k=0"),
        ({"map_at_k": [-3]}, "k=-3"),
        ({"corpus_chunk_size": 0}, "corpus_chunk_size=0"),
        ({"main_score_function": "dot", "score_functions": ["cosine"]}, "main_score_function='dot'"),
        ({"name": "a/b"}, "in another folder"),
    ],
)
def test_bad_arguments_are_refused_when_the_evaluator_is_made(arguments, message):
    given = {"queries": QUERIES, "corpus": CORPUS, "relevant_docs": RELEVANT, **arguments}

    with pytest.raises(InputError, match=message):
        InformationRetrievalEvaluator(**given)


def test_wrong_types_and_shapes_are_refused(model):
    with pytest.raises(InputTypeError, match="queries is a list"):
        InformationRetrievalEvaluator(["zero"], CORPUS, RELEVANT)
    with pytest.raises(ShapeError, match="corpus_embeddings has 1 rows"):
        InformationRetrievalEvaluator(QUERIES, CORPUS, RELEVANT).compute_all_metrics(
            model, corpus_embeddings=np.ones((1, 2))
        )


def test_nan_is_refused_not_ranked(table_model):
    model = table_model({"q": [1, 0], "a": [np.nan, 0]})

    with pytest.raises(InputError, match="NaN or infinity"):
        InformationRetrievalEvaluator({"q": "q"}, {"a": "a"}, {"q": {"a"}})(model)


def test_what_is_left_out_is_said(model, caplog):
    relevant = {"q0": {"d30", "nowhere"}}

    with caplog.at_level(logging.WARNING):
        found = InformationRetrievalEvaluator(QUERIES, CORPUS, relevant)(model)

    assert "1 of 2 queries have no relevant documents" in caplog.text
    assert "such as 'nowhere', are not in the corpus" in caplog.text
    assert found["cosine_recall@10"] == 0.5
    assert all(np.isfinite(value) for value in found.values())


def test_a_real_model_is_left_in_training_mode():
    model = SentenceTransformer("likewise-mini", device="cpu").train()

    found = model.evaluate(InformationRetrievalEvaluator({"q": "Who barks?"}, {"d": "A dog barks."}, {"q": {"d"}}))

    assert found["cosine_ndcg@10"] == 1.0
    assert model.training


def test_memory_does_not_grow_with_the_corpus(table_model):
    """Users report 60 GB for a large corpus; here a portion's embeddings are gone before the next one's come."""
    import weakref

    alive, most = [], []

    class Watched(type(table_model({}))):
        def encode_document(self, sentences, **kwargs):
            rows = np.ones((len(sentences), 4), np.float32)
            alive.append(weakref.ref(rows))
            most.append(sum(reference() is not None for reference in alive))
            return rows

    corpus = {f"d{number}": "text" for number in range(100)}
    model = Watched({"q": [1, 1, 1, 1]})
    InformationRetrievalEvaluator({"q": "q"}, corpus, {"q": {"d0"}}, corpus_chunk_size=10)(model)

    assert len(most) == 10
    assert max(most) <= 2
