"""The import finder of the alias: documented module paths to `AliasModule`, all from the one table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import DistributionFinder
from types import ModuleType
from typing import final

from likewise.compat.alias_module import AliasModule, path_below
from likewise.compat.distribution import AliasDistribution, is_asked_for
from likewise.compat.missing import MissingModuleError, describe_missing
from likewise.compat.places import modules_of, names_of
from likewise.compat.sentence_transformers import SHOWN, show
from likewise.compat.table import ALIAS, TABLE


@final
class AliasLoader(Loader):
    """Makes the module of one documented path."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make the module.

        Args:
            spec: From the finder.

        Returns:
            An empty `AliasModule`.
        """
        return AliasModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Import our modules behind it, so that what fails fails here.

        Args:
            module: From `create_module`.
        """
        modules_of(TABLE[path_below(module.__name__)])


@final
class ShownLoader(Loader):
    """Loads one of our modules as ever, then shows its class under the documented name.

    Args:
        loader: The module's own loader.
    """

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Make the module.

        Args:
            spec: From the finder.

        Returns:
            What the module's own loader makes.
        """
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module and show its class.

        Args:
            module: From `create_module`.
        """
        self._loader.exec_module(module)
        show(module.__name__)


@final
class AliasFinder(MetaPathFinder):
    """Answers for everything below `sentence_transformers`, and for the distribution of that name."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module.

        Args:
            fullname: Its name.
            path: The search path of its package.
            target: Ignored.

        Returns:
            How to load it; None for modules that are no concern of the alias.

        Raises:
            MissingModuleError: If likewise has no such documented path (a ModuleNotFoundError).
        """
        if fullname in SHOWN:
            spec = PathFinder.find_spec(fullname, path)
            if spec is not None and spec.loader is not None:
                spec.loader = ShownLoader(spec.loader)
            return spec
        if fullname.split(".")[0] != ALIAS:
            return None
        place = path_below(fullname)
        if place not in TABLE:
            raise _missing(fullname)
        where = ", ".join(f"likewise.{each}".rstrip(".") for each in TABLE[place].modules) or "likewise"
        return ModuleSpec(fullname, AliasLoader(), origin=where, is_package=True)

    @staticmethod
    def find_distributions(
        context: DistributionFinder.Context = DistributionFinder.Context(),  # noqa: B008 - as importlib.metadata has it
    ) -> Iterable[AliasDistribution]:
        """Find the distribution, for `importlib.metadata`.

        Args:
            context: What is looked for.

        Returns:
            The alias's distribution if it is meant.
        """
        return [AliasDistribution()] if is_asked_for(context.name) else []


def _missing(fullname: str) -> MissingModuleError:
    parent = fullname.rpartition(".")[0]
    error = MissingModuleError(
        **describe_missing(path_below(fullname), names_of(TABLE.get(path_below(parent), TABLE[""])))
    )
    # Were it the full name, `from ... import name` would replace the message by one that says nothing.
    error.name = parent
    return error
