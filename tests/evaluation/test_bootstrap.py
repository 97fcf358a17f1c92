import numpy as np
import pytest
import scipy.stats

from likewise.errors import InputError, ShapeError
from likewise.evaluation.bootstrap import bootstrap, bootstrap_each
from likewise.evaluation.metrics import spearman


@pytest.fixture
def values():
    return np.random.default_rng(0).random(200)


def test_the_interval_is_about_that_of_scipy(values):
    ours = bootstrap(values, resamples=4000)

    theirs = scipy.stats.bootstrap((values,), np.mean, method="percentile", n_resamples=4000, rng=1)
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs.confidence_interval), abs=4e-3)
    assert ours.value == pytest.approx(values.mean())


def test_the_interval_covers_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(0)

    intervals = [bootstrap(rng.random(60), level=0.9, resamples=300) for _ in range(200)]

    assert 0.83 < np.mean([some.low <= 0.5 <= some.high for some in intervals]) < 0.96


def test_the_same_seed_gives_the_same_interval_and_another_one_does_not(values):
    assert bootstrap(values, seed=3) == bootstrap(values, seed=3)
    assert bootstrap(values, seed=3) != bootstrap(values, seed=4)


def test_rows_of_several_columns_stay_together(values):
    interval = bootstrap(values, values**3, statistic=spearman, resamples=50)

    assert (interval.low, interval.high) == pytest.approx((1.0, 1.0))


def test_drawing_in_parts_changes_nothing(values, monkeypatch):
    whole = bootstrap(values, resamples=20)
    monkeypatch.setattr("likewise.evaluation.bootstrap._INDICES_AT_ONCE", 600)

    assert bootstrap(values, resamples=20) == whole


@pytest.mark.parametrize(
    ("columns", "arguments", "message"),
    [
        (([],), {}, "no rows to draw from"),
        (([1.0],), {"level": 1.0}, r"level=1\.0"),
        (([1.0],), {"resamples": 0}, "resamples=0"),
        (([1.0],), {"statistic": lambda column: float("nan")}, "NaN or infinite"),
    ],
)
def test_bad_input_is_refused(columns, arguments, message):
    with pytest.raises(InputError, match=message):
        bootstrap(*columns, **arguments)


def test_columns_must_fit():
    with pytest.raises(ShapeError, match=r"columns of \[1, 2\] rows"):
        bootstrap([1.0], [1.0, 2.0], statistic=spearman)
    with pytest.raises(ShapeError, match="2 columns and no statistic"):
        bootstrap([1.0], [2.0])


def test_several_numbers_at_once_have_the_intervals_of_each_alone(values):
    found = bootstrap_each(values, statistic=lambda rows: {"min": rows.min(), "max": rows.max()}, resamples=30, seed=5)

    assert found == {
        "min": bootstrap(values, statistic=np.min, resamples=30, seed=5),
        "max": bootstrap(values, statistic=np.max, resamples=30, seed=5),
    }


def test_every_draw_has_as_many_rows_of_each_group_in_the_same_places():
    groups = np.array([1, 0, 1, 1, 0])
    rows = np.arange(5)
    drawn = []

    bootstrap(rows, statistic=lambda picks: drawn.append(picks) or 0.0, strata=groups, resamples=50)

    assert all(np.array_equal(groups[picks], groups) for picks in drawn)
    assert {tuple(picks) for picks in drawn if len(set(picks)) < 5}
    with pytest.raises(ShapeError, match=r"strata of shape \(2,\) for 5 rows"):
        bootstrap(rows, strata=[0, 1])


def test_a_single_group_changes_nothing(values):
    assert bootstrap(values, strata=np.zeros(200)) == bootstrap(values)
