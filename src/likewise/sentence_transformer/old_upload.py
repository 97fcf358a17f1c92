"""`save_to_hub`, the older form of `push_to_hub`: its spellings of arguments, and its documented warnings."""

from __future__ import annotations

import functools
import logging
import warnings
from collections.abc import Callable
from typing import Any

from likewise.errors import InputError

logger = logging.getLogger(__name__)


def save_to_hub_args_decorator(func: Callable[..., Any]) -> Callable[..., Any]:
    """Let a method take arguments as version 2.2 did: `repo_name=`, and a third positional argument `private`.

    Args:
        func: A method `(self, repo_id, organization, token, private, ...)`.

    Returns:
        The method, which also takes the old forms.

    Example:
        >>> method = save_to_hub_args_decorator(lambda self, *args, **kwargs: (args, kwargs))
        >>> method(None, "name", "me", True)
        (('name', 'me', None, True), {})
    """

    @functools.wraps(func)
    def takes_old_forms(self: Any, *args: Any, **kwargs: Any) -> Any:
        if "repo_name" in kwargs:
            logger.warning(
                "Providing a `repo_name` keyword argument to `save_to_hub` is deprecated. Please use `repo_id` instead."
            )
            kwargs["repo_id"] = kwargs.pop("repo_name")
        if len(args) >= 3 and isinstance(args[2], bool):
            args = (*args[:2], None, *args[2:])
        return func(self, *args, **kwargs)

    return takes_old_forms


def warn_old_upload() -> None:
    """Say that `save_to_hub` is deprecated: in the log, as documented, and as a DeprecationWarning."""
    message = (
        "The `save_to_hub` method is deprecated and will be removed in a future version of SentenceTransformers. "
        "Please use `push_to_hub` instead for future model uploads."
    )
    logger.warning(message)
    warnings.warn(message, DeprecationWarning, stacklevel=4)


def full_repo_id(repo_id: str, organization: str | None) -> str:
    """Join the two halves of a repository's id.

    Args:
        repo_id: The whole id, or the name alone.
        organization: The owner, or None.

    Returns:
        The whole id.

    Raises:
        InputError: If the id has another owner already.

    Example:
        >>> full_repo_id("me/model", None)
        'me/model'
    """
    if not organization:
        return repo_id
    owner, slash, name = repo_id.rpartition("/")
    if slash and owner != organization:
        raise InputError(
            f"repo_id={repo_id!r} with organization={organization!r}: "
            "Providing an `organization` to `save_to_hub` is deprecated",
            accepted="an id that holds the owner",
            fix=f"push_to_hub({repo_id!r})",
        )
    full = f"{organization}/{name}"
    logger.warning(
        'Providing an `organization` to `save_to_hub` is deprecated. Please use `repo_id="%s"` instead.', full
    )
    return full
