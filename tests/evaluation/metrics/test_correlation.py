import logging

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.errors import InputError, ShapeError
from likewise.evaluation.metrics.correlation import average_ranks, check_gold, pearson, spearman

VALUES = st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=2, max_size=40)
TWO_SIDED = VALUES.filter(lambda rows: all(len(set(column)) > 1 for column in zip(*rows, strict=True)))


@given(TWO_SIDED)
@settings(deadline=None)
def test_spearman_is_what_scipy_says_with_ties(rows):
    scores, gold = zip(*rows, strict=True)

    assert spearman(scores, gold) == pytest.approx(scipy.stats.spearmanr(scores, gold).statistic, abs=1e-12)


@given(TWO_SIDED)
@settings(deadline=None)
def test_pearson_is_what_scipy_says(rows):
    scores, gold = zip(*rows, strict=True)

    assert pearson(scores, gold) == pytest.approx(scipy.stats.pearsonr(scores, gold).statistic, abs=1e-12)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=40))
@settings(deadline=None)
def test_ranks_are_what_scipy_says(values):
    np.testing.assert_array_equal(average_ranks(values), scipy.stats.rankdata(values))


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_the_scale_does_not_matter_even_where_squares_leave_float64(scale):
    rng = np.random.default_rng(0)
    scores, gold = rng.standard_normal((2, 50))

    assert pearson(scores * scale, gold) == pytest.approx(pearson(scores, gold))


@pytest.mark.parametrize("metric", [pearson, spearman])
def test_constant_scores_have_zero_and_a_warning(metric, caplog):
    with caplog.at_level(logging.WARNING):
        assert metric([0.5, 0.5, 0.5], [1, 2, 3]) == 0.0

    assert "All 3 scores are 0.5" in caplog.text


@pytest.mark.parametrize("metric", [pearson, spearman])
def test_constant_gold_scores_are_refused(metric):
    with pytest.raises(InputError, match=r"gold scores: all 2 are 1\..*correlation with a constant has no value"):
        metric([0.1, 0.2], [1, 1])


def test_no_gold_scores_are_refused():
    with pytest.raises(InputError, match="scores: there are none"):
        check_gold([], name="scores")


def test_nan_is_refused_not_ranked():
    with pytest.raises(InputError, match="scores: nan in row 1"):
        spearman([0.1, np.nan], [1, 2])


def test_lengths_that_differ_are_refused():
    with pytest.raises(ShapeError, match=r"scores of shape \(3,\).*\(2,\)"):
        pearson([1, 2, 3], [1, 2])
