"""The rotation of queries and keys, as transformers configurations spell it."""

from __future__ import annotations

from likewise.errors import ConfigError
from likewise.hub.config_reader import ConfigReader


def read_rotation(config: ConfigReader, key: str) -> float:
    """Read the base of a plain rotation.

    Args:
        config: The object that holds the key.
        key: The key of the rotation's object.

    Returns:
        The base.

    Raises:
        ConfigError: If the rotation is scaled, which the packed encoder does not do.
    """
    rotation = config.object(key)
    kind = rotation.text("rope_type", default="default")
    more = sorted(rotation.data.keys() - {"rope_type", "rope_theta"})
    if kind != "default" or more:
        raise ConfigError(f"{config.where}: a rotation of type {kind!r} {more or ''}".rstrip(), accepted="'default'")
    return rotation.number("rope_theta", low=1.0, high=1e12)
