"""The alias as packaging tools see it: `importlib.metadata.version("sentence-transformers")` and the like."""

from __future__ import annotations

import os
from importlib.metadata import Distribution
from pathlib import Path
from typing import final

from likewise.compat.table import ALIAS, VERSION

NAME = "sentence-transformers"


@final
class AliasDistribution(Distribution):
    """A distribution without files that provides the documented package.

    Example:
        >>> AliasDistribution().metadata["Name"]
        'sentence-transformers'
    """

    def read_text(self, filename: str) -> str | None:
        """Read one file of the distribution's metadata.

        Args:
            filename: Such as "METADATA".

        Returns:
            Its text, None for a file that it does not have.
        """
        summary = "likewise under the name that programs import"
        texts = {
            "METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\nSummary: {summary}\n",
            "top_level.txt": f"{ALIAS}\n",
        }
        return texts.get(filename)

    def locate_file(self, path: str | os.PathLike[str]) -> Path:
        """Where a file of the distribution would be.

        Args:
            path: A relative path.

        Returns:
            A path beside this file; there is nothing.
        """
        return Path(__file__).parent / path


def is_asked_for(name: str | None) -> bool:
    """Whether a search for distributions means this one.

    Args:
        name: The name that is looked for, None for all.

    Returns:
        True for None and for every spelling of the name.
    """
    return name is None or name.lower().replace("_", "-").replace(".", "-") == NAME
