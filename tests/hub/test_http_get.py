import http.server
import threading

import pytest

from likewise.errors import InputError, OutputError
from likewise.hub.http_get import http_get

CONTENT = bytes(range(256)) * 10_000


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        if self.path != "/unknown-length":
            self.send_header("Content-Length", str(len(CONTENT) + (1 if self.path == "/broken" else 0)))
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, *args):
        """Stay quiet."""


@pytest.fixture(scope="module")
def server():
    """A server of this machine, on a free port."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.mark.parametrize("name", ["file", "unknown-length"])
def test_a_file_arrives_whole_and_alone(server, tmp_path, name, capsys):
    http_get(f"{server}/{name}", tmp_path / "new" / "file.bin")

    assert (tmp_path / "new" / "file.bin").read_bytes() == CONTENT
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file.bin"]
    assert name in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "reason"), [("missing", "404"), ("broken", r"ended after 2560000 of 2560001 bytes|IncompleteRead")]
)
def test_a_failed_download_leaves_what_was_there(server, tmp_path, name, reason):
    target = tmp_path / "file.bin"
    target.write_bytes(b"old")

    with pytest.raises(OutputError, match=rf"could not download http.*/{name}: .*({reason})"):
        http_get(f"{server}/{name}", target)

    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file.bin"]


def test_a_server_that_does_not_answer_is_reported(tmp_path):
    with pytest.raises(OutputError, match=r"could not download http://127\.0\.0\.1:1/a: .*refused"):
        http_get("http://127.0.0.1:1/a", tmp_path / "file")


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://host/a", "a.bin"])
def test_other_addresses_are_refused(tmp_path, url):
    with pytest.raises(InputError, match=r"url='.*http:// or https://"):
        http_get(url, tmp_path / "file")


def test_a_target_that_is_a_folder_is_refused(server, tmp_path):
    (tmp_path / "folder").mkdir()

    with pytest.raises(OutputError, match="folder"):
        http_get(f"{server}/file", tmp_path / "folder")
