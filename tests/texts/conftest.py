"""A way to write files."""

from pathlib import Path

import pytest


@pytest.fixture
def write(tmp_path: Path):
    """Write a file below the temporary folder, text or bytes; returns its path."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file
