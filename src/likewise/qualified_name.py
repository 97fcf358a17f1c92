"""Dotted names of classes and functions: from the object to the name and back.

`import_from_string` imports what its caller names; it must never get a name out of a model folder. Does not know the
registry, which is what such names go through.
"""

from __future__ import annotations

import importlib
from typing import Any

from likewise.errors import LikewiseError


class QualifiedNameError(LikewiseError, ImportError):
    """A dotted name leads nowhere."""


def fullname(obj: Any) -> str:
    """The dotted name of an object's class.

    Args:
        obj: An object, or a class itself.

    Returns:
        Module and class, such as "torch.nn.modules.linear.Linear"; the bare name for builtins.

    Example:
        >>> from pathlib import PurePosixPath
        >>> fullname(PurePosixPath("a")), fullname("a")
        ('pathlib.PurePosixPath', 'str')
    """
    kind = obj if isinstance(obj, type) else type(obj)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def import_from_string(dotted_path: str) -> Any:
    """Import what a dotted name names.

    Args:
        dotted_path: Module and attribute, such as "collections.OrderedDict".

    Returns:
        The attribute.

    Raises:
        QualifiedNameError: If the name has no dot, or the module has no such attribute (an ImportError).

    Example:
        >>> import_from_string("collections.OrderedDict")
        <class 'collections.OrderedDict'>
    """
    module_name, _, attribute = dotted_path.rpartition(".")
    if not module_name or not attribute:
        raise QualifiedNameError(
            f"{dotted_path!r} is no dotted name", accepted="module and attribute, such as 'torch.nn.Tanh'"
        )
    module = importlib.import_module(module_name)
    try:
        return getattr(module, attribute)
    except AttributeError as error:
        raise QualifiedNameError(f"module {module_name!r} has no {attribute!r}") from error
