"""The YAML at the top of a README, which a stranger wrote."""

import pytest

from likewise.errors import CheckpointError
from likewise.hub import front_matter
from likewise.hub.front_matter import first_scalars, read_front_matter, split_front_matter, with_front_matter


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


@pytest.mark.parametrize(
    ("front", "found"),
    [
        ("license: mit", {"license": "mit"}),
        ("license: 'mit'\nlicense: other", {"license": "mit"}),
        ("license:\n- mit\n- other", {"license": "mit"}),
        ("license:\n  - mit", {"license": "mit"}),
        ("license:\ntags:\n- x", {}),
        ("license:", {}),
        ("license: [mit]", {}),
        ("license: |\n  mit", {}),
        ("other: mit\n  license: nested", {}),
        ("a: [b: {", {}),
    ],
)
def test_plain_texts_are_found_without_parsing(front, found):
    assert first_scalars(readme(front), ["license"]) == found


@pytest.mark.parametrize("text", ["", "# no front matter\nlicense: mit\n", "---\nlicense: mit\nnever closed\n"])
def test_a_text_without_front_matter_has_no_plain_texts(text):
    assert first_scalars(text, ["license"]) == {}
