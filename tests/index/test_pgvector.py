"""Vectors in PostgreSQL with pgvector, on a real server."""

import json

import numpy as np
import pytest

from likewise.errors import CheckpointError, DatabaseError, InputError
from likewise.index import pgvector as engine
from likewise.index.pgvector import PgVectorIndex
from likewise.index.postgres_session import PostgresSession
from likewise.index.registry import load_index
from likewise.index.retry import Retry

psycopg = pytest.importorskip("psycopg")


@pytest.fixture
def new(new_index):
    return lambda dim=8, metric="cosine", **settings: new_index("pgvector", dim, metric, **settings)


@pytest.fixture
def rows():
    return np.random.default_rng(0).standard_normal((400, 8)).astype(np.float32)


@pytest.fixture
def running(postgres):
    """The server, running again after the test."""
    yield postgres
    if not (postgres.data / "postmaster.pid").exists():
        postgres.start()


def read(postgres, statement, *parameters):
    with psycopg.connect(postgres.address) as connection:
        return connection.execute(statement, parameters or None).fetchall()


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
@pytest.mark.parametrize("settings", [{"index": "hnsw"}, {"index": "ivfflat", "lists": 4, "probes": 4}, {"half": True}])
def test_indexes_of_pgvector_find_what_exact_search_finds(new, rows, metric, settings):
    exact, index = new(8, metric), new(8, metric, **settings)
    exact.add(rows)
    index.add(rows)
    index.build_index()

    truth, found = exact.search(rows[:20], 5), index.search(rows[:20], 5)

    assert (found.ids == truth.ids).mean() > 0.9
    assert found.scores == pytest.approx(truth.scores, abs=1e-2)


def test_the_approximate_index_is_built_after_the_first_add_and_used(new, rows, postgres):
    index = new(8, "dot", index="hnsw", m=5, ef_construction=20)
    index.add(rows[:300])
    index.add(rows[300:])

    name = index._sql.table
    ((definition,),) = read(
        postgres, "SELECT indexdef FROM pg_indexes WHERE tablename = %s AND indexdef LIKE '%%hnsw%%'", name
    )
    assert "vector_ip_ops" in definition
    assert "m='5', ef_construction='20'" in definition
    found = index.search(rows[:3], top_k=400)
    assert sorted(found.ids[0].tolist()) == list(range(400))


def test_behind_a_narrow_filter_nothing_is_missed(new, rows):
    index = new(8, index="ivfflat", lists=20, probes=1)
    index.add(rows, fields=[{"rare": number % 100 == 7} for number in range(400)])

    found = index.search(rows[:2], top_k=4, where={"rare": True})

    assert all(sorted(ids.tolist()) == [7, 107, 207, 307] for ids in found.ids)


def test_fields_are_compared_by_value_and_type(new, rows):
    index = new()
    index.add(rows[:5], fields=[{"a": "1"}, {"a": 1}, {"a": 1.5, "b": True}, {"a": True}, {}])

    def found(where):
        return sorted(index.search(rows[0], 5, where=where).ids[0].tolist(), key=lambda number: (number < 0, number))

    assert found({"a": 1}) == found({"a": 1.0}) == [1, -1, -1, -1, -1]
    assert found({"a": "1"}) == [0, -1, -1, -1, -1]
    assert found({"a": [True, 1.5, "1"]}) == [0, 2, 3, -1, -1]
    assert found({"a": [1.5, 1], "b": True}) == [2, -1, -1, -1, -1]
    assert found({"a": []}) == [-1] * 5
    with pytest.raises(InputError, match="where names 'c'; no vector in the index has such a field"):
        index.search(rows[0], where={"c": 1})


def test_names_and_values_cannot_become_statements(new, rows, postgres):
    nasty = "x\"; DROP TABLE victim; -- %s 100% 'a'"
    with psycopg.connect(postgres.address) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS victim (a int)")
    index = new(table=nasty[:60], index="hnsw")
    index.add(rows[:3], fields=[{nasty: nasty}, {nasty: "other"}, {}])
    index.build_index()

    assert index.search(rows[1], 3, where={nasty: nasty}).ids.tolist() == [[0, -1, -1]]
    assert index.search(rows[1], 3, where={nasty: [nasty, "' OR 1=1"]}).ids.tolist() == [[0, -1, -1]]
    assert index.remove([0, 1]) == 2
    assert len(index) == 1
    assert read(postgres, "SELECT count(*) FROM victim") == [(0,)]
    assert read(postgres, "SELECT count(*) FROM pg_tables WHERE tablename = %s", nasty[:60]) == [(1,)]


def test_a_table_that_is_there_is_opened_if_it_is_the_same(new, rows, postgres):
    index = new()
    name = index._sql.table
    index.add(rows[:3])

    assert len(new(table=name)) == 3
    with pytest.raises(InputError, match=r"was made with dim=8, metric='cosine'.*dim=9"):
        new(9, table=name)
    with pytest.raises(InputError, match="metric='dot'"):
        new(8, "dot", table=name)
    with psycopg.connect(postgres.address) as connection:
        connection.execute("CREATE TABLE foreign_table (id bigint PRIMARY KEY)")
    with pytest.raises(InputError, match="'foreign_table' is not a table of likewise"):
        new(table="foreign_table")
    with pytest.raises(InputError, match="a name of 1 to 63 bytes"):
        new(table="x" * 64)


def test_the_folder_says_how_to_reach_the_table_but_no_password(new, rows, postgres, tmp_path):
    index = new(address=f"{postgres.address} password=secret-1", password="secret-2", ef_search=77)
    index.add(rows[:3])
    index.save(tmp_path / "saved")

    written = (tmp_path / "saved" / "index.json").read_text()
    facts = json.loads(written)["facts"]
    assert "secret" not in written
    assert (facts["dim"], facts["metric"], facts["ef_search"]) == (8, "cosine", 77)
    loaded = PgVectorIndex.load(tmp_path / "saved", password="secret-3")
    assert loaded.search(rows[2], 1).ids.tolist() == [[2]]
    loaded.close()
    with psycopg.connect(postgres.address) as connection:
        connection.execute(f"DROP TABLE {index._sql.table}")
    with pytest.raises(CheckpointError, match="there is no table"):
        load_index(tmp_path / "saved")


def test_an_address_that_cannot_be_read_or_reached_is_an_error_without_the_password(tmp_path):
    with pytest.raises(InputError, match="no connection string") as caught:
        PgVectorIndex(8, address="postgresql://me:secret@host:port:/x y=")
    assert "secret" not in str(caught.value)
    with pytest.raises(DatabaseError, match="PostgreSQL: OperationalError") as caught:
        PgVectorIndex(8, address=f"host={tmp_path} user=me password=secret")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"index": "flat"}, "index='flat'"),
        ({"index": "hnsw", "m": 1}, "m=1"),
        ({"m": 40, "ef_construction": 64}, "at least 2 m = 80"),
        ({"dim": 2001, "index": "hnsw"}, "half=True"),
        ({"dim": 16_001}, "dim=16001"),
        ({"batch_size": 0}, "batch_size=0"),
    ],
)
def test_settings_that_pgvector_does_not_take_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        PgVectorIndex(**{"dim": 8, **settings})


def test_what_float16_cannot_hold_is_refused(new, rows):
    index = new(8, "dot", half=True)
    with pytest.raises(InputError, match="too large for float16"):
        index.add(rows[:2] * 1e6)
    assert len(index) == 0


def test_a_closed_index_says_so(new, rows):
    index = new()
    index.close()
    with pytest.raises(DatabaseError, match="was closed"):
        index.search(rows[0])


def stop_in_batch(monkeypatch, server, number):
    """Stop the server while this batch, from 0, is on its way."""
    write, calls = engine.copy_rows, []

    def copy_rows(*arguments, **named):
        calls.append(1)
        if len(calls) == number + 1:
            server.stop()
        return write(*arguments, **named)

    monkeypatch.setattr(engine, "copy_rows", copy_rows)


def test_a_load_goes_on_when_the_server_comes_back(new, rows, running, monkeypatch):
    waits = []

    def sleep(wait_s):
        waits.append(wait_s)
        if len(waits) == 2:
            running.start()

    index = new(batch_size=100, retry=Retry(5, sleep=sleep, draw=lambda: 1.0))
    stop_in_batch(monkeypatch, running, 2)

    assert index.add(rows).tolist() == list(range(400))

    assert waits == [0.5, 1.0]
    assert len(index) == 400
    assert index.search(rows, 1).ids[:, 0].tolist() == list(range(400))


def test_when_the_server_stays_away_what_is_in_stays_and_the_error_says_how_to_go_on(new, rows, running, monkeypatch):
    waits = []
    index = new(batch_size=100, retry=Retry(3, sleep=waits.append))
    ids = np.arange(400) + 1000
    fields = [{"n": number} for number in range(400)]
    stop_in_batch(monkeypatch, running, 2)

    with pytest.raises(DatabaseError, match=r"The first 200 of 400 vectors are in, the others are not") as caught:
        index.add(rows, ids, fields=fields)

    assert caught.value.fix.endswith("index.add(embeddings[200:], ids[200:], fields=fields[200:])")
    assert len(waits) == 2
    with pytest.raises(DatabaseError, match="PostgreSQL: OperationalError"):
        index.search(rows[0])
    running.start()
    assert len(index) == 200
    index.add(rows[200:], ids[200:], fields=fields[200:])
    assert index.search(rows, 1).ids[:, 0].tolist() == ids.tolist()


def test_a_commit_whose_answer_is_lost_is_not_repeated(new, rows, monkeypatch):
    index = new(batch_size=100, retry=Retry(3, sleep=lambda wait_s: None))
    transaction, lost = PostgresSession._transaction, []

    def losing(self, work, attempt):
        result = transaction(self, work, attempt)
        if work.__qualname__.startswith("PgVectorIndex._copy") and len(lost) < 2 and attempt == 0:
            lost.append(1)
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return result

    monkeypatch.setattr(PostgresSession, "_transaction", losing)

    index.add(rows)

    assert len(lost) == 2
    assert len(index) == 400
