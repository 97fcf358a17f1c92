"""tokenizer.json: missing, damaged, and a library that panics."""

import pytest
from tokenizers import Tokenizer, models

from likewise.errors import CheckpointError
from likewise.hub.folder import ModelFolder
from likewise.models.tokenizer_file import read_tokenizer, tokenizer_errors


def test_a_whole_file(tmp_path):
    Tokenizer(models.WordLevel({"a": 0})).save(str(tmp_path / "tokenizer.json"))

    assert read_tokenizer(ModelFolder(tmp_path)).get_vocab() == {"a": 0}


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[]", b'{"model": {"type": "WordLevel"}}'])
def test_a_damaged_file(tmp_path, data):
    (tmp_path / "tokenizer.json").write_bytes(data)

    with pytest.raises(CheckpointError, match="not a tokenizer"):
        read_tokenizer(ModelFolder(tmp_path))


def test_no_file(tmp_path):
    with pytest.raises(CheckpointError, match="no such file"):
        read_tokenizer(ModelFolder(tmp_path))


def test_a_panic_of_the_library_becomes_our_error():
    panic = type("PanicException", (BaseException,), {})

    with pytest.raises(CheckpointError, match="it fails: overflow"), tokenizer_errors("it fails"):
        raise panic("overflow")


def test_an_interrupt_passes():
    with pytest.raises(KeyboardInterrupt), tokenizer_errors("it fails"):
        raise KeyboardInterrupt
