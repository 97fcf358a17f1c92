"""A model to the hub: saved into a temporary folder, then uploaded. Knows the model; the hub is `likewise.hub.push`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Protocol

from likewise.errors import InputError
from likewise.hub.push import push_folder


class SupportsSave(Protocol):
    """A model that can be saved to a folder."""

    def save(
        self,
        path: str | Path,
        model_name: str | None = None,
        create_model_card: bool = True,
        train_datasets: list[str] | None = None,
        safe_serialization: bool = True,
    ) -> None:
        """Save the model."""


def push_model(
    model: SupportsSave,
    repo_id: str,
    *,
    local_model_path: str | None = None,
    safe_serialization: bool = True,
    train_datasets: list[str] | None = None,
    **options: Any,
) -> str:
    """Upload a model to the hub.

    Args:
        model: The model.
        repo_id: Such as "me/my-model".
        local_model_path: Upload this folder instead of saving the model.
        safe_serialization: Whether weights are safetensors.
        train_datasets: Names of data sets for the README.
        **options: `token` with the right to write; `private`, whether a new repository is; `commit_message`;
            `exist_ok`, whether the repository may exist; `replace_model_card`, whether a README there is replaced;
            `revision`, the branch to upload to, made if need be; `create_pr`, whether to open a pull request.

    Returns:
        Address of the commit or of the pull request.

    Raises:
        InputError: If `local_model_path` is not a folder.
    """
    if local_model_path is not None:
        if not Path(local_model_path).is_dir():
            raise InputError(f"local_model_path={local_model_path!r} is not a folder", accepted="a saved model")
        return push_folder(Path(local_model_path), repo_id, **options)
    with tempfile.TemporaryDirectory(prefix="likewise-push-") as folder:
        path = Path(folder) / "model"
        model.save(path, model_name=repo_id, train_datasets=train_datasets, safe_serialization=safe_serialization)
        return push_folder(path, repo_id, **options)
