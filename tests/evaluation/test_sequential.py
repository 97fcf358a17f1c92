import logging

import pytest

from likewise.errors import ConfigError, InputError
from likewise.evaluation import BinaryClassificationEvaluator, SequentialEvaluator, TripletEvaluator
from likewise.evaluation.evaluator import SentenceEvaluator


@pytest.fixture
def model(evaluator_cases):
    return evaluator_cases.StubModel()


@pytest.fixture
def triplets(evaluator_cases):
    cases = evaluator_cases
    return TripletEvaluator(cases.TEXTS, cases.OTHERS, cases.THIRDS, name="t")


@pytest.fixture
def pairs(evaluator_cases):
    cases = evaluator_cases
    return BinaryClassificationEvaluator(cases.TEXTS, cases.OTHERS, cases.LABELS, name="p")


class Less(SentenceEvaluator):
    greater_is_better = False
    primary_metric = "error"

    def __call__(self, model, output_path=None, epoch=-1, steps=-1):
        return {"other": 5.0, "error": 0.25}


def test_metrics_are_merged_and_the_last_one_decides(model, triplets, pairs):
    found = SequentialEvaluator([triplets, pairs])(model)

    assert found == {**triplets(model), **pairs(model), "sequential_score": pairs(model)["p_cosine_ap"]}


def test_a_function_of_all_scores_decides(model):
    def number(model, output_path, epoch, steps):
        return 2

    found = SequentialEvaluator([number, Less(), number], main_score_function=sum)(model)

    assert found == {"evaluator_0": 2, "other": 5.0, "error": 0.25, "evaluator_2": 2, "sequential_score": 4.25}


def test_less_is_better_only_if_all_say_so(triplets):
    assert not SequentialEvaluator([Less(), Less()]).greater_is_better
    assert SequentialEvaluator([Less(), triplets]).greater_is_better


def test_arguments_reach_every_evaluator(model, triplets, pairs, tmp_path):
    SequentialEvaluator([triplets, pairs])(model, str(tmp_path), 3, 9)

    for path in tmp_path.glob("*.csv"):
        assert path.read_text().splitlines()[1].startswith("3,9,")
    assert len(list(tmp_path.glob("*.csv"))) == 2


def test_a_metric_of_two_evaluators_warns(model, triplets, caplog):
    SequentialEvaluator([triplets, triplets])(model)

    assert "two evaluators give the metric ['t_cosine_accuracy']" in caplog.text


def test_a_primary_metric_that_is_not_there_is_an_error(model):
    broken = Less()
    broken.primary_metric = "errors"

    with pytest.raises(InputError, match="'errors' of Less"):
        SequentialEvaluator([broken])(model)


def test_the_description_has_each_evaluator_as_a_part(triplets, pairs):
    text = str(SequentialEvaluator([triplets, pairs, lambda *call: 1.0]).describe())

    lines = text.splitlines()
    assert lines[0] == "Sequential: 3 evaluators"
    assert "  Triplet on t: 12 triplets" in lines
    assert "  Binary Classification on p: 12 pairs, 6 of them positive" in lines


def test_intervals_and_pictures_are_those_of_the_evaluators_that_have_some(model, triplets, pairs, tmp_path, caplog):
    pytest.importorskip("matplotlib", reason="extra plot")
    both = SequentialEvaluator([triplets, pairs, Less(), lambda *call: 1.0])

    with caplog.at_level(logging.WARNING):
        intervals = both.confidence_intervals(model, resamples=10)
    assert intervals == triplets.confidence_intervals(model, resamples=10) | pairs.confidence_intervals(
        model, resamples=10
    )
    assert "evaluator 2 is left out: Less has no confidence intervals" in caplog.text
    assert "evaluator 3 is left out: function is no SentenceEvaluator" in caplog.text

    assert len(both.save_plots(model, tmp_path)) == 2
    assert "evaluator 0 is left out: TripletEvaluator has no pictures" in caplog.text


def test_where_none_has_any_that_is_an_error(model, triplets, tmp_path):
    with pytest.raises(ConfigError, match="Less has no confidence intervals"):
        SequentialEvaluator([Less()]).confidence_intervals(model)
    with pytest.raises(ConfigError, match="has no pictures"):
        SequentialEvaluator([triplets]).save_plots(model, tmp_path)
