import numpy as np
import pytest
import torch

from likewise.errors import InputTypeError
from likewise.ops.similarity import cos_sim, dot_score, manhattan_sim
from likewise.search.measure import Cosine, Manhattan
from likewise.search.numpy_backend import NumpyBackend
from likewise.search.scorer import FunctionScorer, MeasureScorer
from likewise.search.scorer_choice import choose_scorers, measure_scorer
from likewise.search.torch_backend import TorchBackend


def custom(a, b):
    return a @ b.T


@pytest.mark.parametrize(
    ("functions", "side", "backend"),
    [
        ([cos_sim, dot_score], np.eye(2), NumpyBackend),
        ([cos_sim], torch.eye(2), TorchBackend),
        ([cos_sim, custom], np.eye(2), TorchBackend),
    ],
    ids=["arrays", "tensors", "a function of the caller's"],
)
def test_all_scorers_share_one_backend(functions, side, backend):
    scorers = choose_scorers(functions, [side, None])

    assert len({id(scorer._ops) for scorer in scorers}) == 1
    assert all(isinstance(scorer._ops, backend) for scorer in scorers)


def test_functions_of_the_library_are_scored_exactly_and_others_as_they_are():
    kinds = [type(scorer) for scorer in choose_scorers([cos_sim, custom], [np.eye(2)])]

    assert kinds == [MeasureScorer, FunctionScorer]


def test_what_cannot_be_called_is_refused():
    with pytest.raises(InputTypeError, match="score_function='cosine'"):
        choose_scorers(["cosine"], [])


def test_rough_products_are_of_use_only_where_there_are_products(monkeypatch):
    half = object()
    monkeypatch.setattr("likewise.search.scorer_choice.rough_backend", lambda counts, dim: half)

    cosine, manhattan = choose_scorers([cos_sim, manhattan_sim], [np.eye(2)], (2, 2))

    assert cosine._rough is half
    assert manhattan._rough is None


def test_a_scorer_for_a_measure_is_chosen_by_the_same_rule(monkeypatch):
    half = object()
    monkeypatch.setattr("likewise.search.scorer_choice.rough_backend", lambda counts, dim: half)
    one, other = (measure_scorer(measure, [np.eye(2)], (9, 9)) for measure in (Cosine(), Manhattan()))

    assert one._rough is half
    assert other._rough is None
    assert measure_scorer(Cosine(), [torch.eye(2)], (9, 9))._rough is None
