from types import SimpleNamespace

import pytest

from likewise.errors import InputError, InputTypeError
from likewise.evaluation.score_functions import checked_main_function, checked_score_functions, functions_for
from likewise.ops.similarity import cos_sim, dot_score
from likewise.similarity_functions import SimilarityFunction


def custom(a, b):
    return a @ b.T


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, None),
        ("dot", {"dot": dot_score}),
        ([SimilarityFunction.COSINE, "dot"], {"cosine": cos_sim, "dot": dot_score}),
        ({"mine": custom, "cos_sim": "cosine"}, {"mine": custom, "cos_sim": cos_sim}),
    ],
    ids=["none", "one name", "names", "dict"],
)
def test_functions_may_be_given_in_several_forms(given, expected):
    assert checked_score_functions(given) == expected


def test_what_is_neither_a_function_nor_a_name_is_refused():
    with pytest.raises(InputTypeError, match=r"score_functions\['x'\]=3"):
        checked_score_functions({"x": 3})
    with pytest.raises(InputTypeError, match="score_functions=3"):
        checked_score_functions(3)
    with pytest.raises(InputError, match="score_functions is empty"):
        checked_score_functions({})
    with pytest.raises(InputError, match="unknown similarity function 'cosinus'"):
        checked_score_functions(["cosinus"])


def test_the_main_function_must_be_computed():
    assert checked_main_function(SimilarityFunction.DOT, {"dot": dot_score}) == "dot"
    with pytest.raises(InputError, match=r"main_score_function='dot'\. Accepted: one of \['cosine'\]"):
        checked_main_function("dot", {"cosine": cos_sim})


def test_without_functions_the_main_one_or_that_of_the_model_is_taken():
    model = SimpleNamespace(similarity_fn_name="dot")

    assert functions_for(model, None, None) == {"dot": dot_score}
    assert functions_for(model, None, "cosine") == {"cosine": cos_sim}
    assert functions_for(model, {"mine": custom}, "mine") == {"mine": custom}
