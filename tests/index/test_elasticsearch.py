"""Vectors in Elasticsearch and OpenSearch: the requests of the official clients, answered by a server in memory."""

import json

import numpy as np
import pytest
from elastic_server import ElasticServer, listening

from likewise.errors import CheckpointError, DatabaseError, InputError, ShapeError
from likewise.index.elasticsearch import ElasticsearchIndex
from likewise.index.registry import load_index
from likewise.index.retry import Retry

PACKAGES = {"elasticsearch": "elasticsearch", "opensearch": "opensearchpy"}


@pytest.fixture
def server():
    return ElasticServer()


@pytest.fixture(params=PACKAGES)
def flavour(request):
    pytest.importorskip(PACKAGES[request.param])
    return request.param


@pytest.fixture
def new(server, flavour):
    """A function that opens an index on the server in memory."""
    made = []
    with listening(server) as address:

        def build(dim=4, metric="cosine", **settings):
            settings = {"retry": Retry(3, sleep=lambda wait_s: None), "flavour": flavour, **settings}
            made.append(ElasticsearchIndex(dim, metric, address=address, **settings))
            return made[-1]

        yield build
        for index in made:
            index.close()


@pytest.fixture
def rows():
    return np.random.default_rng(0).standard_normal((60, 4)).astype(np.float32)


def sent(server, action):
    return [body for _, target, body in server.requests if target.split("?")[0].endswith(action)]


def test_the_index_is_made_with_the_mapping_of_its_server(new, server, flavour):
    new(4, "dot", m=8, ef_construction=50)
    new(4, "euclidean", name="other")

    first, second = (body for method, _, body in server.requests if method == "PUT")
    vectors = [body["mappings"]["properties"]["vector"] for body in (first, second)]
    if flavour == "elasticsearch":
        options = {"type": "hnsw", "m": 8, "ef_construction": 50}
        inner = {"type": "dense_vector", "dims": 4, "index": True, "similarity": "max_inner_product"}
        assert vectors[0] == {**inner, "index_options": options}
        assert vectors[1]["similarity"] == "l2_norm"
        assert first["settings"] == {}
    else:
        method = {"name": "hnsw", "engine": "faiss", "space_type": "innerproduct"}
        parameters = {"m": 8, "ef_construction": 50}
        assert vectors[0] == {"type": "knn_vector", "dimension": 4, "method": {**method, "parameters": parameters}}
        assert vectors[1]["method"]["space_type"] == "l2"
        assert first["settings"] == {"index.knn": True}
    assert first["mappings"]["properties"]["labels"] == {"type": "keyword"}
    assert first["mappings"]["_meta"]["likewise_index"] == {"dim": 4, "metric": "dot", "text_field": "text"}


def test_vectors_are_sent_in_batches_as_documents_that_must_be_new(new, server, rows):
    index = new(batch_size=25)
    fields = [{"text": f"text {number}", "n": number} for number in range(60)]

    index.add(rows * 3, fields=fields)

    batches = sent(server, "/likewise/_bulk")
    assert [len(batch) // 2 for batch in batches] == [25, 25, 10]
    assert batches[0][2] == {"create": {"_id": "1"}}
    document = batches[0][3]
    assert document["vector"] == pytest.approx((rows[1] / np.linalg.norm(rows[1])).tolist())
    del document["vector"]
    assert document == {"id": 1, "labels": ['"n"', '{"n": 1}'], "fields": {"n": 1}, "text": "text 1"}


def test_a_search_is_one_request_for_many_queries(new, server, flavour, rows):
    index = new(num_candidates=70)
    index.add(rows, fields=[{"lang": "de" if number % 2 else "en"} for number in range(60)])

    found = index.search(rows[:5], top_k=3, where={"lang": ["de", "fr"], "id": [1, 3]})

    (lines,) = sent(server, "/_msearch")
    filters = [{"terms": {"labels": ['{"lang": "de"}', '{"lang": "fr"}']}}, {"terms": {"id": [1, 3]}}]
    assert len(lines) == 10
    assert lines[0] == {}
    query = pytest.approx((rows[0] / np.linalg.norm(rows[0])).tolist())
    body = lines[1]
    assert (body["size"], body["_source"]) == (3, False)
    if flavour == "elasticsearch":
        knn = {"field": "vector", "query_vector": query, "k": 3, "num_candidates": 70, "filter": filters}
        assert body["knn"] == knn
    else:
        parameters = {"method_parameters": {"ef_search": 70}, "filter": {"bool": {"filter": filters}}}
        assert body["query"] == {"knn": {"vector": {"vector": query, "k": 3, **parameters}}}
    assert all(sorted(ids.tolist()) == [-1, 1, 3] for ids in found.ids)


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
def test_scores_are_those_of_the_protocol(new, rows, metric):
    index = new(4, metric)
    index.add(rows)

    found = index.search(rows[:10] * 2, top_k=60)

    near, asked = rows[found.ids], 2 * rows[:10, None]
    if metric == "euclidean":
        truth = -np.linalg.norm(near - asked, axis=2)
    else:
        truth = (near * asked).sum(2)
        if metric == "cosine":
            truth /= np.linalg.norm(near, axis=2) * np.linalg.norm(asked, axis=2)
    assert found.scores == pytest.approx(truth, abs=1e-4)
    assert found.scores.min() < 0


def test_words_and_vectors_are_fused_by_their_ranks(new, rows):
    index = new()
    texts = ["red fox", "red", "blue", "red red red", "fox fox red"]
    index.add(rows[:5], fields=[{"text": text} for text in texts])

    found = index.search_hybrid(["red fox"], rows[2:3], top_k=4, candidates=5)

    near = index.search(rows[2:3], 5).ids[0].tolist()
    counts = [text.split().count("red") + text.split().count("fox") for text in texts]
    words = sorted((number for number in range(5) if counts[number]), key=lambda number: (-counts[number], number))
    scores = {number: 1 / (61 + near.index(number)) for number in range(5)}
    for rank, number in enumerate(words):
        scores[number] += 1 / (61 + rank)
    best = sorted(scores, key=lambda number: (-scores[number], number))[:4]
    assert found.ids.tolist() == [best]
    assert found.scores[0] == pytest.approx([scores[number] for number in best])
    with pytest.raises(ShapeError, match="1 texts for 2 queries"):
        index.search_hybrid(["red"], rows[:2])
    with pytest.raises(InputError, match="searched by its words"):
        index.search(rows[0], where={"text": "red"})


def test_a_server_that_comes_back_in_time_gets_everything_once(new, server, rows):
    index = new(batch_size=25)
    server.before_failing = "bulk"

    index.add(rows[:30])
    server.away = 2
    index.add(rows[30:50])
    server.busy = 7
    index.add(rows[50:])

    assert len(index) == 60
    assert index.search(rows, 1).ids[:, 0].tolist() == list(range(60))
    assert len(sent(server, "/_bulk")[-1]) == 14  # only those that were refused are sent again


def test_when_the_server_stays_away_the_error_says_what_is_in_and_how_to_go_on(new, server, rows):
    index = new(batch_size=20)
    send, batches = server._put_bulk, []

    def write_half_of_the_third_and_go(name, lines):
        batches.append(lines)
        if len(batches) < 3:
            return send(name, lines)
        server.away, server.before_failing = 99, "bulk"
        return send(name, lines[:10])

    server._put_bulk = server._post_bulk = write_half_of_the_third_and_go
    ids = np.arange(60) + 100

    with pytest.raises(
        DatabaseError, match="The first 40 of 60 vectors are in, of the 20 after them any number"
    ) as caught:
        index.add(rows, ids)

    assert caught.value.fix.endswith("index.remove(ids[40:60]); index.add(embeddings[40:], ids[40:])")
    server.away, server._put_bulk, server._post_bulk = 0, send, send
    assert len(index) == 45
    index.remove(ids[40:60])
    index.add(rows[40:], ids[40:])
    assert sorted(index.search(rows[0], 99).ids[0].tolist()) == ids.tolist()


def test_an_id_that_another_program_adds_in_between_is_an_error(new, server, rows):
    index = new()
    server.documents["likewise"]["7"] = {"id": -7, "vector": np.zeros(4), "labels": []}

    with pytest.raises(DatabaseError, match=r"1 documents refused.*The first 0 of 1 vectors are in"):
        index.add(rows[:1], ids=[7])


def test_an_index_that_is_there_is_opened_if_it_is_the_same(new, server, rows):
    new().add(rows[:3])

    assert len(new()) == 3
    with pytest.raises(InputError, match=r"was made with dim=4, metric='cosine'.*dim=5"):
        new(5)
    server.mappings["foreign"] = {"properties": {}}
    with pytest.raises(InputError, match="'foreign' is not an index of likewise"):
        new(name="foreign")


@pytest.mark.parametrize("name", ["*", "a,b", "A", "_all", "-a", "a/b", "", "a" * 256])
def test_names_that_mean_several_indexes_or_none_are_refused(name):
    with pytest.raises(InputError, match="small letters"):
        ElasticsearchIndex(4, name=name)


def test_what_the_server_cannot_take_is_refused_before_anything_is_sent(new, server, rows):
    index = new()
    with pytest.raises(InputError, match="long text goes into the field 'text'"):
        index.add(rows[:2], fields=[{}, {"long": "x" * 40_000}])
    with pytest.raises(InputError, match="'text' of id 1 is 5"):
        index.add(rows[:2], fields=[{}, {"text": 5}])
    assert sent(server, "/_bulk") == []
    index.add(rows[:2], fields=[{"a": 1}, {}])
    with pytest.raises(InputError, match="where names 'b'"):
        index.search(rows[0], where={"b": 1})
    with pytest.raises(InputError, match="at most 65536"):
        index.search(rows[0], where={"id": range(70_000)})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"flavour": "solr"}, "flavour='solr'"),
        ({"dim": 4097}, "from 1 to 4096"),
        ({"flavour": "opensearch", "index": "flat"}, "'hnsw' in OpenSearch"),
        ({"num_candidates": 0}, "num_candidates=0"),
        ({"address": "localhost:9200"}, "no URL of a server"),
    ],
)
def test_settings_that_cannot_be_had_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        ElasticsearchIndex(**{"dim": 4, **settings})


def test_the_folder_says_how_to_reach_the_index_but_no_login(server, rows, tmp_path, monkeypatch):
    pytest.importorskip("elasticsearch")
    monkeypatch.setenv("LIKEWISE_ELASTICSEARCH_API_KEY", "secret-key")
    with listening(server) as address:
        for login in ({"basic_auth": ("me", "secret")}, {"api_key": "secret"}, {}):
            index = ElasticsearchIndex(4, address=address, **login)
            index.save(tmp_path / "saved")
            index.close()
            assert "secret" not in (tmp_path / "saved" / "index.json").read_text()
        given = address.replace("http://", "http://me:secret@")
        index = ElasticsearchIndex(4, address=given, name="other", num_candidates=55)
        index.add(rows[:3])
        index.save(tmp_path / "saved")
        index.close()
        facts = json.loads((tmp_path / "saved" / "index.json").read_text())["facts"]
        assert (facts["address"], facts["num_candidates"]) == (address, 55)
        loaded = load_index(tmp_path / "saved")
        assert len(loaded) == 3
        loaded.close()
        with pytest.raises(DatabaseError, match="was closed"):
            len(loaded)
        del server.mappings["other"]
        with pytest.raises(CheckpointError, match="there is no index 'other'"):
            load_index(tmp_path / "saved")


def test_a_server_that_is_not_there_is_an_error(flavour):
    with pytest.raises(DatabaseError, match="see whether it is up"):
        ElasticsearchIndex(4, address="http://127.0.0.1:9", flavour=flavour)
