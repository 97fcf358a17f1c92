"""The documented helper names, each from where it lives. This file holds no code of its own.

A name is looked up when it is first used, so `import likewise.util` imports neither torch nor transformers.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from likewise.availability import check_package_availability as check_package_availability
    from likewise.availability import is_accelerate_available as is_accelerate_available
    from likewise.availability import is_datasets_available as is_datasets_available
    from likewise.availability import is_training_available as is_training_available
    from likewise.datasets_caching import disable_datasets_caching as disable_datasets_caching
    from likewise.device import batch_to_device as batch_to_device
    from likewise.device import get_device_name as get_device_name
    from likewise.hub.http_get import http_get as http_get
    from likewise.hub.lookup import is_sentence_transformer_model as is_sentence_transformer_model
    from likewise.hub.lookup import load_dir_path as load_dir_path
    from likewise.hub.lookup import load_file_path as load_file_path
    from likewise.logging_handler import LoggingHandler as LoggingHandler
    from likewise.logging_handler import install_logger as install_logger
    from likewise.mining.hard_negatives import mine_hard_negatives as mine_hard_negatives
    from likewise.ops.normalize import normalize_embeddings as normalize_embeddings
    from likewise.ops.normalize import truncate_embeddings as truncate_embeddings
    from likewise.ops.similarity import cos_sim as cos_sim
    from likewise.ops.similarity import dot_score as dot_score
    from likewise.ops.similarity import euclidean_sim as euclidean_sim
    from likewise.ops.similarity import manhattan_sim as manhattan_sim
    from likewise.ops.similarity import pairwise_angle_sim as pairwise_angle_sim
    from likewise.ops.similarity import pairwise_cos_sim as pairwise_cos_sim
    from likewise.ops.similarity import pairwise_dot_score as pairwise_dot_score
    from likewise.ops.similarity import pairwise_euclidean_sim as pairwise_euclidean_sim
    from likewise.ops.similarity import pairwise_manhattan_sim as pairwise_manhattan_sim
    from likewise.ops.sparse import compute_count_vector as compute_count_vector
    from likewise.ops.sparse import select_max_active_dims as select_max_active_dims
    from likewise.ops.sparse import to_scipy_coo as to_scipy_coo
    from likewise.qualified_name import fullname as fullname
    from likewise.qualified_name import import_from_string as import_from_string
    from likewise.quantization.quantize import quantize_embeddings as quantize_embeddings
    from likewise.quiet import disable_logging as disable_logging
    from likewise.quiet import disabled_tqdm as disabled_tqdm
    from likewise.search.community_detection import community_detection as community_detection
    from likewise.search.paraphrase_mining import paraphrase_mining as paraphrase_mining
    from likewise.search.paraphrase_mining import paraphrase_mining_embeddings as paraphrase_mining_embeddings
    from likewise.search.semantic_search import semantic_search as information_retrieval  # noqa: F401 - the old name
    from likewise.search.semantic_search import semantic_search as semantic_search
    from likewise.sentence_transformer.old_upload import save_to_hub_args_decorator as save_to_hub_args_decorator
    from likewise.similarity_functions import SimilarityFunction as SimilarityFunction

# name: (module, name there)
_NAMES = {
    "cos_sim": ("ops.similarity", "cos_sim"),
    "pytorch_cos_sim": ("ops.similarity", "cos_sim"),
    "dot_score": ("ops.similarity", "dot_score"),
    "euclidean_sim": ("ops.similarity", "euclidean_sim"),
    "manhattan_sim": ("ops.similarity", "manhattan_sim"),
    "pairwise_cos_sim": ("ops.similarity", "pairwise_cos_sim"),
    "pairwise_dot_score": ("ops.similarity", "pairwise_dot_score"),
    "pairwise_euclidean_sim": ("ops.similarity", "pairwise_euclidean_sim"),
    "pairwise_manhattan_sim": ("ops.similarity", "pairwise_manhattan_sim"),
    "pairwise_angle_sim": ("ops.similarity", "pairwise_angle_sim"),
    "normalize_embeddings": ("ops.normalize", "normalize_embeddings"),
    "truncate_embeddings": ("ops.normalize", "truncate_embeddings"),
    "compute_count_vector": ("ops.sparse", "compute_count_vector"),
    "select_max_active_dims": ("ops.sparse", "select_max_active_dims"),
    "to_scipy_coo": ("ops.sparse", "to_scipy_coo"),
    "semantic_search": ("search.semantic_search", "semantic_search"),
    "community_detection": ("search.community_detection", "community_detection"),
    "paraphrase_mining": ("search.paraphrase_mining", "paraphrase_mining"),
    "paraphrase_mining_embeddings": ("search.paraphrase_mining", "paraphrase_mining_embeddings"),
    "mine_hard_negatives": ("mining.hard_negatives", "mine_hard_negatives"),
    "information_retrieval": ("search.semantic_search", "semantic_search"),
    "SimilarityFunction": ("similarity_functions", "SimilarityFunction"),
    "quantize_embeddings": ("quantization.quantize", "quantize_embeddings"),
    "batch_to_device": ("device", "batch_to_device"),
    "get_device_name": ("device", "get_device_name"),
    "is_sentence_transformer_model": ("hub.lookup", "is_sentence_transformer_model"),
    "load_dir_path": ("hub.lookup", "load_dir_path"),
    "load_file_path": ("hub.lookup", "load_file_path"),
    "http_get": ("hub.http_get", "http_get"),
    "check_package_availability": ("availability", "check_package_availability"),
    "is_accelerate_available": ("availability", "is_accelerate_available"),
    "is_datasets_available": ("availability", "is_datasets_available"),
    "is_training_available": ("availability", "is_training_available"),
    "fullname": ("qualified_name", "fullname"),
    "import_from_string": ("qualified_name", "import_from_string"),
    "disable_logging": ("quiet", "disable_logging"),
    "disabled_tqdm": ("quiet", "disabled_tqdm"),
    "disable_datasets_caching": ("datasets_caching", "disable_datasets_caching"),
    "save_to_hub_args_decorator": ("sentence_transformer.old_upload", "save_to_hub_args_decorator"),
    "LoggingHandler": ("logging_handler", "LoggingHandler"),
    "install_logger": ("logging_handler", "install_logger"),
}


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _NAMES[name]
    return getattr(importlib.import_module(f"likewise.{module}"), attribute)


def __dir__() -> list[str]:
    return sorted(_NAMES)
