"""The table of the alias beside the installed peer package: every module path and public name of it has a place."""

import importlib
import inspect
import pkgutil

import pytest

from likewise.compat.missing import MISSING, instead_of
from likewise.compat.places import ABSENT, find
from likewise.compat.table import TABLE

peer = pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")]

# Files of the other implementation that its documentation does not name.
INTERNAL_PATHS = {
    "base.merging",
    "base.modality",
    "base.modality_types",
    "sentence_transformer.deprecated_model_card_templates",
    "util.decorators",
    "util.deprecated_import",
    "util.distributed",
}
# Helpers and parts of it that its documentation does not name, though the names are public.
INTERNAL_NAMES = {
    "ORIGINAL_TRANSFORMER_MODELS",
    "TiedTranspose",
    "all_gather",
    "all_gather_padded",
    "all_gather_with_grad",
    "append_to_last_row",
    "cat_padded_token_embeddings",
    "check_teacher_targets",
    "check_version_requirements",
    "get_installed_version",
    "format_duration",
    "format_log",
    "generate_model_card",
    "get_losses",
    "get_rank",
    "get_versions",
    "get_world_size",
    "import_module_class",
    "is_dist_initialized",
    "repad_flattened_features",
    "setup_deprecated_module_imports",
    "set_temporary_class_attrs",
    "shrink",
    "similarity_fct_name",
    "stack_padded_token_embeddings",
    "suggest_extra_on_exception",
    "CachedLossDecorator",
    "ForwardDecorator",
    "TransformerDecorator",
    "ModalityParams",
    "ProcessingKwargs",
    "QueryExpansionConfig",
}


def modules():
    """Every module of the peer that can be imported here, by its path below the package."""
    yield "", peer
    for info in pkgutil.walk_packages(peer.__path__, "sentence_transformers."):
        try:
            yield info.name.partition(".")[2], importlib.import_module(info.name)
        except ImportError:  # an optional package is not installed
            continue


def public_names(module):
    """What it lists; without a list, the classes and functions that it defines."""
    if hasattr(module, "__all__"):
        return set(module.__all__)
    own = {name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__}
    return {name for name in own if inspect.isclass(getattr(module, name)) or inspect.isfunction(getattr(module, name))}


def test_every_path_and_name_is_here_or_listed_as_missing():
    lacking = []
    for path, module in modules():
        if path in INTERNAL_PATHS or instead_of(path) is not None:
            continue
        if path not in TABLE:
            lacking.append(path)
            continue
        names = {name for name in public_names(module) if not name.startswith("_")} - INTERNAL_NAMES
        inner = (f"{path}.{name}".lstrip(".") for name in names if find(TABLE[path], name) is ABSENT)
        lacking += [name for name in inner if name not in TABLE and instead_of(name) is None]

    assert lacking == []


def test_every_old_path_is_here():
    """What the peer itself still answers under the file of a class, as versions 2 to 4 spelled it."""
    for path in TABLE:
        package, _, name = path.rpartition(".")
        if package in ("losses", "models", "evaluation", "readers", "datasets") and name[0].isupper():
            try:
                theirs = importlib.import_module(f"sentence_transformers.{path}")
            except ModuleNotFoundError:
                continue
            assert hasattr(theirs, name), path


def test_nothing_is_listed_as_missing_without_need():
    names = {path for path, _ in modules()}
    for path in MISSING:
        parent, _, name = path.rpartition(".")
        if path in names:
            continue
        module = importlib.import_module(f"sentence_transformers.{parent}".rstrip("."))
        old = name in ("fit_mixin", "peft_mixin", "model_card_templates")
        assert old or hasattr(module, name), path
