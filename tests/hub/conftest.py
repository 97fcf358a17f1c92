"""A hub in miniature: an HTTP server on the loopback with the few end points that huggingface_hub asks."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest

from likewise.hub import exchange


class MiniHub:
    """Repositories in memory: id -> revision -> file -> bytes. Counts what is asked."""

    def __init__(self):
        self.repositories = {}
        self.commits = {}
        self.gated = set()
        self.requests = []
        self.uploads = []
        self.broken = False

    def add(self, repo_id, files, *, revision="main", commit=None):
        commit = commit or hashlib.sha1(f"{repo_id}{revision}{sorted(files)}".encode()).hexdigest()
        content = {name: data if isinstance(data, bytes) else data.encode() for name, data in files.items()}
        self.repositories.setdefault(repo_id, {})[revision] = commit
        self.commits[repo_id, commit] = content
        return commit

    def commit_of(self, repo_id, revision):
        known = self.repositories.get(repo_id, {})
        if revision in known:
            return known[revision]
        found = [commit for (owner, commit) in self.commits if owner == repo_id and commit.startswith(revision)]
        return found[0] if len(found) == 1 and len(revision) >= 7 else None

    def downloaded(self):
        return sorted(
            {path.split("/resolve/")[1].partition("/")[2] for verb, path in self.requests if "/resolve/" in path}
        )


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", **headers):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        hub, path = self.server.hub, unquote(self.path.partition("?")[0])
        hub.requests.append((self.command, path))
        if hub.broken:
            return self.answer(503, b"")
        if path.startswith("/api/models/"):
            return self.api(hub, path.removeprefix("/api/models/"))
        repo_id, _, rest = path.strip("/").partition("/resolve/")
        revision, _, file = rest.partition("/")
        return self.file(hub, repo_id, revision, file)

    do_HEAD = do_GET

    def api(self, hub, rest):
        repo_id, kind, revision = rest, "info", "main"
        for word in ("/revision/", "/tree/"):
            if word in rest:
                repo_id, revision = rest.split(word, 1)
                kind = word.strip("/")
        commit = self.checked(hub, repo_id, revision)
        if commit is None:
            return None
        files = hub.commits[repo_id, commit]
        if kind == "tree":
            listing = [{"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
                       for name, data in files.items()]  # fmt: skip
            return self.answer(200, listing, Content_Type="application/json")
        info = {"id": repo_id, "sha": commit, "siblings": [{"rfilename": name} for name in files], "private": False}
        return self.answer(200, {**info, "tags": [], "downloads": 0, "likes": 0}, Content_Type="application/json")

    def file(self, hub, repo_id, revision, file):
        commit = self.checked(hub, repo_id, revision)
        if commit is None:
            return None
        if repo_id in hub.gated:
            return self.answer(403, b"", X_Error_Code="GatedRepo", X_Repo_Commit=commit)
        data = hub.commits[repo_id, commit].get(file)
        if data is None:
            return self.answer(404, b"", X_Error_Code="EntryNotFound", X_Repo_Commit=commit)
        return self.answer(200, data, ETag=f'"{hashlib.sha1(data).hexdigest()}"', X_Repo_Commit=commit)

    def checked(self, hub, repo_id, revision):
        if repo_id not in hub.repositories:
            self.answer(404, b"", X_Error_Code="RepoNotFound")
            return None
        commit = hub.commit_of(repo_id, revision)
        if commit is None:
            self.answer(404, b"", X_Error_Code="RevisionNotFound")
        return commit


@pytest.fixture
def hub(monkeypatch):
    """A running miniature hub; `hub.endpoint` is its address."""
    monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.hub = MiniHub()
    server.hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.hub
    server.shutdown()
    server.server_close()


@pytest.fixture
def no_network(monkeypatch):
    """Fail at the first attempt to open a connection."""
    import socket

    def refuse(*args, **kwargs):
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(params=["exchange", "two renames"])
def any_way(request, monkeypatch):
    """Run a test with and without the system call that exchanges two folders."""
    if request.param == "two renames":
        monkeypatch.setattr(exchange, "_renameat2", lambda: None)
    elif exchange._renameat2() is None:
        pytest.skip("no renameat2 here")
