"""Run one program of this folder and write what it gives, with the proof of which package served it.

    python -m likewise.compat run.py use_keybert RESULT.json MODEL RERANKER SPARSE FOLDER
    python run.py use_keybert RESULT.json MODEL RERANKER SPARSE FOLDER          # the same on the real package

Under the alias the first check is that the alias took, the last that no file of the real package was opened.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import json
import os
import sys
from pathlib import Path
from typing import Any

from given import Given

NAME = "sentence_transformers"


def real_folder() -> Path:
    """Where the real package is installed, without importing it."""
    spec = importlib.machinery.PathFinder.find_spec(NAME)  # looks on the path only: knows nothing of the alias
    if spec is None or spec.origin is None:
        raise SystemExit(f"{NAME} is not installed in {sys.prefix}: the last check would prove nothing")
    return Path(spec.origin).parent


def watch(folder: Path) -> list[str]:
    """Note every file that this process opens below a folder, from now on."""
    opened: list[str] = []
    prefix = f"{folder}{os.sep}"

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str) and arguments[0].startswith(prefix):
            opened.append(arguments[0])

    sys.addaudithook(note)
    return opened


def served_by() -> str:
    """Which package programs get under the documented name."""
    import sentence_transformers

    import likewise

    same = sentence_transformers.SentenceTransformer is likewise.SentenceTransformer
    same = same and sentence_transformers.CrossEncoder is likewise.CrossEncoder
    return "likewise" if same else "real"


def imported_from(folder: Path) -> list[str]:
    """Modules of this process whose file lies in a folder."""
    files = {name: getattr(module, "__file__", None) or "" for name, module in list(sys.modules.items())}
    return sorted(name for name, file in files.items() if Path(file).is_relative_to(folder))


def main(arguments: list[str]) -> None:
    """Run the program that the arguments name."""
    program, result, *models, folder = arguments
    real = real_folder()
    opened = watch(real)
    served = served_by()
    found = importlib.import_module(program).run(Given(*models, Path(folder)))
    proof = {"served_by": served, "opened": sorted(set(opened)), "imported": imported_from(real)}
    Path(result).write_text(json.dumps({"proof": proof, "found": found}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
