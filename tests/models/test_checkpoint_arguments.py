"""Where a checkpoint is, and what the hub may do, from the arguments of a module."""

import pytest

from likewise.errors import ModelNotFoundError
from likewise.models.checkpoint_arguments import context_of, resolved
from likewise.models.module import LoadContext


def test_options_of_the_hub_count_for_all_parts():
    options = {"token": "t", "revision": "v1", "local_files_only": True, "trust_remote_code": True, "dtype": "float32"}

    context = context_of(options, "cache")

    assert context == LoadContext(
        trust_remote_code=True, token="t", cache_folder="cache", revision="v1", local_files_only=True
    )
    assert context_of({}, None) == LoadContext()


def test_a_local_folder(tmp_path):
    assert resolved(tmp_path, LoadContext()).path == tmp_path
    with pytest.raises(ModelNotFoundError):
        resolved(tmp_path / "absent", LoadContext())
