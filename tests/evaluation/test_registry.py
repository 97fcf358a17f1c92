import pytest

from likewise import evaluation
from likewise.errors import InputError
from likewise.evaluation.registry import evaluator_class, registered_names


def test_what_is_registered_is_what_the_package_offers():
    others = {"SentenceEvaluator", "SimilarityFunction"}

    assert {*registered_names(), *others} == set(evaluation.__all__)
    for name in registered_names():
        assert evaluator_class(name) is getattr(evaluation, name)


def test_unknown_names():
    with pytest.raises(InputError, match="no evaluator 'Triplet'"):
        evaluator_class("Triplet")
    with pytest.raises(AttributeError, match="'TripletEvaluators'"):
        evaluation.TripletEvaluators  # noqa: B018
