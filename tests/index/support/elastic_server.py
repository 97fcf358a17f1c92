"""A server of Elasticsearch or OpenSearch that lives in memory, for the official clients and their own serialisation.

It answers the few requests that the index makes, as the API is documented: bulk create, search, msearch, count,
delete_by_query, mappings. It keeps every request, and fails when it is told to. What it cannot show is whether a real
server takes these requests; tests with LIKEWISE_ELASTICSEARCH_URL do.
"""

import copy
import json
import re
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import numpy as np


class AwayError(Exception):
    """The server does not answer."""


class ElasticServer:
    """Indexes by name, each its mapping and its documents."""

    def __init__(self):
        self.mappings = {}
        self.documents = {}
        self.requests = []
        self.away = 0  # requests that are not answered from now on
        self.before_failing = None  # a path that is answered, but whose answer is lost
        self.busy = 0  # documents that are refused with 429 from now on

    def answer(self, method, target, body):
        """Status and JSON for one request."""
        path = urlsplit(target).path.replace("/_", "/").strip("/").split("/")
        lines = [json.loads(line) for line in body.decode().splitlines()] if body else []
        self.requests.append((method, target, lines if len(lines) != 1 else lines[0]))
        if self.away:
            self.away -= 1
            raise AwayError
        name, action = path[0], path[1] if len(path) > 1 else ""
        if name not in self.mappings and not (method == "PUT" and not action):
            return 404, {"error": {"type": "index_not_found_exception", "reason": f"no such index [{name}]"}}
        handler = getattr(self, f"_{method.lower()}_{action or 'index'}")
        result = handler(name, lines)
        if self.before_failing == action:
            self.before_failing = None
            raise AwayError
        return 200, result

    def _head_index(self, name, lines):
        return {}

    def _put_index(self, name, lines):
        (body,) = lines
        assert body["mappings"]["properties"].keys() == {"id", "vector", "labels", "fields", "text"}
        self.mappings[name], self.documents[name] = copy.deepcopy(body["mappings"]), {}
        return {"acknowledged": True}

    def _get_mapping(self, name, lines):
        return {name: {"mappings": self.mappings[name]}}

    def _put_mapping(self, name, lines):
        self.mappings[name].update(lines[0])
        return {"acknowledged": True}

    def _post_refresh(self, name, lines):
        return {"_shards": {"failed": 0}}

    def _put_bulk(self, name, lines):
        items = []
        for action, document in zip(lines[::2], lines[1::2], strict=True):
            number = action["create"]["_id"]
            status = 409 if number in self.documents[name] else 201
            if self.busy and status == 201:
                self.busy, status = self.busy - 1, 429
            if status == 201:
                self.documents[name][number] = {**document, "vector": np.array(document["vector"], np.float32)}
            error = {"error": {"type": "refused", "reason": f"status {status}"}} if status != 201 else {}
            items.append({"create": {"_id": number, "status": status, **error}})
        return {"errors": any("error" in item["create"] for item in items), "items": items}

    _post_bulk = _put_bulk

    def _post_count(self, name, lines):
        query = lines[0]["query"] if lines else {"match_all": {}}
        return {"count": sum(self._passes(document, query) for document in self.documents[name].values())}

    _get_count = _post_count

    def _post_search(self, name, lines):
        return self._search(name, lines[0])

    def _post_msearch(self, name, lines):
        return {"responses": [self._search(name, body) for body in lines[1::2]]}

    _get_msearch, _get_search = _post_msearch, _post_search

    def _post_delete_by_query(self, name, lines):
        gone = [key for key, document in self.documents[name].items() if self._passes(document, lines[0]["query"])]
        for key in gone:
            del self.documents[name][key]
        return {"deleted": len(gone)}

    def _passes(self, document, query):
        ((kind, body),) = query.items()
        if kind == "match_all":
            return True
        if kind == "bool":
            return all(self._passes(document, part) for part in body.get("filter", []) + body.get("must", []))
        ((field, wanted),) = body.items()
        if kind == "match":
            return bool(words(wanted["query"]) & words(document.get("text", "")))
        values = document[field] if isinstance(document[field], list) else [document[field]]
        return bool(set(values) & set(wanted if kind == "terms" else [wanted]))

    def _search(self, name, body):
        documents = self.documents[name]
        query = body.get("query", {})
        knn = body.get("knn")
        if "knn" in query:
            inner = query["knn"]["vector"]
            knn = {"query_vector": inner["vector"], "k": inner["k"], "filter": [inner.get("filter", {"match_all": {}})]}
        if knn:
            conditions = knn.get("filter", [])
            rows = [key for key, row in documents.items() if all(self._passes(row, part) for part in conditions)]
            scores = self._near(name, rows, knn["query_vector"])
        else:
            rows = [key for key, row in documents.items() if self._passes(row, query)]
            scores = {key: self._by_words(documents[key], query) for key in rows}
        order = sorted(rows, key=lambda key: -scores[key])
        if "sort" in body:
            order = sorted(rows, key=lambda key: -documents[key]["id"])
        hits = [{"_id": key, "_score": scores[key]} for key in order[: body["size"]]]
        return {"hits": {"hits": hits}, "status": 200}

    def _near(self, name, keys, query):
        if not keys:
            return {}
        rows = np.stack([self.documents[name][key]["vector"] for key in keys]).astype(np.float64)
        query = np.array(query)
        if '"l2' in json.dumps(self.mappings[name]["properties"]["vector"]):
            scores = 1 / (1 + ((rows - query) ** 2).sum(1))
        else:
            products = rows @ query
            scores = np.where(products >= 0, products + 1, 1 / (1 - np.minimum(products, 0)))
        return dict(zip(keys, scores.astype(np.float32).tolist(), strict=True))

    def _by_words(self, document, query):
        must = query.get("bool", {}).get("must", [])
        wanted = words(must[0]["match"]["text"]["query"]) if must else set()
        return float(sum(Counter(document.get("text", "").lower().split())[word] for word in wanted))


def words(text):
    return set(re.findall(r"\w+", text.lower()))


class Handler(BaseHTTPRequestHandler):
    """HTTP for the server in memory."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for each answer

    def _do(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            status, answer = self.server.elastic.answer(self.command, self.path, body)
        except AwayError:
            self.close_connection = True
            return
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("x-elastic-product", "Elasticsearch")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PUT = _do

    def log_message(self, *arguments):
        pass


@contextmanager
def listening(server):
    """The address under which a server in memory listens, on loopback."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    http.elastic = server
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
