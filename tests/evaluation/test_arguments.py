from types import SimpleNamespace

import pytest

from likewise import InputExample
from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.evaluation.arguments import (
    checked_functions,
    checked_main,
    checked_texts,
    columns_of,
    functions_of,
)
from likewise.similarity_functions import SimilarityFunction


def test_columns_of_any_kind_become_lists():
    assert checked_texts(a=("x", "y"), b=iter(["z", "w"])) == [["x", "y"], ["z", "w"]]


@pytest.mark.parametrize(
    ("columns", "error", "message"),
    [
        ({"a": "x"}, InputTypeError, "a is 'x'"),
        ({"a": b"x"}, InputTypeError, "a is b'x'"),
        ({"a": 3}, InputTypeError, "a is 3"),
        ({"a": []}, ShapeError, "0 a"),
        ({"a": ["x"], "b": ["x", "y"]}, ShapeError, "1 a, 2 b"),
    ],
)
def test_columns_that_do_not_fit_are_refused(columns, error, message):
    with pytest.raises(error, match=message):
        checked_texts(**columns)


def test_functions_by_name_or_member_each_once():
    assert checked_functions(["dot", SimilarityFunction.DOT, "cosine"]) == ["dot", "cosine"]
    assert checked_functions("cosine") == ["cosine"]
    assert checked_functions([]) is checked_functions(None) is None
    with pytest.raises(InputError, match="unknown similarity function 'cosin'"):
        checked_functions(["cosin"])


def test_the_main_function_must_be_computed():
    assert checked_main(None, ["dot"], "main") is None
    assert checked_main(SimilarityFunction.DOT, ["cosine", "dot"], "main") == "dot"
    assert checked_main("dot", None, "main") == "dot"
    with pytest.raises(InputError, match=r"main='dot', but similarity_fn_names=\['cosine'\]"):
        checked_main("dot", ["cosine"], "main")


def test_functions_of_a_call_are_those_named_then_the_main_one_then_the_models():
    model = SimpleNamespace(similarity_fn_name=SimilarityFunction.MANHATTAN)

    assert functions_of(model, ["dot", "cosine"], "cosine") == ["dot", "cosine"]
    assert functions_of(model, None, "dot") == ["dot"]
    assert functions_of(model, None, None) == ["manhattan"]


def test_examples_are_taken_apart():
    examples = [InputExample(texts=["a", "b"], label=1), InputExample(texts=["c", "d"], label=0)]

    assert columns_of(examples, 2) == ([["a", "c"], ["b", "d"]], [1, 0])
    with pytest.raises(ShapeError, match="example 0 has 2 texts"):
        columns_of(examples, 3)
