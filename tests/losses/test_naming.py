"""Names for the model card."""

from __future__ import annotations

import functools

import torch

from likewise.losses.naming import function_name, member_name
from likewise.losses.pair_distances import SiameseDistanceMetric, TripletDistanceMetric, cosine_distance


def test_a_member_has_the_name_of_the_class_that_it_was_asked_in():
    assert member_name(cosine_distance, SiameseDistanceMetric) == "SiameseDistanceMetric.COSINE_DISTANCE"
    assert member_name(cosine_distance, TripletDistanceMetric) == "TripletDistanceMetric.COSINE"


def test_other_functions_and_callables_have_their_own():
    assert member_name(torch.dot, TripletDistanceMetric) == "dot"
    assert function_name(functools.partial(torch.dot)) == "partial"
