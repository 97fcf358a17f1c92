import numpy as np
import pytest

from likewise.evaluation.bootstrap import bootstrap
from likewise.evaluation.sample import MetricSample

SETTINGS = {"level": 0.9, "resamples": 40, "seed": 2}


@pytest.fixture
def values():
    return np.random.default_rng(0).random(30)


def test_one_number_has_one_interval(values):
    found = MetricSample((values,), np.max).intervals("largest", **SETTINGS)

    assert found == {"largest": bootstrap(values, statistic=np.max, **SETTINGS)}


def test_several_numbers_have_their_names_behind(values):
    sample = MetricSample((values,), several=lambda rows: {"min": rows.min(), "max": rows.max()})

    assert sample.intervals("cosine", **SETTINGS) == {
        "cosine_min": bootstrap(values, statistic=np.min, **SETTINGS),
        "cosine_max": bootstrap(values, statistic=np.max, **SETTINGS),
    }


def test_groups_are_drawn_by_themselves():
    sample = MetricSample(([0.0, 0.0, 1.0, 1.0],), strata=[0, 0, 1, 1])

    assert sample.intervals("mean", **SETTINGS)["mean"].low == 0.5
