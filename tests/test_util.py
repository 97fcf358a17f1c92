import subprocess
import sys

import pytest

from likewise import util

DOCUMENTED = [
    "LoggingHandler",
    "SimilarityFunction",
    "batch_to_device",
    "check_package_availability",
    "community_detection",
    "cos_sim",
    "disable_datasets_caching",
    "disable_logging",
    "disabled_tqdm",
    "dot_score",
    "euclidean_sim",
    "fullname",
    "get_device_name",
    "http_get",
    "import_from_string",
    "information_retrieval",
    "install_logger",
    "is_accelerate_available",
    "is_datasets_available",
    "is_sentence_transformer_model",
    "is_training_available",
    "load_dir_path",
    "load_file_path",
    "mine_hard_negatives",
    "manhattan_sim",
    "normalize_embeddings",
    "pairwise_angle_sim",
    "pairwise_cos_sim",
    "pairwise_dot_score",
    "pairwise_euclidean_sim",
    "pairwise_manhattan_sim",
    "pytorch_cos_sim",
    "quantize_embeddings",
    "save_to_hub_args_decorator",
    "semantic_search",
    "truncate_embeddings",
]


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_documented_name_is_there_and_callable(name):
    assert callable(getattr(util, name))
    assert name in dir(util)


def test_the_old_name_of_cos_sim_is_the_same_function():
    assert util.pytorch_cos_sim is util.cos_sim


def test_the_old_name_of_semantic_search_is_the_same_function():
    assert util.information_retrieval is util.semantic_search


def test_a_name_is_the_same_object_each_time():
    """semantic_search recognises the similarity functions of the library by identity."""
    from likewise.ops.similarity import cos_sim

    assert util.cos_sim is cos_sim


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"'likewise\.util' has no attribute 'nope'"):
        _ = util.nope


def test_neither_torch_nor_transformers_is_imported():
    code = (
        "import sys, likewise.util; from likewise.util import cos_sim, semantic_search, normalize_embeddings;"
        "print('torch' in sys.modules, 'transformers' in sys.modules)"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.split() == ["False", "False"]
