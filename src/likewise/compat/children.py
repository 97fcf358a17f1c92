"""Child processes inherit the alias through the environment; nothing is written into an installation.

A Python that starts looks for a module `sitecustomize` on its path. `child_path` holds one, and PYTHONPATH leads there:
so workers of multiprocessing (spawn, forkserver), joblib and any other Python child have the alias before their first
import. A child that is started with `-I` or `-E`, or with an environment of its own, does not.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

# Switches the alias on in a child; `child_path/sitecustomize.py` reads it.
VARIABLE: Final = "LIKEWISE_AS_SENTENCE_TRANSFORMERS"
FOLDER: Final = Path(__file__).parent / "child_path"


def pass_on() -> None:
    """Let processes that start from now on inherit the alias."""
    os.environ[VARIABLE] = "1"
    paths = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
    if str(FOLDER) not in paths:
        os.environ["PYTHONPATH"] = os.pathsep.join([str(FOLDER), *paths])
