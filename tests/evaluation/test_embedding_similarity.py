import numpy as np
import pytest
import scipy.stats

from likewise import InputExample
from likewise.errors import InputError
from likewise.evaluation import EmbeddingSimilarityEvaluator

LEFT, RIGHT = ["zero"] * 4, ["at 10", "at 30", "at 50", "at 90"]
GOLD = [5.0, 2.0, 3.0, 0.0]
ANGLES = np.array([10, 30, 50, 90])


@pytest.fixture
def model(table_model, degrees):
    return table_model(dict(zip(["zero", *RIGHT], degrees(0, *ANGLES), strict=True)))


def test_metrics_are_the_correlations_of_the_cosines(model):
    found = EmbeddingSimilarityEvaluator(LEFT, RIGHT, GOLD)(model)

    cosines = np.cos(np.radians(ANGLES))
    assert found == pytest.approx(
        {
            "pearson_cosine": scipy.stats.pearsonr(cosines, GOLD).statistic,
            "spearman_cosine": scipy.stats.spearmanr(cosines, GOLD).statistic,
        },
        abs=1e-6,
    )


@pytest.mark.parametrize(
    ("settings", "primary"),
    [
        ({"similarity_fn_names": ["dot", "euclidean"]}, "spearman_max"),
        ({"similarity_fn_names": ["dot", "euclidean"], "main_similarity": "dot"}, "spearman_dot"),
        ({"similarity_fn_names": ["dot"]}, "spearman_dot"),
        ({"main_similarity": "manhattan"}, "spearman_manhattan"),
    ],
)
def test_the_primary_metric_is_known_before_the_first_call_and_stays(model, settings, primary):
    evaluator = EmbeddingSimilarityEvaluator(LEFT, RIGHT, GOLD, **settings)
    assert evaluator.primary_metric == primary

    found = evaluator(model)

    assert evaluator.primary_metric == primary
    assert primary in found


def test_the_precision_is_part_of_the_file_and_of_what_the_model_is_asked(model, tmp_path):
    evaluator = EmbeddingSimilarityEvaluator(LEFT, RIGHT, GOLD, name="dev", precision="float32")

    evaluator(model, str(tmp_path))

    assert [path.name for path in tmp_path.iterdir()] == ["similarity_evaluation_dev_float32_results.csv"]
    ((_, texts, kwargs),) = model.calls
    assert texts == [*LEFT, *RIGHT]
    assert (kwargs["precision"], kwargs["normalize_embeddings"]) == ("float32", True)
    assert evaluator.describe().settings == {"precision": "float32"}


def test_similarities_that_are_all_equal_count_as_no_correlation_and_warn(model, caplog):
    found = EmbeddingSimilarityEvaluator(LEFT, ["at 10"] * 4, GOLD)(model)

    assert found == {"pearson_cosine": 0.0, "spearman_cosine": 0.0}
    assert "they have no correlation" in caplog.text
    caplog.clear()
    intervals = EmbeddingSimilarityEvaluator(LEFT, ["at 10"] * 4, GOLD).confidence_intervals(model, resamples=50)
    assert (intervals["spearman_cosine"].value, intervals["spearman_cosine"].high) == (0.0, 0.0)
    assert len(caplog.records) == 0


def test_intervals_are_over_pairs(model):
    evaluator = EmbeddingSimilarityEvaluator(LEFT, RIGHT, GOLD)

    interval = evaluator.confidence_intervals(model, resamples=200)["spearman_cosine"]

    # A draw may hold one pair four times: then there is no correlation.
    assert interval.low <= 0 < interval.value < interval.high == 1.0


def test_examples_give_the_same_evaluator(model):
    examples = [InputExample(texts=[a, b], label=c) for a, b, c in zip(LEFT, RIGHT, GOLD, strict=True)]

    assert EmbeddingSimilarityEvaluator.from_input_examples(examples)(model) == EmbeddingSimilarityEvaluator(
        LEFT, RIGHT, GOLD
    )(model)


def test_unknown_names_are_refused():
    with pytest.raises(InputError, match="precision='int4'"):
        EmbeddingSimilarityEvaluator(LEFT, RIGHT, GOLD, precision="int4")
    with pytest.raises(InputError, match="main_similarity='dot'"):
        EmbeddingSimilarityEvaluator(LEFT, RIGHT, GOLD, main_similarity="dot", similarity_fn_names=["cosine"])
