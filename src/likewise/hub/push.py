"""A local folder to a repository of the hub. Knows the hub, not what a model is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from likewise._version import __version__
from likewise.errors import InputError, OutputError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

CARD_NAME = "README.md"
_SKIPPED = [".*.likewise-*", "**/.*.likewise-*", "**/__pycache__/**", ".git/**", ".cache/**"]


def default_commit_message(family: str = "SentenceTransformer", backend: str = "torch") -> str:
    """The documented commit message of an upload.

    Args:
        family: The model's class.
        backend: What runs it.

    Returns:
        The message.

    Example:
        >>> default_commit_message(), default_commit_message(backend="onnx")
        ('Add new SentenceTransformer model', 'Add new SentenceTransformer model with an onnx backend')
    """
    article = "an" if backend[:1] in "aeiou" else "a"
    return f"Add new {family} model" + ("" if backend == "torch" else f" with {article} {backend} backend")


def push_folder(
    folder: Path,
    repo_id: str,
    *,
    token: str | bool | None = None,
    private: bool | None = None,
    commit_message: str | None = None,
    exist_ok: bool = False,
    replace_model_card: bool = False,
    revision: str | None = None,
    create_pr: bool = False,
    api: HfApi | None = None,
) -> str:
    """Upload a folder, making the repository and the branch where needed.

    Args:
        folder: The folder.
        repo_id: "owner/name", or a bare name for a repository of the token's owner.
        token: Token with the right to write; None takes the one that the user has logged in with.
        private: Whether a new repository is private; None takes the owner's default.
        commit_message: First line of the commit; None takes the documented default.
        exist_ok: Whether the repository may exist.
        replace_model_card: Whether a README that the repository has is replaced.
        revision: The branch; None is the default branch.
        create_pr: Whether to open a pull request instead.
        api: Client of the hub; None makes one.

    Returns:
        Address of the pull request if `create_pr`, else of the commit.

    Raises:
        InputError: If there is no such folder, or the name is no name of a repository.
        OutputError: If the hub refuses, or cannot be reached.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder", accepted="a saved model")
    client = api or _client(token)
    with _told(repo_id):
        made = client.create_repo(repo_id, private=private, exist_ok=exist_ok or create_pr)
        full_id = made.repo_id
        if revision is not None:
            client.create_branch(full_id, branch=revision, exist_ok=True)
        skipped = list(_SKIPPED)
        may_have_card = (exist_ok or create_pr) and not replace_model_card
        if may_have_card and client.file_exists(full_id, CARD_NAME, revision=revision):
            skipped.append(CARD_NAME)
        commit: Any = client.upload_folder(
            repo_id=full_id,
            folder_path=folder,
            commit_message=commit_message or default_commit_message(),
            revision=revision,
            create_pr=create_pr,
            ignore_patterns=skipped,
        )
    return str(commit.pr_url if create_pr else commit.commit_url)


def _client(token: str | bool | None) -> HfApi:
    from huggingface_hub import HfApi

    return HfApi(token=token, library_name="likewise", library_version=__version__)


@contextmanager
def _told(repo_id: str) -> Iterator[None]:
    """Turn the hub's errors into ours."""
    from huggingface_hub.errors import (  # type: ignore[attr-defined]
        HfHubHTTPError,
        HFValidationError,
        HTTPError,
        LocalTokenNotFoundError,
    )

    try:
        yield
    except HFValidationError as error:
        raise InputError(f"repo_id={repo_id!r}: {error}", accepted="'name' or 'owner/name'") from error
    except LocalTokenNotFoundError as error:
        raise OutputError(f"nothing was uploaded to {repo_id}: there is no token", fix=_LOGIN) from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        fix = {401: _LOGIN, 403: _LOGIN, 409: "push_to_hub(..., exist_ok=True)"}.get(status, "try again later")
        first_line = str(error).partition("\n")[0][:300]
        raise OutputError(f"the upload to {repo_id} was refused ({status}): {first_line}", fix=fix) from error
    except (HTTPError, OSError) as error:
        raise OutputError(f"the upload to {repo_id} failed: {error}", fix="check the network and try again") from error


_LOGIN = "pass token=... with the right to write, or run `hf auth login`"
