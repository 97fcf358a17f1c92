import pytest

from likewise.errors import ConfigError, InputError, InputTypeError
from likewise.mining.rules import NegativeRules


@pytest.mark.parametrize(
    ("arguments", "depth"),
    [
        ({}, 3 + 2),
        ({"num_negatives": 5, "range_min": 4}, 9 + 2),
        ({"max_score": 0.5}, 30 + 2),
        ({"min_score": 0.0}, 30 + 2),
        ({"absolute_margin": 0.0}, 30 + 2),
        ({"relative_margin": 0.0, "range_min": 7}, 37 + 2),
        ({"rescored": True}, 30 + 2),
        ({"range_max": 8, "max_score": 0.5}, 8 + 1),
    ],
)
def test_depth_allows_for_what_is_turned_down(arguments, depth):
    assert NegativeRules(**arguments).depth(most_rows=1) == depth


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"num_negatives": 0}, InputError, "num_negatives=0"),
        ({"num_negatives": 1.5}, InputTypeError, "num_negatives=1.5"),
        ({"range_min": -1}, InputError, "range_min=-1"),
        ({"range_min": "a"}, InputTypeError, "range_min='a'"),
        ({"range_max": 0}, InputError, "range_max=0"),
        ({"range_min": 5, "range_max": 7}, ConfigError, "leave 2 candidates for num_negatives=3"),
        ({"max_score": "high"}, InputTypeError, "max_score='high'"),
        ({"relative_margin": float("nan")}, InputError, "relative_margin=nan"),
        ({"min_score": 0.5, "max_score": 0.4}, ConfigError, "min_score=0.5 is above max_score=0.4"),
        ({"sampling_strategy": "best"}, InputError, "sampling_strategy='best'. Accepted: 'top', 'random'"),
    ],
)
def test_bad_rules_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        NegativeRules(**arguments)
