"""A folder to the hub, with a client that only remembers what it was asked."""

import importlib
from types import SimpleNamespace

import pytest
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, HTTPError, LocalTokenNotFoundError

from likewise.errors import InputError, OutputError
from likewise.hub.push import default_commit_message, push_folder

# The HTTP library differs between versions of huggingface_hub.
http = importlib.import_module(HTTPError.__module__.partition(".")[0])


class FakeHub:
    """Stands in for HfApi."""

    def __init__(self, *, error=None, has_card=False):
        self.error, self.has_card, self.calls = error, has_card, {}

    def create_repo(self, repo_id, **kwargs):
        if self.error is not None:
            raise self.error
        self.calls["create_repo"] = kwargs
        return SimpleNamespace(repo_id=repo_id if "/" in repo_id else f"me/{repo_id}")

    def create_branch(self, repo_id, **kwargs):
        self.calls["create_branch"] = (repo_id, kwargs)

    def file_exists(self, repo_id, filename, revision=None):
        return self.has_card and filename == "README.md"

    def upload_folder(self, **kwargs):
        self.calls["upload_folder"] = kwargs
        return SimpleNamespace(commit_url="https://hub/commit/1", pr_url="https://hub/pr/1")


def refusal(status):
    response = http.Response(status, request=http.Request("POST", "https://hub"))
    return HfHubHTTPError("no\nstack of lines", response=response)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    return tmp_path


def test_a_folder_is_uploaded_with_the_documented_message(folder):
    hub = FakeHub()

    url = push_folder(folder, "my-model", private=True, api=hub)

    assert url == "https://hub/commit/1"
    assert hub.calls["create_repo"] == {"private": True, "exist_ok": False}
    assert "create_branch" not in hub.calls
    sent = hub.calls["upload_folder"]
    assert (sent["repo_id"], sent["folder_path"], sent["create_pr"]) == ("me/my-model", folder, False)
    assert sent["commit_message"] == "Add new SentenceTransformer model" == default_commit_message()


def test_a_branch_is_made_and_a_pull_request_opened(folder):
    hub = FakeHub()

    url = push_folder(folder, "me/m", revision="experiment", create_pr=True, commit_message="mine", api=hub)

    assert url == "https://hub/pr/1"
    assert hub.calls["create_branch"] == ("me/m", {"branch": "experiment", "exist_ok": True})
    assert hub.calls["upload_folder"]["revision"] == "experiment"
    assert hub.calls["upload_folder"]["commit_message"] == "mine"
    assert hub.calls["create_repo"]["exist_ok"] is True


@pytest.mark.parametrize(
    ("has_card", "replace", "kept"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_a_readme_on_the_hub_is_kept_unless_told(folder, has_card, replace, kept):
    hub = FakeHub(has_card=has_card)

    push_folder(folder, "me/m", exist_ok=True, replace_model_card=replace, api=hub)

    assert ("README.md" in hub.calls["upload_folder"]["ignore_patterns"]) == kept


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (refusal(401), OutputError, r"refused \(401\).*hf auth login"),
        (refusal(403), OutputError, r"refused \(403\).*hf auth login"),
        (refusal(409), OutputError, r"refused \(409\).*exist_ok=True"),
        (refusal(500), OutputError, r"refused \(500\).*try again"),
        (http.ConnectError("no route"), OutputError, "failed: no route.*check the network"),
        (LocalTokenNotFoundError("none"), OutputError, "there is no token"),
        (HFValidationError("bad"), InputError, "'owner/name'"),
    ],
    ids=["401", "403", "409", "500", "network", "token", "name"],
)
def test_a_refusal_is_an_error_of_ours_with_a_way_out(folder, error, kind, message):
    with pytest.raises(kind, match=message) as caught:
        push_folder(folder, "me/m", api=FakeHub(error=error))

    assert caught.value.__cause__ is error
    assert "stack of lines" not in str(caught.value)


def test_a_folder_that_is_not_there_is_refused_before_the_hub_is_asked(tmp_path):
    hub = FakeHub()

    with pytest.raises(InputError, match="is not a folder"):
        push_folder(tmp_path / "nowhere", "me/m", api=hub)

    assert hub.calls == {}


def test_the_message_names_the_backend():
    assert default_commit_message(backend="openvino") == "Add new SentenceTransformer model with an openvino backend"
    assert default_commit_message("CrossEncoder") == "Add new CrossEncoder model"
