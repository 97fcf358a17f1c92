"""What every evaluator promises, run over the registry with the cases of `support/evaluator_cases.py`."""

import csv
import math

import numpy as np
import pytest
import torch

from likewise.errors import ConfigError, InputError, InputTypeError, ShapeError
from likewise.evaluation.description import MODELS_OWN
from likewise.evaluation.evaluator import SentenceEvaluator
from likewise.evaluation.registry import evaluator_class, registered_names

EACH = pytest.mark.parametrize("name", registered_names())
DRAWS = {"resamples": 20, "seed": 1}


@pytest.fixture
def case(evaluator_cases, name):
    return evaluator_cases.CASES[name]


@pytest.fixture
def evaluator(case, lazy_nano_folder):
    return case.build(lazy_nano_folder)


@pytest.fixture
def lazy_nano_folder(request):
    """`nano_folder`, asked for only by the one case that needs it (and the package `datasets`)."""
    return lambda names: request.getfixturevalue("nano_folder")(names)


@pytest.fixture
def model(evaluator_cases):
    return evaluator_cases.StubModel()


def test_every_registered_evaluator_has_a_case_and_is_one(evaluator_cases):
    assert sorted(evaluator_cases.CASES) == registered_names()
    assert all(issubclass(evaluator_class(name), SentenceEvaluator) for name in registered_names())


@EACH
def test_the_result_holds_the_documented_metrics_and_the_primary_one(case, evaluator, model):
    found = evaluator(model)

    assert set(found) == set(case.metrics)
    assert all(type(value) is float and math.isfinite(value) for value in found.values())
    assert evaluator.primary_metric == case.metrics[0]
    assert evaluator(model) == found


@EACH
def test_each_call_adds_a_row_to_the_documented_file(case, evaluator, model, tmp_path):
    folder = tmp_path / "new" / "folder"

    first = evaluator(model, str(folder), 1, 20)
    evaluator(model, str(folder), 2)

    assert {path.name for path in folder.iterdir()} == set(case.files)
    written = set()
    for name, columns in case.files.items():
        with (folder / name).open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        assert header == ["epoch", "steps", *columns]
        assert [row[:2] for row in rows] == [["1", "20"], ["2", "-1"]]
        assert rows[0][2:] == rows[1][2:]
        written |= {abs(float(value)) for value in rows[0][2:]}
    if "mse" not in next(iter(case.files)):
        assert written <= {abs(value) for value in first.values()}


@EACH
def test_nothing_is_written_without_a_folder_or_when_not_wanted(
    case, evaluator, model, lazy_nano_folder, tmp_path, monkeypatch
):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    quiet = case.build(lazy_nano_folder, write_csv=False)

    evaluator(model)
    quiet(model, str(tmp_path / "here"))

    assert list((tmp_path / "here").iterdir()) == []
    assert quiet.describe().csv_file == ""


@EACH
def test_the_metrics_reach_the_model_card(name, evaluator, model):
    found = evaluator(model, None, 3, 7)

    results = model.model_card_data.evaluations
    noted = {key: value for result in results for key, value in result.metrics.items()}
    assert noted == {key: value for key, value in found.items() if key != "sequential_score"}
    assert {(result.epoch, result.step) for result in results} == {(3, 7)}
    if name != "SequentialEvaluator":
        assert results[-1].evaluator == name
        assert results[-1].task == evaluator.description
        assert results[-1].primary_metric == evaluator.primary_metric


@EACH
@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_the_description_tells_the_data_the_metrics_and_the_similarity(
    evaluator, evaluator_cases, similarity, lazy_nano_folder
):
    told = evaluator.describe()

    found = evaluator(evaluator_cases.StubModel(similarity))
    assert [metric.replace(MODELS_OWN, similarity) for metric in told.metrics] == list(found)
    assert told.task == evaluator.description
    assert told.name == evaluator.name
    assert told.sizes
    assert all(size > 0 for size in told.sizes.values())
    later = evaluator.describe()
    assert later.primary_metric in found
    assert told.primary_metric in (None, later.primary_metric)
    text = str(later)
    for part in (told.task, told.name, told.csv_file, later.primary_metric, *map(str, told.settings)):
        assert part in text


@EACH
def test_intervals_come_only_when_asked_for_and_belong_to_the_values_of_a_call(case, evaluator, model):
    found = evaluator(model)
    if not case.resamples:
        with pytest.raises(ConfigError, match="no confidence intervals"):
            evaluator.confidence_intervals(model)
        return

    intervals = evaluator.confidence_intervals(model, level=0.8, **DRAWS)

    lacking = set(found) - set(intervals)
    assert all("threshold" in key or key == "sequential_score" for key in lacking)
    assert set(intervals) <= set(found)
    for key, interval in intervals.items():
        assert interval.value == pytest.approx(found[key], abs=1e-12)
        assert interval.low <= interval.high
        assert interval.level == 0.8
    assert intervals == evaluator.confidence_intervals(model, level=0.8, **DRAWS)
    assert evaluator(model) == found


@EACH
def test_settings_of_intervals_are_refused_before_the_model_runs(case, evaluator, model):
    model.encoded.clear()
    for settings, message in (({"level": 95}, "level=95"), ({"resamples": 0}, "resamples=0")):
        with pytest.raises(InputError, match=message):
            evaluator.confidence_intervals(model, **settings)

    assert model.encoded == []


@EACH
def test_the_global_random_state_is_left_alone(case, evaluator, model):
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002 - this is the state that must stay
    expected = np.random.random(), torch.rand(1)  # noqa: NPY002
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002

    evaluator(model)
    if case.resamples:
        evaluator.confidence_intervals(model, **DRAWS)

    assert (np.random.random(), torch.rand(1)) == expected  # noqa: NPY002


@EACH
def test_a_model_that_has_collapsed_gives_numbers(case, evaluator, evaluator_cases):
    """Constant scores: a correlation has no value and counts as 0; nothing is NaN."""
    collapsed = evaluator_cases.StubModel(spoil=np.ones_like)

    found = evaluator(collapsed)

    assert set(found) == set(case.metrics)
    assert all(math.isfinite(value) for value in found.values())


@EACH
def test_embeddings_that_are_not_finite_are_refused(evaluator, evaluator_cases, tmp_path):
    broken = evaluator_cases.StubModel(spoil=lambda rows: np.where(np.arange(len(rows))[:, None] == 0, np.nan, rows))

    with pytest.raises(InputError, match="NaN or infinity"):
        evaluator(broken, str(tmp_path))

    assert list(tmp_path.glob("*.csv")) == []
    assert broken.model_card_data.evaluations == []


BAD = [
    ("BinaryClassificationEvaluator", {"sentences1": [], "sentences2": [], "labels": []}, ShapeError, "0 sentences1"),
    ("BinaryClassificationEvaluator", {"labels": [1, 0]}, ShapeError, "12 sentences1, 12 sentences2, 2 labels"),
    ("BinaryClassificationEvaluator", {"labels": [1, 0, 2] * 4}, InputError, "label 2 in row 2"),
    ("BinaryClassificationEvaluator", {"labels": [0.7] * 12}, InputError, r"label 0\.7 in row 0"),
    ("BinaryClassificationEvaluator", {"labels": [0] * 12}, InputError, "all 12 labels are 0"),
    ("BinaryClassificationEvaluator", {"sentences1": "one text"}, InputTypeError, "sentences1 is 'one text'"),
    ("EmbeddingSimilarityEvaluator", {"sentences1": [], "sentences2": [], "scores": []}, ShapeError, "0 sentences1"),
    ("EmbeddingSimilarityEvaluator", {"scores": [1.0]}, ShapeError, "1 scores"),
    ("EmbeddingSimilarityEvaluator", {"scores": [2.5] * 12}, InputError, "at least two different"),
    ("EmbeddingSimilarityEvaluator", {"scores": [*range(11), float("nan")]}, InputError, "nan in row 11"),
    ("InformationRetrievalEvaluator", {"corpus": {}}, InputError, "corpus is empty"),
    ("InformationRetrievalEvaluator", {"queries": {}}, InputError, "queries is empty"),
    ("InformationRetrievalEvaluator", {"relevant_docs": {}}, InputError, "relevant"),
    ("InformationRetrievalEvaluator", {"relevant_docs": {"q0": {"nowhere"}}}, InputError, "relevant"),
    ("LabelAccuracyEvaluator", {"softmax_model": None}, InputError, "softmax_model=None"),
    ("MSEEvaluator", {"source_sentences": [], "target_sentences": []}, ShapeError, "0 source_sentences"),
    ("MSEEvaluator", {"target_sentences": ["a"]}, ShapeError, "1 target_sentences"),
    ("MSEEvaluator", {"teacher_model": None}, InputError, "teacher_model=None"),
    ("MSEEvaluatorFromDataFrame", {"dataframe": []}, InputError, "no column 'en'"),
    ("MSEEvaluatorFromDataFrame", {"dataframe": [{"en": "a", "de": "", "fr": ""}]}, InputError, "no row has both"),
    ("MSEEvaluatorFromDataFrame", {"combinations": []}, InputError, "no combinations"),
    ("NanoBEIREvaluator", {"dataset_names": []}, InputError, "dataset_names is empty"),
    ("ParaphraseMiningEvaluator", {"sentences_map": {}}, InputError, "0 sentences"),
    ("ParaphraseMiningEvaluator", {"duplicates_list": []}, InputError, "no duplicates"),
    ("RerankingEvaluator", {"samples": []}, InputError, "sample"),
    ("RerankingEvaluator", {"samples": [{"query": "a", "positive": [], "negative": ["b"]}]}, InputError, "positive"),
    ("SequentialEvaluator", {"evaluators": []}, InputError, "no evaluators"),
    ("SequentialEvaluator", {"evaluators": ["triplets"]}, InputTypeError, "evaluator 0 is 'triplets'"),
    ("TranslationEvaluator", {"source_sentences": [], "target_sentences": []}, ShapeError, "0 source_sentences"),
    ("TranslationEvaluator", {"source_sentences": ["a"]}, ShapeError, "1 source_sentences, 12 target_sentences"),
    ("TripletEvaluator", {"anchors": [], "positives": [], "negatives": []}, ShapeError, "0 anchors"),
    ("TripletEvaluator", {"negatives": ["a"]}, ShapeError, "12 anchors, 12 positives, 1 negatives"),
]


@pytest.mark.parametrize(("name", "arguments", "error", "message"), BAD)
def test_data_that_cannot_be_used_are_refused_when_the_evaluator_is_made(case, name, arguments, error, message):
    def make(**given):
        return evaluator_class(name)(**{**case.arguments, **given})

    with pytest.raises(error, match=message):
        make(**arguments)


def test_every_evaluator_is_among_those_that_are_given_bad_data():
    assert {name for name, *_ in BAD} == set(registered_names())


def test_a_loader_without_examples_is_refused_when_it_is_read(evaluator_cases, model):
    empty = evaluator_cases.CASES["LabelAccuracyEvaluator"].build(None, dataloader=[])

    with pytest.raises(InputError, match="holds no examples"):
        empty(model)


@pytest.mark.parametrize(
    "name", [name for name in registered_names() if name not in ("NanoBEIREvaluator", "SequentialEvaluator")]
)
def test_a_name_that_leads_into_another_folder_is_refused(case, name):
    with pytest.raises(InputError, match="another folder"):
        case.build(None, name="a/b")


@EACH
def test_only_some_have_pictures_and_the_others_say_so(name, evaluator, model, tmp_path):
    pytest.importorskip("matplotlib", reason="extra plot")
    if name in ("BinaryClassificationEvaluator", "ParaphraseMiningEvaluator"):
        files = evaluator.save_plots(model, tmp_path / "plots", "svg")

        stem = evaluator.csv_file.removesuffix("_results.csv")
        assert [file.name for file in files] == [f"{stem}_precision_recall.svg", f"{stem}_scores.svg"]
        assert sorted((tmp_path / "plots").iterdir()) == sorted(files)
    else:
        with pytest.raises(ConfigError, match="has no pictures"):
            evaluator.save_plots(model, tmp_path / "plots")
        assert not (tmp_path / "plots").exists()
