"""Tells whether a tree of torch modules is still made of the same parts. Knows no kind of module."""

from __future__ import annotations

import operator
from itertools import chain, repeat
from typing import Any, final

from torch import nn


@final
class ModuleTree:
    """The modules, parameters and hooks of a tree, as they were; looking whether they still are costs microseconds.

    Values that are written into a parameter are not looked at, only whether it is the same object.

    Args:
        root: The tree.

    Example:
        >>> layer = nn.Linear(2, 2)
        >>> tree = ModuleTree(layer)
        >>> tree.is_still(layer)
        True
        >>> layer.weight = nn.Parameter(layer.weight.detach())
        >>> tree.is_still(layer)
        False
    """

    def __init__(self, root: nn.Module) -> None:
        modules = list(root.modules())
        self._root = root
        # Modules change these dictionaries in place, so that they need not be walked through again.
        self._tables: list[dict[str, Any]] = [table for part in modules for table in (part._modules, part._parameters)]
        self._hooks = [hooks for part in modules for hooks in (part._forward_hooks, part._forward_pre_hooks)]
        self._attributes = [vars(part) for part in modules]
        self._parts = self._current_parts()
        self._changes = self._current_changes()

    def is_still(self, root: nn.Module) -> bool:
        """Compare with the present.

        Args:
            root: The tree as it is now.

        Returns:
            False once modules, parameters, hooks or replaced `forward` functions came or went.
        """
        if root is not self._root or self._current_changes() != self._changes:
            return False
        parts = self._current_parts()
        # By identity: tensors have an equality of their own.
        return len(parts) == len(self._parts) and all(map(operator.is_, parts, self._parts))

    def _current_parts(self) -> list[Any]:
        return list(chain.from_iterable(map(dict.values, self._tables)))

    def _current_changes(self) -> tuple[int, int]:
        replaced = sum(map(operator.contains, self._attributes, repeat("forward")))
        return sum(map(len, self._hooks)), replaced
