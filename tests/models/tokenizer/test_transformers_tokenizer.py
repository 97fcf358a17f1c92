"""A tokenizer of transformers under the contract of word tokenizers."""

import pytest

from likewise.errors import CheckpointError, ConfigError
from likewise.models.tokenizer import TransformersTokenizerWrapper


@pytest.fixture
def wrapper():
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({"[UNK]": 0, "cat": 2, "dog": 1}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    return TransformersTokenizerWrapper(PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]"))


def test_numbers_are_the_tokenizers(wrapper):
    assert wrapper.tokenize("cat dog fish") == [2, 1, 0]
    assert list(wrapper.get_vocab()) == ["[UNK]", "dog", "cat"]


def test_the_vocabulary_cannot_be_replaced(wrapper):
    with pytest.raises(ConfigError, match="cannot be replaced"):
        wrapper.set_vocab(["a"])


def test_saved_and_loaded(wrapper, tmp_path):
    wrapper.save(str(tmp_path))

    assert TransformersTokenizerWrapper.load(str(tmp_path)).tokenize("cat dog") == [2, 1]


def test_a_folder_without_tokenizer_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="no tokenizer files"):
        TransformersTokenizerWrapper.load(str(tmp_path))
