"""What an index is told when it is made, checked before any text is embedded. Knows classes, not collections."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from likewise.errors import InputError, LikewiseError
from likewise.index.protocol import Index, Metric
from likewise.index.registry import create_index, index_class

DATABASES = ("pgvector", "elasticsearch")
"""Kinds that keep vectors elsewhere: they are loaded batch by batch, where others are written anew."""
_SECRETS = ("password", "api_key", "basic_auth")
_OURS = ("self", "dim", "metric", "path", "create", "client", "retry")


def setting_names(kind: str) -> list[str]:
    """Names of the settings of a kind.

    Args:
        kind: A key of `likewise.index.registry.KINDS`.

    Returns:
        The names, in the order of its class.

    Raises:
        InputError: If there is no such kind.
        MissingDependencyError: If its engine is not installed.

    Example:
        >>> setting_names("exact")
        ['dtype']
    """
    parameters = inspect.signature(index_class(kind).__init__).parameters
    return [name for name in parameters if name not in (*_OURS, *_SECRETS)]


def as_json(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as they are once they were written and read.

    Args:
        settings: By name.

    Returns:
        The same, with lists for tuples.

    Raises:
        InputError: If a value cannot be written.

    Example:
        >>> as_json({"percentiles": (1, 99)})
        {'percentiles': [1, 99]}
    """
    try:
        plain: dict[str, Any] = json.loads(json.dumps(dict(settings), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise InputError(f"settings {dict(settings)}: {error}", accepted="values of JSON") from error
    return plain


def check_names(kind: str, settings: Mapping[str, Any]) -> None:
    """Refuse settings that a kind does not have, or that are secret.

    Args:
        kind: A key of `likewise.index.registry.KINDS`.
        settings: By name.

    Raises:
        InputError: If there is no such kind, or no such setting.
        MissingDependencyError: If its engine is not installed.

    Example:
        >>> check_names("exact", {"dtype": "float16"})
    """
    accepted = setting_names(kind)
    for name in settings:
        if name in _SECRETS:
            raise InputError(
                f"the setting {name!r}: secrets are not kept in a collection",
                fix="set PGPASSWORD, or LIKEWISE_ELASTICSEARCH_API_KEY, or ..._USER and ..._PASSWORD",
            )
        if name not in accepted:
            raise InputError(
                f"an index of kind {kind!r} has no setting {name!r}", accepted=", ".join(accepted) or "none"
            )


def new_index(kind: str, dim: int, metric: Metric, settings: Mapping[str, Any], **place: Any) -> Index:
    """Make an empty index.

    Args:
        kind: Which one.
        dim: Length of the vectors.
        metric: How they are compared.
        settings: By name.
        **place: Where it is, for kinds that live in a folder.

    Returns:
        The index; for a database, perhaps one with vectors in it.

    Raises:
        InputError: If there is no such kind, setting or metric, or a value is wrong.
        MissingDependencyError: If its engine is not installed.
        DatabaseError: If the database cannot be reached.
    """
    check_names(kind, settings)
    try:
        return create_index(kind, dim, metric, **settings, **place)
    except LikewiseError:
        raise
    except (TypeError, ValueError) as error:
        raise InputError(f"settings {dict(settings)} for an index of kind {kind!r}: {error}") from error


def check_settings(kind: str, dim: int, metric: Metric, settings: Mapping[str, Any]) -> None:
    """Refuse what no index can be made of.

    Args:
        kind: Which one.
        dim: Length of the vectors.
        metric: How they are compared.
        settings: By name.

    Raises:
        InputError: As `new_index`.
        MissingDependencyError: As `new_index`.
        DatabaseError: As `new_index`.

    Example:
        >>> check_settings("exact", 3, "cosine", {"dtype": "float16"})
    """
    with closing(new_index(kind, dim, metric, settings)):
        pass
