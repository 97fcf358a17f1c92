import numpy as np
import pytest

from likewise.errors import InputError, InputTypeError
from likewise.evaluation import ParaphraseMiningEvaluator

SENTENCES = {"s0": "zero", "s1": "five", "s2": "twenty", "s3": "ninety"}


@pytest.fixture
def model(table_model, degrees):
    return table_model(dict(zip(SENTENCES.values(), degrees(0, 5, 20, 90), strict=True)))


def cosine(angle):
    return np.cos(np.radians(angle))


def test_metrics_are_those_worked_out_by_hand(model):
    """Angles of the pairs: 01 5, 12 15, 02 20, 23 70, 13 85, 03 90. Found in places 1 and 3."""
    found = ParaphraseMiningEvaluator(SENTENCES, [("s0", "s1"), ("s0", "s2")])(model)

    assert found == pytest.approx(
        {
            "average_precision": (1 + 2 / 3) / 2,
            "f1": 4 / 5,
            "precision": 2 / 3,
            "recall": 1.0,
            "threshold": (cosine(20) + cosine(70)) / 2,
        }
    )


def test_duplicates_that_are_not_mined_count_as_not_found(model):
    found = ParaphraseMiningEvaluator(SENTENCES, [("s0", "s1"), ("s0", "s3")], max_pairs=2)(model)

    assert (found["average_precision"], found["recall"]) == (0.5, 0.5)


def test_nothing_found_is_zero_and_not_nan(model):
    found = ParaphraseMiningEvaluator(SENTENCES, [("s0", "s3")], max_pairs=1)(model)

    assert found == dict.fromkeys(["average_precision", "f1", "precision", "recall", "threshold"], 0.0)


def test_the_file_has_the_documented_name_and_columns(model, tmp_path):
    evaluator = ParaphraseMiningEvaluator(SENTENCES, [("s0", "s1")], name="dev")

    evaluator(model, str(tmp_path), epoch=0, steps=9)

    lines = (tmp_path / "paraphrase_mining_evaluation_dev_results.csv").read_text().splitlines()
    assert lines[0] == "epoch,steps,precision,recall,f1,threshold,average_precision"
    assert lines[1].startswith("0,9,1.0,1.0,1.0,")
    assert evaluator.primary_metric == "dev_average_precision"


def test_the_size_of_tiles_does_not_matter(table_model):
    rng = np.random.default_rng(0)
    sentences = {number: f"text {number}" for number in range(60)}
    model = table_model({text: rng.standard_normal(4) for text in sentences.values()})
    pairs = rng.choice(60, (30, 2)).tolist()

    whole = ParaphraseMiningEvaluator(sentences, pairs, top_k=5)(model)

    assert ParaphraseMiningEvaluator(sentences, pairs, top_k=5, query_chunk_size=7, corpus_chunk_size=9)(model) == whole


def test_sentences_are_encoded_once_as_neither_queries_nor_documents(model):
    ParaphraseMiningEvaluator(SENTENCES, [("s0", "s1")], batch_size=2, truncate_dim=1)(model)

    ((task, texts, kwargs),) = model.calls
    assert (task, texts) == (None, list(SENTENCES.values()))
    assert (kwargs["batch_size"], kwargs["truncate_dim"]) == (2, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sentences_map": {"s0": "zero"}}, "1 sentences"),
        ({"duplicates_list": None}, "no duplicates among 4 sentences"),
        ({"duplicates_list": [("s0", "nowhere")]}, "no duplicates among 4 sentences"),
        ({"top_k": 0}, "top_k=0"),
        ({"max_pairs": 0}, "max_pairs=0"),
        ({"query_chunk_size": -1}, "query_chunk_size=-1"),
    ],
)
def test_bad_arguments_are_refused_when_the_evaluator_is_made(arguments, message):
    given = {"sentences_map": SENTENCES, "duplicates_list": [("s0", "s1")], **arguments}

    with pytest.raises(InputError, match=message):
        ParaphraseMiningEvaluator(**given)


def test_a_list_of_sentences_is_refused():
    with pytest.raises(InputTypeError, match="sentences_map is a list"):
        ParaphraseMiningEvaluator(["a", "b"], [(0, 1)])
