"""The contract of word tokenizers, for one that a user wrote."""

from pathlib import Path

import pytest

from likewise.hub.folder import ModelFolder
from likewise.models.tokenizer import WordTokenizer


class LetterTokenizer(WordTokenizer):
    """One number per letter."""

    def __init__(self):
        self.letters = "ab"

    def set_vocab(self, vocab):
        self.letters = "".join(vocab)

    def get_vocab(self):
        return list(self.letters)

    def tokenize(self, text, **kwargs):
        return [self.letters.index(letter) for letter in text if letter in self.letters]

    def save(self, output_path):
        (Path(output_path) / "letters.txt").write_text(self.letters)

    @classmethod
    def load(cls, input_path):
        tokenizer = cls()
        tokenizer.set_vocab((Path(input_path) / "letters.txt").read_text())
        return tokenizer


def test_a_folder_is_read_through_load(tmp_path):
    tokenizer = LetterTokenizer()
    tokenizer.set_vocab("xyz")
    tokenizer.save(tmp_path)

    assert LetterTokenizer.from_folder(ModelFolder(tmp_path)).tokenize("zx a") == [2, 0]


def test_an_unfinished_tokenizer_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        WordTokenizer()
