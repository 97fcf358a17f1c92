"""One model for all tests of collections."""

import pytest

from likewise import SentenceTransformer


@pytest.fixture(scope="session")
def mini():
    return SentenceTransformer("likewise-mini", device="cpu")


@pytest.fixture
def texts():
    """Texts that differ, in no order."""
    return [f"text {number * 7 % 50} about {number % 9} cats and a {'dog' * (number % 3)}" for number in range(50)]
