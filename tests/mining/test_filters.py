import numpy as np
import pytest

from likewise.mining.filters import admissible
from likewise.mining.rules import NegativeRules

SCORES = np.float32([[0.9, 0.5, 0.1, -0.4, -np.inf]])


def passed(positive, **rules):
    return admissible(SCORES, np.float32([positive]), NegativeRules(**rules))[0][0].tolist()


@pytest.mark.parametrize(
    ("positive", "rules", "expected"),
    [
        (0.5, {}, [1, 1, 1, 1, 0]),
        (0.5, {"max_score": 0.5}, [0, 1, 1, 1, 0]),
        (0.5, {"min_score": 0.1}, [1, 1, 1, 0, 0]),
        (0.5, {"absolute_margin": 0.0}, [0, 1, 1, 1, 0]),
        (0.5, {"absolute_margin": 0.1}, [0, 0, 1, 1, 0]),
        (1.0, {"relative_margin": 0.5}, [0, 1, 1, 1, 0]),
        (-0.4, {"relative_margin": 0.1}, [0, 0, 0, 0, 0]),
        (1.0, {"max_score": 0.5, "min_score": 0.0}, [0, 1, 1, 0, 0]),
    ],
)
def test_each_rule_turns_down_what_breaks_it(positive, rules, expected):
    assert passed(positive, **rules) == [bool(value) for value in expected]


def test_what_was_turned_down_is_counted_once():
    rules = NegativeRules(absolute_margin=0.1, max_score=0.3, min_score=0.0)

    _, counts = admissible(SCORES, np.float32([0.7]), rules)

    assert counts == {"absolute_margin": 1, "max_score": 1, "min_score": 1}
