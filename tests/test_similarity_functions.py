import subprocess
import sys

import pytest

from likewise.errors import InputError
from likewise.ops import similarity
from likewise.similarity_functions import SimilarityFunction


def test_the_documented_members_and_values():
    assert {name: member.value for name, member in SimilarityFunction.__members__.items()} == {
        "COSINE": "cosine",
        "DOT_PRODUCT": "dot",
        "DOT": "dot",
        "EUCLIDEAN": "euclidean",
        "MANHATTAN": "manhattan",
    }
    assert SimilarityFunction.DOT is SimilarityFunction.DOT_PRODUCT
    assert SimilarityFunction.possible_values() == ["cosine", "dot", "euclidean", "manhattan"]


@pytest.mark.parametrize("function", SimilarityFunction, ids=str)
def test_names_and_members_lead_to_the_functions(function):
    name = {"cosine": "cos_sim", "dot": "dot_score"}.get(function.value, f"{function.value}_sim")

    assert SimilarityFunction.to_similarity_fn(function) is getattr(similarity, name)
    assert SimilarityFunction.to_similarity_fn(function.value) is getattr(similarity, name)
    assert SimilarityFunction.to_similarity_pairwise_fn(function) is getattr(similarity, f"pairwise_{name}")
    assert SimilarityFunction.to_similarity_pairwise_fn(function.value) is getattr(similarity, f"pairwise_{name}")


@pytest.mark.parametrize(
    ("wrong", "nearest"), [("cosin", "cosine"), ("Euclid", "euclidean"), ("dot_product", "dot"), (None, "cosine")]
)
@pytest.mark.parametrize(
    "use", [SimilarityFunction, SimilarityFunction.to_similarity_fn, SimilarityFunction.to_similarity_pairwise_fn]
)
def test_an_unknown_name_is_refused_with_the_nearest_one(use, wrong, nearest):
    with pytest.raises(InputError, match=rf"unknown similarity function {wrong!r}.*'manhattan'.*Fix: '{nearest}'"):
        use(wrong)


def test_torch_is_not_imported():
    code = (
        "import sys; from likewise.similarity_functions import SimilarityFunction as S;"
        "S.to_similarity_fn('dot'); print('torch' in sys.modules)"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "False"
