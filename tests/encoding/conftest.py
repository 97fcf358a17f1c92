"""Makes the modules under `support` importable, here and in worker processes (which inherit `sys.path`)."""

import sys
from pathlib import Path

import pytest

SUPPORT = str(Path(__file__).parent / "support")


@pytest.fixture(scope="session")
def faulty():
    """The module `faulty_pipeline`."""
    sys.path.insert(0, SUPPORT)
    try:
        import faulty_pipeline

        yield faulty_pipeline
    finally:
        sys.path.remove(SUPPORT)
