"""Evaluators on labelled pairs: their numbers by definition, files, model cards and messages."""

from __future__ import annotations

import numpy as np
import pytest

from likewise.cross_encoder import evaluation
from likewise.cross_encoder.evaluation.class_f1 import class_f1
from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.readers import InputExample

SCORES = {"a": 0.9, "b": 0.2, "c": 0.8, "d": 0.3, "e": 0.7, "f": 0.4}
PAIRS = [["q", text] for text in SCORES]
LABELS = [1, 0, 1, 0, 0, 1]
OUTPUTS = {
    "a": [0.1, 0.8, 0.1],
    "b": [0.9, 0.1, 0.0],
    "c": [0.2, 0.3, 0.5],
    "d": [0.1, 0.7, 0.2],
    "e": [0.0, 0.1, 0.9],
    "f": [0.6, 0.3, 0.1],
}
CLASSES = [1, 0, 2, 0, 2, 1]
BOTH = {
    "accuracy": 5 / 6,
    "accuracy_threshold": 0.75,
    "f1": 6 / 7,
    "f1_threshold": 0.35,
    "precision": 3 / 4,
    "recall": 1.0,
    "average_precision": (1 + 1 + 3 / 4) / 3,
}


def lines(folder, file):
    return (folder / file).read_text().splitlines()


def test_classification_of_one_output(scorer, tmp_path):
    model = scorer(SCORES)
    evaluator = evaluation.CrossEncoderClassificationEvaluator(PAIRS, LABELS, name="dev", batch_size=4)
    found = evaluator(model, str(tmp_path), epoch=1, steps=2)
    assert found == pytest.approx({f"dev_{name}": value for name, value in BOTH.items()})
    assert evaluator.primary_metric == "dev_average_precision"
    assert model.noted == [found]
    assert model.calls[0][1] == {"batch_size": 4, "show_progress_bar": None, "convert_to_numpy": True}
    header, row = lines(tmp_path, "CrossEncoderClassificationEvaluator_dev_results.csv")
    assert header == "epoch,steps,Accuracy,Accuracy_Threshold,F1,F1_Threshold,Precision,Recall,Average_Precision"
    assert [float(value) for value in row.split(",")] == pytest.approx([1, 2, *BOTH.values()])


def test_classification_of_several_outputs(scorer, tmp_path):
    evaluator = evaluation.CrossEncoderClassificationEvaluator(PAIRS, CLASSES)
    found = evaluator(scorer(OUTPUTS), str(tmp_path))
    # Predicted: 1 0 2 1 2 0. F1 of the classes: 1/2, 1/2 and 1.
    assert found == pytest.approx({"f1_macro": 2 / 3, "f1_micro": 4 / 6, "f1_weighted": 2 / 3})
    assert evaluator.primary_metric == "f1_macro"
    header, _ = lines(tmp_path, "CrossEncoderClassificationEvaluator_results.csv")
    assert header == "epoch,steps,Macro_F1,Micro_F1,Weighted_F1"


def test_several_outputs_take_labels_0_and_1_as_classes(scorer):
    evaluator = evaluation.CrossEncoderClassificationEvaluator([["q", "a"], ["q", "b"]], [1, 0])
    assert evaluator(scorer({"a": [0.1, 0.9], "b": [0.8, 0.2]}))["f1_macro"] == 1.0


def test_correlation(scorer, tmp_path):
    gold = [1.0, 0.1, 0.7, 0.4, 0.6, 0.2]
    evaluator = evaluation.CrossEncoderCorrelationEvaluator(PAIRS, gold, "sts", prompt_name="query")
    model = scorer(SCORES)
    found = evaluator(model, str(tmp_path))
    ranks = np.argsort(np.argsort(list(SCORES.values()))), np.argsort(np.argsort(gold))
    assert found["sts_spearman"] == pytest.approx(np.corrcoef(*ranks)[0, 1])
    assert found["sts_pearson"] == pytest.approx(np.corrcoef(list(SCORES.values()), gold)[0, 1])
    assert evaluator.primary_metric == "sts_spearman"
    assert model.calls[0][1]["prompt_name"] == "query"
    assert lines(tmp_path, "CrossEncoderCorrelationEvaluator_sts_results.csv")[0].endswith(
        "Pearson_Correlation,Spearman_Correlation"
    )


OLDER = [
    ("CEBinaryAccuracyEvaluator", {}, SCORES, LABELS, 4 / 6, ["Accuracy"]),
    ("CEBinaryAccuracyEvaluator", {"threshold": 0.75}, SCORES, LABELS, 5 / 6, ["Accuracy"]),
    (
        "CEBinaryClassificationEvaluator",
        {},
        SCORES,
        LABELS,
        BOTH["average_precision"],
        ["Accuracy", "Accuracy_Threshold", "F1", "F1_Threshold", "Precision", "Recall", "Average_Precision"],
    ),
    (
        "CECorrelationEvaluator",
        {},
        SCORES,
        [1.0, 0.1, 0.7, 0.4, 0.6, 0.2],
        1 - 6 * (0 + 0 + 0 + 1 + 0 + 1) / (6 * 35),
        ["Pearson_Correlation", "Spearman_Correlation"],
    ),
    ("CEF1Evaluator", {}, SCORES, LABELS, 4 / 6, ["Binary_F1_score"]),
    ("CEF1Evaluator", {}, OUTPUTS, CLASSES, 2 / 3, ["Macro_F1_score", "Micro_F1_score", "Weighted_F1_score"]),
    ("CEF1Evaluator", {}, OUTPUTS, LABELS, 2 / 5, ["Binary_F1_score"]),
    ("CESoftmaxAccuracyEvaluator", {}, OUTPUTS, CLASSES, 4 / 6, ["Accuracy"]),
]


@pytest.mark.parametrize(("name", "settings", "table", "labels", "value", "columns"), OLDER)
def test_the_older_ones_give_one_number(name, settings, table, labels, value, columns, scorer, tmp_path):
    evaluator = getattr(evaluation, name)(PAIRS, labels, name="dev", **settings)
    model = scorer(table)
    found = evaluator(model, str(tmp_path), epoch=3, steps=-1)
    assert isinstance(found, float)
    assert found == pytest.approx(value)
    header, row = lines(tmp_path, f"{name}_dev_results.csv")
    assert header.split(",") == ["epoch", "steps", *columns]
    assert row.startswith("3,-1,")
    assert model.noted[0][evaluator.primary_metric] == pytest.approx(value)


NAMES = [
    "CEBinaryAccuracyEvaluator",
    "CEBinaryClassificationEvaluator",
    "CECorrelationEvaluator",
    "CEF1Evaluator",
    "CESoftmaxAccuracyEvaluator",
    "CrossEncoderClassificationEvaluator",
    "CrossEncoderCorrelationEvaluator",
]


@pytest.mark.parametrize("name", NAMES)
class TestEveryEvaluatorOnPairs:
    def table(self, name):
        return OUTPUTS if name == "CESoftmaxAccuracyEvaluator" else SCORES

    def test_it_is_made_from_examples(self, name, scorer):
        examples = [InputExample(texts=pair, label=label) for pair, label in zip(PAIRS, LABELS, strict=True)]
        made = getattr(evaluation, name).from_input_examples(examples, name="x", write_csv=False)
        same = getattr(evaluation, name)(PAIRS, LABELS, name="x")
        assert made(scorer(self.table(name))) == same(scorer(self.table(name)))

    def test_nothing_is_written_unless_it_is_asked_for(self, name, scorer, tmp_path):
        getattr(evaluation, name)(PAIRS, LABELS, write_csv=False)(scorer(self.table(name)), str(tmp_path))
        getattr(evaluation, name)(PAIRS, LABELS)(scorer(self.table(name)))
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("pairs", "labels", "kind"),
        [
            (PAIRS, LABELS[:5], ShapeError),
            ([], [], ShapeError),
            ([["q", "a", "b"]], [1], ShapeError),
            (["qa", "qb"], [1, 0], InputTypeError),
            ("qa", [1, 0], InputTypeError),
            (PAIRS, None, InputTypeError),
            (PAIRS, [float("nan"), *LABELS[1:]], InputError),
        ],
    )
    def test_bad_pairs_and_labels_are_refused_at_once(self, name, pairs, labels, kind):
        with pytest.raises(kind):
            getattr(evaluation, name)(pairs, labels)

    def test_scores_that_are_no_numbers_are_refused(self, name, scorer):
        table = {text: np.asarray(score) * np.nan for text, score in self.table(name).items()}
        with pytest.raises(InputError, match="NaN"):
            getattr(evaluation, name)(PAIRS, LABELS)(scorer(table))

    def test_it_says_what_it_is(self, name):
        said = str(getattr(evaluation, name)(PAIRS, LABELS, name="dev").describe())
        assert "6 pairs" in said
        assert f"{name}_dev_results.csv" in said


@pytest.mark.parametrize(
    ("name", "table", "labels", "message"),
    [
        ("CEBinaryAccuracyEvaluator", OUTPUTS, LABELS, "3 outputs"),
        ("CrossEncoderCorrelationEvaluator", OUTPUTS, LABELS, "3 outputs"),
        ("CESoftmaxAccuracyEvaluator", SCORES, LABELS, "1 output"),
        ("CrossEncoderClassificationEvaluator", SCORES, CLASSES, "label 2 for a model of 1 output"),
        ("CEF1Evaluator", SCORES, CLASSES, "label 2 for a model of 1 output"),
        ("CrossEncoderClassificationEvaluator", OUTPUTS, [0, 1, 2, 3, 0, 1], "label 3 for a model of 3 outputs"),
        ("CESoftmaxAccuracyEvaluator", OUTPUTS, [0, 1, 2, 3, 0, 1], "label 3 for a model of 3 outputs"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(name, table, labels, message, scorer):
    with pytest.raises(InputError, match=message):
        getattr(evaluation, name)(PAIRS, labels)(scorer(table))


def test_one_class_only_has_no_f1():
    with pytest.raises(InputError, match="all labels are 1"):
        evaluation.CEF1Evaluator(PAIRS, [1] * 6)


@pytest.mark.parametrize("labels", [[0.5] * 6, [-1, 0, 1, 0, 1, 0], ["a"] * 6])
def test_classes_are_integers_from_0(labels):
    with pytest.raises(InputError, match="integers"):
        evaluation.CrossEncoderClassificationEvaluator(PAIRS, labels)


def test_rows_of_scores_that_are_missing_are_refused(scorer):
    class Short(scorer):
        def predict(self, pairs, **options):
            return super().predict(pairs, **options)[1:]

    with pytest.raises(ShapeError, match="5"):
        evaluation.CrossEncoderCorrelationEvaluator(PAIRS, range(6))(Short(SCORES))


def test_scores_in_one_column_are_scores(scorer):
    flat = evaluation.CrossEncoderClassificationEvaluator(PAIRS, LABELS)
    column = scorer({text: [score] for text, score in SCORES.items()})
    assert flat(column) == flat(scorer(SCORES))


def test_confidence_intervals_hold_the_value(scorer):
    for evaluator, table in (
        (evaluation.CrossEncoderClassificationEvaluator(PAIRS, LABELS, name="dev"), SCORES),
        (evaluation.CrossEncoderClassificationEvaluator(PAIRS, CLASSES, name="dev"), OUTPUTS),
        (evaluation.CrossEncoderCorrelationEvaluator(PAIRS, LABELS, name="dev"), SCORES),
    ):
        values = evaluator(scorer(table))
        found = evaluator.confidence_intervals(scorer(table), resamples=30)
        assert found.keys() == {name for name in values if not name.endswith("_threshold")}
        for name, interval in found.items():
            assert interval.value == pytest.approx(values[name])
            assert interval.low <= interval.value <= interval.high


def test_f1_of_classes_is_that_of_loops():
    generator = np.random.default_rng(0)
    said, true = generator.integers(0, 4, 50), generator.integers(0, 3, 50)
    each, weights = [], []
    for one in range(4):
        hits = sum(s == t == one for s, t in zip(said, true, strict=True))
        wrong = sum((s == one) != (t == one) for s, t in zip(said, true, strict=True))
        each.append(2 * hits / (2 * hits + wrong))
        weights.append(sum(true == one) / 50)
    found = class_f1(said, true)
    assert found.macro == pytest.approx(sum(each) / 4)
    assert found.micro == pytest.approx(sum(said == true) / 50)
    assert found.weighted == pytest.approx(sum(f1 * weight for f1, weight in zip(each, weights, strict=True)))
    with pytest.raises(ShapeError):
        class_f1([1], [1, 2])


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="NoSuch"):
        _ = evaluation.NoSuchEvaluator
    assert dir(evaluation) == sorted(evaluation.__all__)
