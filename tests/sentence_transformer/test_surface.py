"""The documented class: names, order and defaults of arguments, written out."""

import inspect

import pytest

from likewise import SentenceTransformer

REQUIRED = inspect.Parameter.empty
# The documented positional order (v3.4) with defaults. `batch_size` is the one default that differs: None fills
# batches to a budget of tokens.
ENCODE = [
    ("prompt_name", None),
    ("prompt", None),
    ("batch_size", None),
    ("show_progress_bar", None),
    ("output_value", "sentence_embedding"),
    ("precision", "float32"),
    ("convert_to_numpy", True),
    ("convert_to_tensor", False),
    ("device", None),
    ("normalize_embeddings", False),
    # v5
    ("truncate_dim", None),
    ("pool", None),
    ("chunk_size", None),
]
SAVE = [
    ("path", REQUIRED),
    ("model_name", None),
    ("create_model_card", True),
    ("train_datasets", None),
    ("safe_serialization", True),
]
POSITIONAL = {
    "__init__": [
        ("model_name_or_path", None),
        ("modules", None),
        ("device", None),
        ("prompts", None),
        ("default_prompt_name", None),
        ("similarity_fn_name", None),
        ("cache_folder", None),
        ("trust_remote_code", False),
        ("revision", None),
        ("local_files_only", False),
        ("token", None),
        ("use_auth_token", None),
        ("truncate_dim", None),
        ("model_kwargs", None),
        ("tokenizer_kwargs", None),
        ("config_kwargs", None),
        ("model_card_data", None),
        ("backend", "torch"),
    ],
    "encode": [("sentences", None), *ENCODE],
    "encode_query": [("sentences", None), *ENCODE],
    "encode_document": [("sentences", None), *ENCODE],
    "encode_multi_process": [
        ("sentences", REQUIRED),
        ("pool", REQUIRED),
        ("prompt_name", None),
        ("prompt", None),
        ("batch_size", None),
        ("chunk_size", None),
        ("show_progress_bar", None),
        ("precision", "float32"),
        ("normalize_embeddings", False),
    ],
    "start_multi_process_pool": [("target_devices", None)],
    "similarity": [("embeddings1", REQUIRED), ("embeddings2", REQUIRED)],
    "similarity_pairwise": [("embeddings1", REQUIRED), ("embeddings2", REQUIRED)],
    "truncate_sentence_embeddings": [("truncate_dim", REQUIRED)],
    "truncate_embeddings": [("truncate_dim", REQUIRED)],
    "evaluate": [("evaluator", REQUIRED), ("output_path", None)],
    "save": SAVE,
    "save_pretrained": SAVE,
    "push_to_hub": [
        ("repo_id", REQUIRED),
        ("token", None),
        ("private", None),
        ("safe_serialization", True),
        ("commit_message", None),
        ("local_model_path", None),
        ("exist_ok", False),
        ("replace_model_card", False),
        ("train_datasets", None),
        ("revision", None),
        ("create_pr", False),
    ],
    "save_to_hub": [
        ("repo_id", REQUIRED),
        ("organization", None),
        ("token", None),
        ("private", None),
        ("safe_serialization", True),
        ("commit_message", "Add new SentenceTransformer model."),
        ("local_model_path", None),
        ("exist_ok", False),
        ("replace_model_card", False),
        ("train_datasets", None),
    ],
    "set_pooling_include_prompt": [("include_prompt", REQUIRED)],
    "gradient_checkpointing_enable": [("gradient_checkpointing_kwargs", None)],
    "forward": [("input", REQUIRED)],
    "supports": [("modality", REQUIRED)],
    "is_singular_input": [("inputs", REQUIRED)],
    "get_sentence_features": [],
    "get_sentence_embedding_dimension": [],
    "get_embedding_dimension": [],
    "get_max_seq_length": [],
    "get_backend": [],
    "get_model_kwargs": [],
    "describe": [],
}
PROPERTIES = {
    # name: settable
    "config": True,
    "device": False,
    "dtype": False,
    "max_seq_length": True,
    "modalities": False,
    "processor": False,
    "similarity_fn_name": True,
    "tokenizer": True,
    "transformers_model": False,
    "truncate_dim": True,
    "_target_device": True,
}


@pytest.mark.parametrize("name", POSITIONAL)
def test_positional_arguments_are_the_documented_ones(name):
    parameters = list(inspect.signature(getattr(SentenceTransformer, name)).parameters.values())
    positional = [
        (each.name, each.default) for each in parameters if each.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]

    assert positional[0][0] == "self"
    assert positional[1:] == POSITIONAL[name]


def test_static_and_class_methods():
    assert isinstance(inspect.getattr_static(SentenceTransformer, "stop_multi_process_pool"), staticmethod)
    assert list(inspect.signature(SentenceTransformer.load).parameters) == ["input_path"]


@pytest.mark.parametrize("name", PROPERTIES)
def test_properties_are_settable_where_documented(name):
    member = inspect.getattr_static(SentenceTransformer, name)

    assert isinstance(member, property)
    assert (member.fset is not None) is PROPERTIES[name]
