"""The modules that stand under the documented paths. They hold nothing: each name is looked up where it lives."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from likewise.compat.missing import MissingNameError, describe_missing
from likewise.compat.places import ABSENT, find, names_of
from likewise.compat.table import ALIAS, TABLE


class AliasModule(ModuleType):
    """One documented module path.

    A name may be a class and a path at once (`losses.CoSENTLoss`): as an attribute it is the class, imported it is the
    module that has the class. So the import system's note of a submodule on its parent is not kept.
    """

    def __getattr__(self, name: str) -> Any:
        path = path_below(self.__name__)
        place = TABLE[path]
        if name == "__all__":
            return [each for each in names_of(place) if not each.startswith("_")]
        if name.startswith("__") and name not in place.names:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        found = find(place, name)
        inner = f"{path}.{name}" if path else name
        if found is not ABSENT and not isinstance(found, ModuleType):
            vars(self)[name] = found
            return found
        if inner in TABLE:
            return importlib.import_module(f"{ALIAS}.{inner}")
        raise MissingNameError(**describe_missing(inner, names_of(place)))

    def __setattr__(self, name: str, value: Any) -> None:
        if not isinstance(value, AliasModule):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        path = path_below(self.__name__)
        start = f"{path}." if path else ""
        inner = {each[len(start) :] for each in TABLE if each.startswith(start) and each != path}
        return sorted({*vars(self), *names_of(TABLE[path]), *(each for each in inner if "." not in each)})


def path_below(module_name: str) -> str:
    """The path of a module below the documented package.

    Args:
        module_name: Such as "sentence_transformers.losses".

    Returns:
        Such as "losses"; "" for the package itself.
    """
    return module_name.partition(".")[2]
