"""The clients are those that were published: every file is as its wheel's list says."""

import base64
import csv
import hashlib
from pathlib import Path

import pytest

HERE = Path(__file__).parent
REQUIREMENTS = (HERE / "requirements.txt").read_text(encoding="utf-8").splitlines()
PINNED = [line.split("==") for line in REQUIREMENTS if "==" in line]


@pytest.mark.parametrize(("name", "version"), PINNED, ids=[name for name, _ in PINNED])
def test_a_client_is_unmodified(installed, name, version):
    facts = installed / f"{name.replace('-', '_')}-{version}.dist-info"
    files = 0
    for relative, recorded, _ in csv.reader((facts / "RECORD").read_text(encoding="utf-8").splitlines()):
        kind, _, digest = recorded.partition("=")
        if kind and not relative.startswith(".."):  # scripts name the environment's interpreter
            read = (installed / relative).read_bytes()
            assert base64.urlsafe_b64encode(hashlib.new(kind, read).digest()).decode().rstrip("=") == digest, relative
            files += 1
    assert files > 5
