"""The YAML at the top of a README, which a stranger wrote."""

import pytest

from likewise.errors import CheckpointError
from likewise.hub import front_matter
from likewise.hub.front_matter import read_front_matter, split_front_matter, with_front_matter


def readme(front):
    return f"---\n{front}\n---\n# Title\n"


def test_metadata_comes_back_as_written():
    metadata = {"language": ["en", "de"], "license": "mit", "tags": ["a: b", "c"], "title": "ünï — 'q'"}

    assert read_front_matter(with_front_matter(metadata, "# Title")) == metadata


@pytest.mark.parametrize("text", ["", "# Title", "---", "---\nlicense: mit\n", "text\n---\na: 1\n---\n", "---\n---\n"])
def test_a_text_without_metadata_has_none(text):
    assert read_front_matter(text) == {}


def test_the_body_is_what_follows(tmp_path):
    assert split_front_matter(readme("license: mit")) == ("license: mit", "# Title")
    assert split_front_matter("# Title\n---\n") == ("", "# Title\n---\n")


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ("a: &x [1]\nb: *x", "aliases"),
        ("a: !!python/object/apply:os.system ['touch executed']", "not valid YAML"),
        ("a: [1", "not valid YAML"),
        ("[1, 2]", "the metadata is list"),
        ("just text", "the metadata is str"),
        ("a: " + "[" * 5000 + "]" * 5000, "nested too deep"),
        ("- " * 50_000, "nested too deep"),
        ("a: " + "[a, " * 5000, "deep nesting|not valid YAML"),
        ("\n".join(" " * at + "a:" for at in range(500)), "deep nesting"),
        ("a: \x01", "not valid YAML"),
        ("2024-99-99", "not valid YAML"),
    ],
    ids=lambda value: value[:20],
)
def test_what_is_not_plain_metadata_is_refused(front, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(CheckpointError, match=f"README.md: .*{message}"):
        read_front_matter(readme(front))

    assert list(tmp_path.iterdir()) == []


def test_too_much_metadata_is_refused(monkeypatch):
    monkeypatch.setattr(front_matter, "MAX_BYTES", 10)

    with pytest.raises(CheckpointError, match="at most 10"):
        read_front_matter(readme("license: apache-2.0"))
