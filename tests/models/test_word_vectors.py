"""Reading word vectors from text files."""

import gzip
import logging

import pytest

from likewise.errors import InputError
from likewise.models.word_vectors import read_word_vectors


def read(tmp_path, text, name="vectors.txt", separator=" ", limit=None):
    path = tmp_path / name
    data = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") and isinstance(text, str) else data)
    words, vectors = read_word_vectors(path, separator, limit)
    return words, vectors.tolist()


@pytest.mark.parametrize("name", ["v.txt", "v.txt.gz"])
def test_words_and_numbers(tmp_path, name):
    assert read(tmp_path, "cat 1 2\ndog 3e-1 -4\n", name) == (["cat", "dog"], [[1.0, 2.0], [pytest.approx(0.3), -4.0]])


def test_a_header_blank_lines_and_spaces_at_the_end_are_passed_over(tmp_path):
    assert read(tmp_path, "2 2\ncat 1 2 \n\ndog 3 4") == (["cat", "dog"], [[1.0, 2.0], [3.0, 4.0]])


def test_another_separator_and_a_limit(tmp_path):
    assert read(tmp_path, "a cat\t1\nb\t2\nc\t3\n", separator="\t", limit=2) == (["a cat", "b"], [[1.0], [2.0]])


def test_odd_characters_do_not_split_lines(tmp_path):
    assert read(tmp_path, "a\u2028b 1\nc\u0085d 2\n")[0] == ["a\u2028b", "c\u0085d"]


def test_lines_of_another_length_are_counted(tmp_path, caplog):
    with caplog.at_level(logging.WARNING, logger="likewise"):
        assert read(tmp_path, "cat 1 2\ndog 3\nfish 1 2 3\nfox 5 6\n")[0] == ["cat", "fox"]

    assert "2 lines are left out, they have not 2 values: [2, 3]" in caplog.text


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ("", "v.txt", "no word vectors"),
        ("cat x y\n", "v.txt", "line 1: could not convert"),
        ("cat 1 nan\n", "v.txt", "line 1: NaN"),
        (b"caf\xe9 1 2\n", "v.txt", "not UTF-8"),
        (b"no gzip", "v.gz", "cannot be read"),
        (gzip.compress(b"cat 1 2\n" * 100)[:-12], "v.gz", "cannot be read"),
    ],
    ids=["empty", "words", "nan", "latin1", "no gzip", "cut gzip"],
)
def test_what_is_no_file_of_vectors_is_refused(tmp_path, content, name, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, content, name)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_word_vectors(tmp_path / "nowhere.txt", " ", None)
