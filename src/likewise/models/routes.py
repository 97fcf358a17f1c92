"""Chains of modules by the name of their route, with the checks that Router and Asym share. Chooses no route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import nn

from likewise.errors import ConfigError
from likewise.models.module import Module
from likewise.models.sequence import ModuleSequence


def build_routes(modules: Mapping[str, Sequence[nn.Module]]) -> nn.ModuleDict:
    """Make a chain of each route's modules.

    Args:
        modules: Route -> its modules, in order.

    Returns:
        Route -> `ModuleSequence`; in a state dict, `<route>.<i>.<weight>`.

    Raises:
        ConfigError: If there are no routes, or a name cannot be that of a folder and of a module.

    Example:
        >>> list(build_routes({"query": [nn.Linear(1, 1)]}).state_dict())
        ['query.0.weight', 'query.0.bias']
    """
    if not modules:
        raise ConfigError("there are no routes", accepted="at least one: {'query': [...], 'document': [...]}")
    routes = nn.ModuleDict()
    for name, chain in modules.items():
        if not isinstance(name, str) or not name or any(letter in name for letter in "./\\:\0") or name.startswith("_"):
            raise ConfigError(f"the name of the route {name!r}", accepted="a name that can be that of a folder")
        if not isinstance(chain, Sequence):
            raise ConfigError(f"the route {name!r} is a {type(chain).__name__}", accepted="a list of modules")
        try:
            routes[name] = ModuleSequence(chain)
        except KeyError as error:
            raise ConfigError(f"the name of the route {name!r}: {error.args[0]}", fix="another name") from error
    return routes


def taken_kwargs(chain: ModuleSequence) -> set[str]:
    """Names of the keyword arguments of `forward` that some module of a chain takes.

    Args:
        chain: The chain.

    Returns:
        The names.
    """
    return set().union(*(module.forward_kwargs for module in chain if isinstance(module, Module)))
