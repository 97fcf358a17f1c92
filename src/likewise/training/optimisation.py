"""Which parameters are optimised how: weight decay, learning rates by name, and what a loss learns itself.

Knows names and parameters; makes no optimizer.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from torch import nn

from likewise.errors import ConfigError


def parameter_groups(
    parameters: Mapping[str, nn.Parameter],
    *,
    decayed: Collection[str],
    weight_decay: float,
    learning_rates: Mapping[str, float] | None = None,
) -> list[dict[str, Any]]:
    """Sort parameters into the groups of an optimizer.

    Args:
        parameters: Name to parameter; those without gradient are left out.
        decayed: Names of those that decay.
        weight_decay: Their decay.
        learning_rates: Regular expression to learning rate; the first that is found in a name counts.

    Returns:
        Groups with `params` and `weight_decay`, and `lr` where a rate is set.

    Raises:
        ConfigError: If an expression is none, or fits no parameter.

    Example:
        >>> layer = nn.Linear(2, 2)
        >>> groups = parameter_groups(dict(layer.named_parameters()), decayed=["weight"], weight_decay=0.1)
        >>> [(len(group["params"]), group["weight_decay"]) for group in groups]
        [(1, 0.1), (1, 0.0)]
    """
    rates = _compiled(learning_rates or {}, parameters)
    groups: dict[tuple[float | None, bool], list[nn.Parameter]] = {}
    for name, parameter in parameters.items():
        if parameter.requires_grad:
            rate = next((value for pattern, value in rates if pattern.search(name)), None)
            groups.setdefault((rate, name in decayed), []).append(parameter)
    ordered = sorted(groups.items(), key=lambda each: (each[0][0] is not None, each[0][0] or 0.0, not each[0][1]))
    return [
        {"params": members, "weight_decay": weight_decay if decays else 0.0, **({} if rate is None else {"lr": rate})}
        for (rate, decays), members in ordered
    ]


def _compiled(rates: Mapping[str, float], names: Collection[str]) -> list[tuple[re.Pattern[str], float]]:
    found = []
    for expression, rate in rates.items():
        try:
            pattern = re.compile(expression)
        except re.error as error:
            raise ConfigError(
                f"learning_rate_mapping: {expression!r}: {error}", accepted="regular expressions"
            ) from error
        if not any(pattern.search(name) for name in names):
            raise ConfigError(
                f"learning_rate_mapping: {expression!r} fits no parameter",
                accepted=f"expressions that are found in names such as {next(iter(names), '')!r}",
            )
        found.append((pattern, float(rate)))
    return found
