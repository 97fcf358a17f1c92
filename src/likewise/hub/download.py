"""Fetching the files of a repository into the hub cache. Knows the network; `needs` says which files."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

from likewise._version import __version__
from likewise.errors import LikewiseError, ModelNotFoundError, OutputError
from likewise.hub.cache import similar_names
from likewise.hub.completeness import MODULES_FILE, module_folders
from likewise.hub.folder import ModelFolder
from likewise.hub.needs import files_to_fetch

ROUTER_FILE = "router_config.json"

if TYPE_CHECKING:
    from huggingface_hub import HfApi


class HubUnreachableError(ModelNotFoundError):
    """The hub did not answer; a copy in the cache, if there is one, may serve."""


@final
@dataclass(frozen=True, slots=True)
class Repository:
    """One repository of the hub, as the caller wants it.

    Args:
        repo_id: Such as "owner/name".
        revision: Branch, tag or commit.
        root: The hub cache.
        token: Token; None takes the one that the user has logged in with.
        endpoint: Address of the hub; None is the default.
    """

    repo_id: str
    revision: str
    root: Path
    token: str | bool | None = None
    endpoint: str | None = None

    def fetch(self, *, code: bool = False) -> Path:
        """Download what a load needs and the cache lacks.

        Args:
            code: Whether Python files are wanted too.

        Returns:
            The snapshot's folder.

        Raises:
            ModelNotFoundError: If the repository or revision does not exist or is not open to the caller.
            HubUnreachableError: If the hub does not answer.
            OutputError: If the cache cannot be written.
        """
        from huggingface_hub import snapshot_download

        with self._told():
            commit, listing = self._list()
            start = self.fetch_file(MODULES_FILE)
            if start is not None and start.parent.name != commit:
                commit, listing = self._list(start.parent.name)  # the branch moved between the two calls
            folders = [""]
            if start is not None:
                if ROUTER_FILE in listing:
                    self.fetch_file(ROUTER_FILE)
                folders += [inside for inside, _ in module_folders(ModelFolder(start.parent))]
            path = snapshot_download(
                self.repo_id,
                revision=commit,
                cache_dir=self.root,
                token=self.token,
                endpoint=self.endpoint,
                allow_patterns=[glob.escape(file) for file in files_to_fetch(listing, folders, code=code)],
                library_name="likewise",
                library_version=__version__,
            )
            return Path(path)

    def fetch_file(self, file: str) -> Path | None:
        """Download one file, if the cache lacks it.

        Args:
            file: Its path in the repository.

        Returns:
            Where it is in the cache; None if the repository has no such file, which the cache then notes.

        Raises:
            ModelNotFoundError: As `fetch`.
        """
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

        with self._told():
            try:
                path = hf_hub_download(
                    self.repo_id,
                    file,
                    revision=self.revision,
                    cache_dir=self.root,
                    token=self.token,
                    endpoint=self.endpoint,
                    library_name="likewise",
                    library_version=__version__,
                )
            except LocalEntryNotFoundError:
                raise
            except EntryNotFoundError:
                return None
            return Path(path)

    def _list(self, revision: str | None = None) -> tuple[str, set[str]]:
        info = self._api().model_info(self.repo_id, revision=revision or self.revision)
        return info.sha or self.revision, {sibling.rfilename for sibling in info.siblings or ()}

    def _api(self) -> HfApi:
        from huggingface_hub import HfApi

        return HfApi(endpoint=self.endpoint, token=self.token, library_name="likewise", library_version=__version__)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn the hub's errors into ours."""
        from huggingface_hub.errors import HfHubHTTPError, HTTPError  # type: ignore[attr-defined]

        try:
            yield
        except LikewiseError:
            raise
        except HfHubHTTPError as error:
            raise self._refused(error) from error
        except (HTTPError, ConnectionError, TimeoutError) as error:
            raise self._unreachable(error) from error
        except OSError as error:
            if error.errno is None or error.filename is None:
                raise self._unreachable(error) from error
            raise OutputError(
                f"{self.repo_id} cannot be stored in the cache {self.root}: {error.strerror}",
                fix="free space, make it writable, or pass cache_folder=...",
            ) from error

    def _unreachable(self, error: Exception) -> HubUnreachableError:
        first_line = str(error).partition("\n")[0]
        return HubUnreachableError(
            f"{self.repo_id!r} is not in the cache {self.root}, and the hub cannot be reached "
            f"({type(error).__name__}: {first_line[:200]})",
            fix=f"check the network, or pass the path of a local folder{resembling(self.root, self.repo_id)}",
        )

    def _refused(self, error: Exception) -> ModelNotFoundError:
        from huggingface_hub.errors import (
            GatedRepoError,
            HfHubHTTPError,
            RepositoryNotFoundError,
            RevisionNotFoundError,
        )

        address = f"{self.endpoint or os.environ.get('HF_ENDPOINT', 'https://huggingface.co')}/{self.repo_id}"
        if isinstance(error, GatedRepoError):
            return ModelNotFoundError(
                f"{address} is open only to those who accept its terms",
                fix="accept them on that page, then pass token=... or run `hf auth login`",
            )
        if isinstance(error, RepositoryNotFoundError):
            return ModelNotFoundError(
                f"there is no folder {self.repo_id!r}, and no model {address} that is open to you",
                fix="check the name; for a private model pass token=... or run `hf auth login`"
                + resembling(self.root, self.repo_id),
            )
        if isinstance(error, RevisionNotFoundError):
            return ModelNotFoundError(
                f"{address} has no revision {self.revision!r}", accepted="a branch, a tag or a commit of it"
            )
        status = error.response.status_code if isinstance(error, HfHubHTTPError) else 0
        return HubUnreachableError(
            f"{address}: the hub answered {status}: {str(error).partition(chr(10))[0][:200]}",
            fix="check the token" if status in (401, 403) else "try again later",
        )


def resembling(root: Path, repo_id: str) -> str:
    """Say which cached models have names like one, as the end of a sentence.

    Args:
        root: The cache.
        repo_id: The repository.

    Returns:
        The text, "" if there are none.
    """
    names = similar_names(root, repo_id)
    return f". In the cache, with a name like it: {', '.join(names)}" if names else ""
