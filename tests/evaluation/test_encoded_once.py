import numpy as np
import pytest

from likewise import SentenceTransformer
from likewise.evaluation import BinaryClassificationEvaluator, InformationRetrievalEvaluator
from likewise.evaluation.encoded_once import EncodedOnce


@pytest.fixture
def model(evaluator_cases):
    return evaluator_cases.StubModel()


def test_metrics_and_intervals_cost_one_encoding_and_are_the_same(evaluator_cases, model):
    cases = evaluator_cases
    evaluator = BinaryClassificationEvaluator(cases.TEXTS, cases.OTHERS, cases.LABELS)
    expected = evaluator(model), evaluator.confidence_intervals(model, resamples=20)
    model.encoded.clear()
    once = EncodedOnce(model)

    assert (evaluator(once), evaluator.confidence_intervals(once, resamples=20)) == expected
    assert len(model.encoded) == 1


def test_queries_and_documents_are_not_mixed_up(table_model):
    once = EncodedOnce(table_model({"a": [1.0, 2.0]}))

    for encode in (once.encode, once.encode_query, once.encode_document, once.encode_query):
        encode(["a"])

    assert [task for task, *_ in once.model.calls] == [None, "query", "document"]


def test_what_changes_the_result_is_asked_for_anew_and_what_does_not_is_not(table_model):
    once = EncodedOnce(table_model({"a": [1.0, 2.0], "b": [0.0, 1.0]}))

    for texts, settings in [
        (["a"], {}),
        (["a"], {"batch_size": 2, "show_progress_bar": True, "prompt": None}),
        (["a"], {"prompt": "p: "}),
        (["a"], {"convert_to_tensor": True}),
        (["a", "b"], {}),
    ]:
        once.encode(texts, **settings)

    assert [(texts, kwargs) for _, texts, kwargs in once.model.calls] == [
        (["a"], {}),
        (["a"], {"prompt": "p: "}),
        (["a"], {"convert_to_tensor": True}),
        (["a", "b"], {}),
    ]


@pytest.mark.parametrize("settings", [{}, {"normalize_embeddings": True}, {"precision": "int8"}])
def test_cutting_gives_what_the_model_gives(toy_bert_folder, tmp_path, settings):
    model = SentenceTransformer(str(toy_bert_folder(tmp_path / "model", dimension=16)), device="cpu")
    once = EncodedOnce(model)
    texts = ["the cat sat", "a dog ran over the red fox", "hello"]
    once.encode(texts, **settings)

    cut = once.encode(texts, truncate_dim=5, **settings)

    assert cut == pytest.approx(model.encode(texts, truncate_dim=5, **settings), abs=1e-6)


def test_inputs_that_cannot_be_compared_are_passed_on(evaluator_cases):
    calls = []

    class Images(evaluator_cases.StubModel):
        def encode(self, sentences, **kwargs):
            calls.append(sentences)
            return np.ones((len(sentences), 2))

    once = EncodedOnce(Images())
    for _ in range(2):
        once.encode([{"image": [1, 2]}])

    assert len(calls) == 2


def test_a_whole_retrieval_with_tensors(evaluator_cases, model):
    cases = evaluator_cases
    evaluator = InformationRetrievalEvaluator(cases.QUERIES, cases.CORPUS, cases.RELEVANT)
    once = EncodedOnce(model)

    assert evaluator(once) == evaluator(once) == evaluator(model)
    assert once.model_card_data is model.model_card_data
