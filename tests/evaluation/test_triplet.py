import numpy as np
import pytest

from likewise import InputExample
from likewise.errors import InputError, InputTypeError
from likewise.evaluation import TripletEvaluator

TRIPLETS = ["zero"] * 3, ["at 10", "at 50", "at 30"], ["at 30", "at 30", "at 90"]


@pytest.fixture
def model(table_model, degrees):
    return table_model(dict(zip(["zero", "at 10", "at 30", "at 50", "at 90"], degrees(0, 10, 30, 50, 90), strict=True)))


def test_a_triplet_is_right_if_the_positive_is_more_similar(model):
    assert TripletEvaluator(*TRIPLETS)(model) == {"cosine_accuracy": pytest.approx(2 / 3)}


def test_the_positive_must_be_better_by_the_margin(model):
    difference = np.cos(np.radians(10)) - np.cos(np.radians(30))

    for margin, accuracy in ((difference - 1e-3, 2 / 3), (difference + 1e-3, 1 / 3), ({"dot": 1.0}, 2 / 3)):
        assert TripletEvaluator(*TRIPLETS, margin=margin)(model)["cosine_accuracy"] == pytest.approx(accuracy)


def test_equally_similar_is_not_right(model):
    assert TripletEvaluator(["zero"], ["at 10"], ["at 10"])(model) == {"cosine_accuracy": 0.0}


def test_several_functions_have_a_maximum(model):
    evaluator = TripletEvaluator(*TRIPLETS, similarity_fn_names=["cosine", "manhattan"], margin={"manhattan": 9.0})

    assert evaluator(model) == pytest.approx(
        {"cosine_accuracy": 2 / 3, "manhattan_accuracy": 0.0, "max_accuracy": 2 / 3}
    )
    assert evaluator.primary_metric == "max_accuracy"
    assert evaluator.describe().settings == {"margin": {"cosine": 0, "dot": 0, "euclidean": 0, "manhattan": 9}}


def test_anchors_are_queries_and_the_others_documents(model):
    TripletEvaluator(*TRIPLETS, truncate_dim=1)(model)

    assert [(task, texts) for task, texts, _ in model.calls] == list(
        zip(["query", "document", "document"], TRIPLETS, strict=True)
    )
    assert {kwargs["truncate_dim"] for *_, kwargs in model.calls} == {1}


def test_intervals_are_over_triplets(model):
    interval = TripletEvaluator(*TRIPLETS, name="dev").confidence_intervals(model)["dev_cosine_accuracy"]

    assert (interval.low, interval.value, interval.high) == pytest.approx((0.0, 2 / 3, 1.0))


def test_the_older_name_warns():
    with pytest.warns(FutureWarning, match="say main_similarity_function"):
        assert TripletEvaluator(*TRIPLETS, main_distance_function="dot").primary_metric == "dot_accuracy"
    with pytest.warns(FutureWarning), pytest.raises(InputError, match="the former alone"):
        TripletEvaluator(*TRIPLETS, main_similarity_function="dot", main_distance_function="dot")


def test_examples_give_the_same_evaluator(model):
    examples = [InputExample(texts=list(texts)) for texts in zip(*TRIPLETS, strict=True)]

    assert TripletEvaluator.from_input_examples(examples)(model) == TripletEvaluator(*TRIPLETS)(model)


@pytest.mark.parametrize(
    ("margin", "error", "message"),
    [
        (-0.1, InputError, r"margin=-0\.1"),
        (float("nan"), InputError, "margin=nan"),
        (True, InputTypeError, "margin=True"),
        ("0.1", InputTypeError, r"margin='0\.1'"),
        ({"cosin": 0.1}, InputError, "margin for 'cosin'"),
    ],
)
def test_bad_margins_are_refused(margin, error, message):
    with pytest.raises(error, match=message):
        TripletEvaluator(*TRIPLETS, margin=margin)
