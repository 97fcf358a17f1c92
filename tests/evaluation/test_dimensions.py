import numpy as np
import pytest

from likewise.errors import ConfigError, InputError, ShapeError
from likewise.evaluation import (
    EmbeddingSimilarityEvaluator,
    LabelAccuracyEvaluator,
    SequentialEvaluator,
    TripletEvaluator,
)
from likewise.evaluation.dimensions import metric_by_dimension
from likewise.evaluation.encoded_once import EncodedOnce


@pytest.fixture
def model(evaluator_cases):
    return evaluator_cases.StubModel()


@pytest.fixture
def sts(evaluator_cases):
    return EmbeddingSimilarityEvaluator(evaluator_cases.TEXTS, evaluator_cases.OTHERS, evaluator_cases.GOLD, name="dev")


def of(evaluator_cases, **settings):
    cases = evaluator_cases
    return EmbeddingSimilarityEvaluator(cases.TEXTS, cases.OTHERS, cases.GOLD, name="dev", **settings)


def test_values_are_those_of_evaluators_that_cut(evaluator_cases, model, sts):
    found = metric_by_dimension(sts, model, [8, 2, 4])

    expected = {dim: of(evaluator_cases, truncate_dim=dim)(model)["dev_spearman_cosine"] for dim in (8, 2, 4)}
    assert list(found) == [8, 2, 4]
    assert found == pytest.approx(expected)
    assert len(set(found.values())) == 3


def test_another_metric(evaluator_cases, model, sts):
    found = metric_by_dimension(sts, model, [4], metric="dev_pearson_cosine")

    assert found == pytest.approx({4: of(evaluator_cases, truncate_dim=4)(model)["dev_pearson_cosine"]})


def test_the_model_card_stays_as_it_is(model, sts):
    metric_by_dimension(sts, model, [4])

    assert model.model_card_data.evaluations == []


def test_a_model_that_remembers_encodes_once(model, sts):
    expected = metric_by_dimension(sts, model, [8, 4, 2])
    model.encoded.clear()
    once = EncodedOnce(model)
    sts(once)

    assert metric_by_dimension(sts, once, [8, 4, 2]) == expected
    assert len(model.encoded) == 1


def test_several_evaluators_as_one_can_be_cut(evaluator_cases, model, sts):
    triplets = TripletEvaluator(evaluator_cases.TEXTS, evaluator_cases.OTHERS, evaluator_cases.THIRDS)

    found = metric_by_dimension(SequentialEvaluator([triplets, sts]), model, [4])

    assert found == metric_by_dimension(sts, model, [4])


def test_a_callable_that_gives_a_number_has_a_curve(model):
    class Width(TripletEvaluator.__base__):
        def __call__(self, model, output_path=None, epoch=-1, steps=-1):
            return float(np.shape(model.encode(["a"]))[1])

    assert metric_by_dimension(Width(), model, [3, 5]) == {3: 3.0, 5: 5.0}


def test_bits_are_counted_as_dimensions(toy_bert_folder, tmp_path, evaluator_cases):
    from likewise import SentenceTransformer

    model = SentenceTransformer(str(toy_bert_folder(tmp_path / "model", dimension=16)), device="cpu")
    bits = of(evaluator_cases, precision="ubinary")

    assert list(metric_by_dimension(bits, model, [8, 16])) == [8, 16]
    with pytest.raises(ShapeError, match="dimension 24 of a model with 16"):
        metric_by_dimension(bits, model, [24])


def test_bad_dimensions_are_refused(model, sts):
    with pytest.raises(InputError, match="no dimensions"):
        metric_by_dimension(sts, model, [])
    with pytest.raises(InputError, match="dimension 0"):
        metric_by_dimension(sts, model, [4, 0])
    with pytest.raises(ShapeError, match="dimension 9 of a model with 8"):
        metric_by_dimension(sts, model, [9])
    with pytest.raises(InputError, match="metric='accuracy'"):
        metric_by_dimension(sts, model, [4], metric="accuracy")


def test_evaluators_that_cannot_be_cut_are_refused(evaluator_cases, model):
    with pytest.raises(ConfigError, match="cuts embeddings to 4 itself"):
        metric_by_dimension(of(evaluator_cases, truncate_dim=4), model, [2])
    labels = evaluator_cases.CASES["LabelAccuracyEvaluator"].build(None)
    assert isinstance(labels, LabelAccuracyEvaluator)
    with pytest.raises(ConfigError, match="does not encode"):
        metric_by_dimension(labels, model, [2])
