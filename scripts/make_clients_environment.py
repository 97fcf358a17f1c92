"""Make `.clients`: the clients of the documented package, unmodified from PyPI, and likewise beside them.

PyTorch comes first, by `constraints.txt`: the clients ask for no version, and an unpinned one pulls gigabytes of CUDA.
Made again when `tests/clients/requirements.txt`, `constraints.txt` or `pyproject.toml` change.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".clients"
MADE_FROM = [ROOT / "constraints.txt", ROOT / "tests" / "clients" / "requirements.txt", ROOT / "pyproject.toml"]


def make(folder: Path) -> Path:
    """Make the environment if it is not there, or not of these requirements.

    Args:
        folder: Where it lies.

    Returns:
        Its interpreter.
    """
    python = folder / "bin" / "python"
    stamp = folder / ".made-from"
    made_from = hashlib.sha256(b"".join(path.read_bytes() for path in MADE_FROM)).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == made_from:
        return python
    print(f"setting up {folder}: this takes some minutes ...", file=sys.stderr)
    constraints, requirements, _ = MADE_FROM
    run([sys.executable, "-m", "venv", str(folder)])
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "-r", str(constraints)])
    run([*pip, "-c", str(constraints), "-r", str(requirements), "-e", str(ROOT)])
    stamp.write_text(made_from, encoding="utf-8")
    return python


def run(command: list[str]) -> None:
    """Run one command; its failure ends the program."""
    subprocess.run(command, check=True)


def main() -> int:
    """Make the environment that the tests look for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    print(make(parser.parse_args().folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
