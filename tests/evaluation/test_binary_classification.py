import numpy as np
import pytest
import sklearn.metrics

from likewise import InputExample
from likewise.evaluation import BinaryClassificationEvaluator

FUNCTIONS = ["cosine", "euclidean"]
LEFT, RIGHT = ["zero"] * 4, ["at 10", "at 30", "at 50", "at 90"]
LABELS = [1, 0, 1, 0]


@pytest.fixture
def model(table_model, degrees):
    return table_model(dict(zip(["zero", *RIGHT], degrees(0, 10, 30, 50, 90), strict=True)))


def cosine(angle):
    return np.cos(np.radians(angle))


def test_metrics_are_those_worked_out_by_hand(model):
    """By falling cosine the labels are 1 0 1 0: three of four are right both at 20 and at 70 degrees."""
    found = BinaryClassificationEvaluator(LEFT, RIGHT, LABELS)(model)

    assert found == pytest.approx(
        {
            "cosine_accuracy": 3 / 4,
            "cosine_accuracy_threshold": (cosine(10) + cosine(30)) / 2,
            "cosine_f1": 4 / 5,
            "cosine_f1_threshold": (cosine(50) + cosine(90)) / 2,
            "cosine_precision": 2 / 3,
            "cosine_recall": 1.0,
            "cosine_ap": (1 + 2 / 3) / 2,
            "cosine_mcc": sklearn.metrics.matthews_corrcoef(LABELS, [1, 1, 1, 0]),
        }
    )


def test_thresholds_of_distances_are_distances(model):
    found = BinaryClassificationEvaluator(LEFT, RIGHT, LABELS, similarity_fn_names=["euclidean"])(model)

    distance = [2 * np.sin(np.radians(angle / 2)) for angle in (50, 90)]
    assert found["euclidean_f1_threshold"] == pytest.approx(np.mean(distance))
    assert found["euclidean_f1"] == pytest.approx(4 / 5)


def test_several_functions_have_a_maximum_of_each_metric(model):
    evaluator = BinaryClassificationEvaluator(LEFT, RIGHT, LABELS, similarity_fn_names=FUNCTIONS)

    found = evaluator(model)

    assert evaluator.primary_metric == "max_ap"
    assert found["max_f1_threshold"] == max(found[f"{name}_f1_threshold"] for name in FUNCTIONS)
    assert set(evaluator.compute_metrics(model)) == set(FUNCTIONS)


def test_texts_are_encoded_in_one_call(model):
    BinaryClassificationEvaluator(LEFT, RIGHT, LABELS, batch_size=7, truncate_dim=1)(model)

    ((task, texts, kwargs),) = model.calls
    assert (task, texts) == (None, [*LEFT, *RIGHT])
    assert (kwargs["batch_size"], kwargs["truncate_dim"]) == (7, 1)


def test_examples_give_the_same_evaluator(model):
    examples = [InputExample(texts=[a, b], label=c) for a, b, c in zip(LEFT, RIGHT, LABELS, strict=True)]

    made = BinaryClassificationEvaluator.from_input_examples(examples, name="q")

    assert made(model) == BinaryClassificationEvaluator(LEFT, RIGHT, LABELS, name="q")(model)


def test_the_description_counts_both_labels():
    told = BinaryClassificationEvaluator(LEFT, RIGHT, [1, 0, 0, 0], name="q", truncate_dim=8).describe()

    assert str(told).splitlines()[:2] == [
        "Binary Classification on q: 4 pairs, 1 of them positive",
        "similarity: the model's own",
    ]
    assert told.settings == {"truncate_dim": 8}


def test_intervals_are_those_of_each_metric_drawn_by_itself(table_model):
    rng = np.random.default_rng(0)
    texts = [f"text {number}" for number in range(40)]
    model = table_model({text: rng.standard_normal(3) for text in texts})
    labels = rng.integers(0, 2, 20)
    evaluator = BinaryClassificationEvaluator(texts[:20], texts[20:], labels, similarity_fn_names=["euclidean"])

    found = evaluator.confidence_intervals(model, resamples=50, seed=4)["euclidean_ap"]

    scores = evaluator.similarities(model)["euclidean"]
    picks = np.random.default_rng(4).integers(0, 20, (50, 20))
    drawn = [sklearn.metrics.average_precision_score(labels[pick], scores[pick]) for pick in picks]
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])))


def test_a_draw_without_a_pair_that_belongs_together_is_a_number(model):
    evaluator = BinaryClassificationEvaluator(LEFT, RIGHT, [1, 0, 0, 0])

    intervals = evaluator.confidence_intervals(model, resamples=50)

    assert intervals["cosine_recall"].low == 0.0
    assert (intervals["cosine_accuracy"].low, intervals["cosine_accuracy"].high) == (1.0, 1.0)


def test_pictures_show_similarities_and_distances_with_the_threshold_of_the_best_f1(model, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib", reason="extra plot")
    drawn = {}
    for name in ("draw_precision_recall", "draw_score_histograms"):
        monkeypatch.setattr(
            f"likewise.evaluation.binary_classification.{name}",
            lambda scores, labels, path, name=name, **options: drawn.update({name: (scores, options)}),
        )
    evaluator = BinaryClassificationEvaluator(LEFT, RIGHT, LABELS, similarity_fn_names=FUNCTIONS)

    evaluator.save_plots(model, tmp_path)

    found = evaluator(model)
    curves, _ = drawn["draw_precision_recall"]
    shown, options = drawn["draw_score_histograms"]
    assert (curves["euclidean"] <= 0).all()
    assert (shown["euclidean"] >= 0).all()
    assert options["thresholds"] == pytest.approx({name: found[f"{name}_f1_threshold"] for name in FUNCTIONS})


def test_an_unknown_format_is_refused_before_the_model_runs(model, tmp_path):
    with pytest.raises(ValueError, match="'pdf'"):
        BinaryClassificationEvaluator(LEFT, RIGHT, LABELS).save_plots(model, tmp_path, "pdf")

    assert model.calls == []
