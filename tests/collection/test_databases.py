"""Collections whose vectors are in a database: loads that are interrupted, and tables that hold something else."""

import numpy as np
import pytest

from likewise.collection import Collection
from likewise.collection.building import Source, build
from likewise.collection.manifest import Encoding, Manifest
from likewise.collection.model_source import describe_model
from likewise.errors import DatabaseError, InputError
from likewise.index import registry
from likewise.index.exact import ExactIndex
from likewise.index.folder import read_index_folder, write_index_folder

QUERIES = ["how many cats", "a dog", "text 7"]
TABLES = {}


class Table:
    """Stands in for a database: what is added is there for everybody, and `limit` is how many rows it takes."""

    limit = 10**6

    def __init__(self, dim, metric="cosine", *, address="", table="likewise", password=None):
        self.dim, self.metric, self.table = dim, metric, table
        self.address = address.replace("secret", "***")
        self.rows = TABLES.setdefault(table, {})

    def __len__(self):
        return len(self.rows)

    def add(self, embeddings, ids=None, *, fields=None):
        for number, vector in zip(ids.tolist(), embeddings, strict=True):
            if len(self.rows) >= Table.limit:
                raise DatabaseError("the server went away")
            assert number not in self.rows
            self.rows[number] = vector
        return ids

    def search(self, queries, top_k=10, *, where=None):
        index = ExactIndex(self.dim, self.metric)
        index.add(np.array(list(self.rows.values())), list(self.rows))
        return index.search(queries, top_k)

    def remove(self, ids):
        return sum(self.rows.pop(number, None) is not None for number in ids.tolist())

    def save(self, path):
        facts = {"dim": self.dim, "metric": self.metric, "address": self.address, "table": self.table}
        write_index_folder(path, "pgvector", facts, lambda folder: None)

    @classmethod
    def load(cls, path):
        return cls(**read_index_folder(path).facts)

    def close(self):
        pass


@pytest.fixture(autouse=True)
def database(monkeypatch):
    """The stand-in as kind "pgvector", empty, with small batches."""
    monkeypatch.setitem(registry.KINDS, "pgvector", f"{__name__}:Table")
    monkeypatch.setattr("likewise.collection.growth.TILE_ROWS", 8)
    monkeypatch.setattr(Table, "limit", 10**6)
    TABLES.clear()
    return TABLES


def built(folder, texts, mini, **settings):
    return Collection.build(folder, texts, mini, kind="pgvector", settings=settings)


def found(collection, top_k=10):
    return [[(hit.row, round(hit.score, 5)) for hit in hits] for hits in collection.search(QUERIES, top_k)]


def test_hits_are_those_of_an_exact_index(mini, texts, tmp_path, database):
    with built(tmp_path / "c", texts[:30], mini) as collection:
        collection.add(texts[30:])
        hits = found(collection)

    with Collection.build(tmp_path / "exact", texts, mini) as exact:
        assert hits == found(exact)
    assert sorted(database["likewise"]) == list(range(50))


def test_a_load_that_was_interrupted_is_done_once(mini, texts, tmp_path, database, monkeypatch):
    monkeypatch.setattr(Table, "limit", 20)
    with pytest.raises(DatabaseError):
        built(tmp_path / "c", texts[:30], mini)
    assert len(database["likewise"]) == 20
    monkeypatch.setattr(Table, "limit", 40)

    with built(tmp_path / "c", texts[:30], mini) as collection:
        before = found(collection)
        with pytest.raises(DatabaseError):
            collection.add(texts[30:])
        assert len(database["likewise"]) == 40
        assert found(collection) == before  # what is half there does not count

    monkeypatch.setattr(Table, "limit", 100)
    with Collection.open(tmp_path / "c", mini) as collection:
        assert found(collection) == before
        assert collection.add(texts[30:]) == 20
        assert len(collection) == 50
    assert sorted(database["likewise"]) == list(range(50))


def test_restart_takes_back_what_was_loaded(mini, texts, tmp_path, database, monkeypatch):
    collection = built(tmp_path / "c", texts[:10], mini)
    monkeypatch.setattr(Table, "limit", 25)
    with pytest.raises(DatabaseError):
        collection.add(texts[10:])
    monkeypatch.setattr(Table, "limit", 100)

    assert collection.add(["one", "two"], restart=True) == 2

    assert sorted(database["likewise"]) == list(range(12))


def test_another_table_after_an_interruption(mini, texts, tmp_path, database, monkeypatch):
    monkeypatch.setattr(Table, "limit", 20)
    with pytest.raises(DatabaseError):
        built(tmp_path / "c", texts, mini, table="one")
    monkeypatch.setattr(Table, "limit", 100)

    built(tmp_path / "c", texts, mini, table="two")

    assert (len(database["one"]), len(database["two"])) == (0, 50)


def test_a_table_that_holds_something_else_is_left_alone(mini, texts, tmp_path, database):
    database["theirs"] = {0: np.ones(168, np.float32)}

    with pytest.raises(InputError, match="holds 1 vectors, the collection 0 texts"):
        built(tmp_path / "c", texts, mini, table="theirs")
    built(tmp_path / "c", texts, mini, table="ours")

    assert (len(database["theirs"]), len(database["ours"])) == (1, 50)


def test_passwords_are_in_no_file(mini, texts, tmp_path):
    address = "postgresql://me:secret@host/db"
    settings = {"address": address, "table": "t"}
    wanted = Manifest(
        model=describe_model(mini, ""), encoding=Encoding(), kind="pgvector", metric="cosine", settings=settings
    )
    build(tmp_path / "c", mini, wanted, Source(records=texts))

    written = b"".join(path.read_bytes() for path in (tmp_path / "c").rglob("*") if path.is_file())
    assert b"secret" not in written
    assert b"me:***@host" in written
    assert build(tmp_path / "c", mini, wanted, Source(records=texts)).added == 0
