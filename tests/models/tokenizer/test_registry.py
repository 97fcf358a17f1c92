"""Tokenizer classes by dotted path: a table, nothing imported without trust."""

import sys

import pytest

from likewise.errors import CheckpointError, UntrustedCodeError
from likewise.models.tokenizer import PhraseTokenizer, TransformersTokenizerWrapper, WhitespaceTokenizer
from likewise.models.tokenizer.registry import tokenizer_class, tokenizer_path


class OwnTokenizer(WhitespaceTokenizer):
    """A tokenizer that a user wrote."""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("sentence_transformers.models.tokenizer.WhitespaceTokenizer.WhitespaceTokenizer", WhitespaceTokenizer),
        ("sentence_transformers.models.tokenizer.WhitespaceTokenizer", WhitespaceTokenizer),
        ("sentence_transformers.sentence_transformer.modules.tokenizer.phrase.PhraseTokenizer", PhraseTokenizer),
        ("sentence_transformers.models.tokenizer.TransformersTokenizerWrapper", TransformersTokenizerWrapper),
        ("likewise.models.tokenizer.PhraseTokenizer", PhraseTokenizer),
    ],
)
def test_every_documented_spelling_is_known(path, kind):
    assert tokenizer_class(path) is kind


@pytest.mark.parametrize(
    "path", ["", "WhitespaceTokenizer", "this.WhitespaceTokenizer", "sentence_transformers.os", "os.system"]
)
def test_other_paths_are_refused_without_import(path):
    with pytest.raises(UntrustedCodeError, match="trust_remote_code=True"):
        tokenizer_class(path)
    assert "this" not in sys.modules


def test_trusted_paths_must_lead_to_a_word_tokenizer():
    assert tokenizer_class("likewise.models.tokenizer.word_tokenizer.WordTokenizer", trust_remote_code=True)
    for path in ("os.system", "no_such_package.X", "X"):
        with pytest.raises(CheckpointError, match="folder"):
            tokenizer_class(path, trust_remote_code=True, where="folder/file")


def test_the_path_written_is_the_one_that_every_version_opens():
    assert tokenizer_path(PhraseTokenizer()) == "sentence_transformers.models.tokenizer.PhraseTokenizer"
    assert tokenizer_path(OwnTokenizer()).endswith(".OwnTokenizer")
    assert not tokenizer_path(OwnTokenizer()).startswith("sentence_transformers.")
