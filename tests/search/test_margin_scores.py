import numpy as np
import pytest

from likewise.search.margin_scores import best_pairs, margin_scores
from likewise.search.neighbours_of_both import Neighbours


@pytest.mark.parametrize(("margin", "expected"), [("ratio", 0.6 / 0.3), ("distance", 0.6 - 0.3), ("absolute", 0.6)])
def test_margins_are_those_of_the_paper(margin, expected):
    found = Neighbours(np.array([[1]]), np.float32([[0.6]]))

    scores = margin_scores(found, np.float32([0.4]), np.float32([9, 0.2]), margin)

    np.testing.assert_allclose(scores, [[expected]], rtol=1e-6)


@pytest.mark.filterwarnings("error")
def test_there_is_no_ratio_to_what_is_not_positive():
    found = Neighbours(np.array([[0, 1]]), np.float32([[0.5, 0.4]]))

    assert margin_scores(found, np.float32([0.0]), np.float32([0.0, -0.5]), "ratio").tolist() == [[-np.inf, -np.inf]]


# Source 0 and target 1 choose each other; source 1 chooses target 1, and target 0 chooses source 1.
IDS = np.array([[1, 0], [1, 0]]), np.array([[1, 0], [0, 1]])
SCORES = np.float32([[0.9, 0.1], [0.8, 0.5]]), np.float32([[0.5, 0.1], [0.9, 0.8]])


@pytest.mark.parametrize(
    ("retrieval", "expected"),
    [
        ("forward", [(0, 1), (1, 1)]),
        ("backward", [(0, 1), (1, 0)]),
        ("intersection", [(0, 1)]),
        ("union", [(0, 1), (1, 1), (1, 0)]),
        ("max", [(0, 1), (1, 0)]),
    ],
)
def test_pairs_are_chosen_best_first(retrieval, expected):
    sources, targets, scores = best_pairs(IDS, SCORES, retrieval)

    assert list(zip(sources.tolist(), targets.tolist(), strict=True)) == expected
    assert (np.diff(scores) <= 0).all()
