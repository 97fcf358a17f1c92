"""The model of a collection, loaded by the name that the collection keeps. Knows the arguments that change how."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, final

from likewise.cli.model_access import Loader, ModelOptions
from likewise.errors import InputError

if TYPE_CHECKING:
    from likewise.collection.manifest import Manifest  # parsing and --help do without numpy


@final
@dataclass(frozen=True, slots=True)
class KeptModel:
    """A collection's model, not loaded yet.

    Args:
        manifest: What the collection says of itself.
        options: How its model is loaded.
    """

    manifest: Manifest
    options: ModelOptions

    @classmethod
    def of(cls, args: argparse.Namespace) -> KeptModel:
        """Find out which model it is.

        Args:
            args: Parsed arguments, those of `add_kept_model_arguments` and the collection.

        Returns:
            The model.

        Raises:
            CheckpointError: If the folder is no collection, or not complete.
            InputError: If the collection does not know its model's name, and none is given.
        """
        from likewise.collection.building import complete
        from likewise.collection.manifest import Manifest

        folder = Path(args.collection)
        manifest = complete(folder, Manifest.read(folder))
        name = args.model or manifest.model.name
        if not name:
            raise InputError(f"{folder} does not say where its model is", fix="--model NAME, with the same model")
        options = ModelOptions(
            name=name,
            device=(args.device or "").split(",")[0] or None,
            truncate_dim=manifest.model.truncate_dim,
            revision=args.revision or (None if args.model else manifest.model.revision),
            offline=args.offline,
            trust_remote_code=args.trust_remote_code,
        )
        return cls(manifest, options)

    def load(self, loader: Loader) -> Any:
        """Load it.

        Args:
            loader: What loads models.

        Returns:
            The model.
        """
        return cast("Any", loader(self.options))


def add_kept_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say how the model of a collection is loaded.

    Args:
        parser: The parser of a command.
    """
    group = parser.add_argument_group("model")
    group.add_argument("--model", metavar="NAME", help="where the collection's model is (default: where it was)")
    group.add_argument("--revision", metavar="REV", help="its branch, tag or commit on the hub")
    group.add_argument("--offline", action="store_true", help="never use the network")
    group.add_argument("--device", metavar="NAME", help="such as cpu or cuda:1 (default: the best that is there)")
    group.add_argument(
        "--trust-remote-code", action="store_true", help="run Python code that the model's folder brings"
    )
