"""A training run as a file or as options: model, data, loss, evaluation, settings; checked before it is loaded."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, final

from likewise.errors import ConfigError, InputError

SHORT = {
    "batch_size": "per_device_train_batch_size",
    "epochs": "num_train_epochs",
    "steps": "max_steps",
}
"""Short names of training arguments."""


@final
@dataclass(frozen=True, slots=True)
class DataFile:
    """Rows to train or to evaluate on.

    Args:
        file: CSV, TSV, JSON lines or Parquet; the first two may be compressed.
        columns: Its columns in the order of the loss's roles, a label last; empty takes all as they are.
        name: Its name among several.
        task: "sts", "pairs" or "triplets", for evaluation.
    """

    file: str
    columns: tuple[str, ...] = ()
    name: str = ""
    task: str = ""


@final
@dataclass(frozen=True, slots=True)
class Recipe:
    """A training run.

    Args:
        model: Folder, hub id, or "likewise-mini".
        output: Folder for checkpoints and, in "final", the model.
        data: Data to train on.
        loss: Name of a loss.
        loss_arguments: Its arguments beside the model.
        evaluation: Data to evaluate on.
        training: Training arguments, by their names or short names.
    """

    model: str = "likewise-mini"
    output: str = "output"
    data: tuple[DataFile, ...] = ()
    loss: str = "MultipleNegativesRankingLoss"
    loss_arguments: Mapping[str, Any] = field(default_factory=dict)
    evaluation: tuple[DataFile, ...] = ()
    training: Mapping[str, Any] = field(default_factory=dict)

    def arguments(self) -> dict[str, Any]:
        """The training arguments by their full names."""
        return {SHORT.get(name, name): value for name, value in self.training.items()}


def read_recipe(path: Path) -> dict[str, Any]:
    """Read a recipe file.

    Args:
        path: A TOML file.

    Returns:
        Its keys.

    Raises:
        InputError: If it cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"recipe {path}: {error.strerror}", accepted="a TOML file") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"recipe {path}: {error}", accepted="a TOML file") from error


def make_recipe(keys: Mapping[str, Any]) -> Recipe:
    """Check keys, and make a recipe of them.

    Args:
        keys: What a file and options say.

    Returns:
        The recipe.

    Raises:
        ConfigError: If a key is not known, a value has another type, or there are no data.
        InputError: If a data file is not there.

    Example:
        >>> make_recipe({"data": [{"file": "README.md"}], "los": "CoSENTLoss"})
        Traceback (most recent call last):
        likewise.errors.ConfigError: unknown key 'los'. Accepted: ... Fix: 'loss'
    """
    check_known(keys, [each.name for each in fields(Recipe)])
    data, evaluation = (tuple(_data_file(each) for each in keys.get(name, ())) for name in ("data", "evaluation"))
    if not data:
        raise ConfigError("no data to train on", accepted="one or more data files", fix="--data pairs.tsv")
    if len(data) > 1 and len({each.name for each in data}) < len(data):
        data = tuple(DataFile(each.file, each.columns, each.name or Path(each.file).stem) for each in data)
    for each in evaluation:
        if each.task not in ("sts", "pairs", "triplets"):
            raise ConfigError(f"evaluation task {each.task!r}", accepted="'sts', 'pairs' or 'triplets'")
    for name in ("training", "loss_arguments"):
        if not isinstance(keys.get(name, {}), Mapping):
            raise ConfigError(f"{name}={keys[name]!r}", accepted="a table of names and values")
    return Recipe(**{**keys, "data": data, "evaluation": evaluation})


def check_known(keys: Collection[str], known: Sequence[str]) -> None:
    """Refuse names that are not known.

    Args:
        keys: The names.
        known: Those that are.

    Raises:
        ConfigError: If one is not, naming the nearest that is.
    """
    for key in keys:
        if key not in known:
            spelled = {name.lower(): name for name in known}
            nearest = [spelled[name] for name in difflib.get_close_matches(key.lower(), spelled, n=1)]
            raise ConfigError(
                f"unknown key {key!r}", accepted=", ".join(known), fix=repr(nearest[0]) if nearest else ""
            )


def _data_file(given: Any) -> DataFile:
    if not isinstance(given, Mapping) or "file" not in given:
        raise ConfigError(f"data {given!r}", accepted="a table with 'file', and perhaps 'columns', 'name' and 'task'")
    check_known(given, [each.name for each in fields(DataFile)])
    if not Path(given["file"]).is_file():
        raise InputError(f"there is no file {given['file']!r}", accepted="a CSV, TSV, JSON lines or Parquet file")
    return DataFile(**{**given, "columns": tuple(given.get("columns", ()))})
