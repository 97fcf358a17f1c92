"""WordEmbeddings: words to vectors, packed and padded, with every kind of tokenizer."""

import json
import sys

import numpy as np
import pytest
import torch

from likewise.errors import CheckpointError, InputError, InputTypeError, ShapeError, UntrustedCodeError
from likewise.models import Pooling, WordEmbeddings
from likewise.models.tokenizer import PhraseTokenizer, TransformersTokenizerWrapper, WhitespaceTokenizer

TABLE = torch.arange(12.0).reshape(4, 3)
WORDS = ["pad", "cat", "dog", "fish"]


def module(**settings):
    return WordEmbeddings(WhitespaceTokenizer(WORDS), TABLE, **settings)


def test_tokenize_gives_the_documented_padded_features():
    features = module().tokenize(["the cat, the DOG", "", "fish"])

    assert features["input_ids"].tolist() == [[1, 2], [0, 0], [3, 0]]
    assert features["attention_mask"].tolist() == [[1, 1], [0, 0], [1, 0]]
    assert features["sentence_lengths"].tolist() == [2, 0, 1]


def test_batches_are_packed():
    words = module()
    prepared = words.prepare(["cat dog", "", "fish"])

    features = words(words.collate(prepared, [2, 1, 0]))

    assert prepared.packed
    assert prepared.sizes.tolist() == [2, 0, 1]
    assert features["input_ids"].tolist() == [3, 1, 2]
    assert features["cu_seqlens"].tolist() == [0, 1, 1, 3]
    assert features["max_seqlen"] == 2
    torch.testing.assert_close(features["token_embeddings"], TABLE[[3, 1, 2]])


def test_packed_and_padded_batches_pool_to_the_same():
    words, pooling = module(), Pooling(3)
    texts = ["cat dog", "", "fish cat cat"]

    packed = pooling(words(words.collate(words.prepare(texts), range(3))))["sentence_embedding"]

    torch.testing.assert_close(packed, pooling(words(words.tokenize(texts)))["sentence_embedding"])


def test_long_texts_are_cut_and_counted():
    words = module(max_seq_length=2)
    prepared = words.prepare(["cat dog fish", "cat dog"])

    assert prepared.sizes.tolist() == [2, 2]
    assert prepared.truncated.tolist() == [True, False]
    words.max_seq_length = None
    assert words.prepare(["cat dog fish"]).sizes.tolist() == [3]


def test_a_prompt_is_counted():
    words = module()
    prepared = words.prepare(["fish"], prompt="cat dog ")

    features = Pooling(3, include_prompt=False)(words(words.collate(prepared, [0])))

    assert prepared.extras == {"prompt_length": 2}
    torch.testing.assert_close(features["sentence_embedding"][0], TABLE[3])


def test_the_table_is_frozen_unless_asked_for():
    assert not module().emb_layer.weight.requires_grad
    assert module(update_embeddings=True).emb_layer.weight.requires_grad


@pytest.mark.parametrize("table", [TABLE.tolist(), TABLE.double().numpy(), TABLE.numpy(), TABLE.int()])
def test_tables_of_any_kind_become_float32(table):
    assert WordEmbeddings(WhitespaceTokenizer(WORDS), table).emb_layer.weight.dtype == torch.float32


def test_from_text_file(tmp_path):
    (tmp_path / "v.txt").write_text("cat 1 2\ndog 3 4\nfish 5 6\n")

    words = WordEmbeddings.from_text_file(tmp_path / "v.txt", update_embeddings=True, max_vocab_size=2)

    assert list(words.tokenizer.get_vocab()) == ["PADDING_TOKEN", "cat", "dog"]
    assert words.emb_layer.weight.tolist() == [[0, 0], [1, 2], [3, 4]]
    assert words.update_embeddings
    assert words.get_word_embedding_dimension() == words.get_embedding_dimension() == words.embedding_dimension() == 2


def test_two_files_do_not_share_a_tokenizer(tmp_path):
    (tmp_path / "a.txt").write_text("cat 1\n")
    (tmp_path / "b.txt").write_text("dog 1\n")

    first, second = (WordEmbeddings.from_text_file(tmp_path / name) for name in ("a.txt", "b.txt"))

    assert first.tokenizer.tokenize("cat dog") == [1]
    assert second.tokenizer.tokenize("cat dog") == [1]
    assert first.tokenizer.get_vocab()[1] == "cat"


def test_a_tokenizer_of_ones_own_is_used_for_a_file(tmp_path):
    (tmp_path / "v.txt").write_text("new 1\nyork 2\nnew_york 3\n")

    words = WordEmbeddings.from_text_file(tmp_path / "v.txt", tokenizer=PhraseTokenizer())

    assert words.tokenizer.tokenize("New York") == [3]


@pytest.mark.parametrize("tokenizer", [WhitespaceTokenizer(WORDS, do_lower_case=True), PhraseTokenizer(WORDS)])
def test_saved_and_loaded(tokenizer, tmp_path):
    words = WordEmbeddings(tokenizer, TABLE, update_embeddings=True, max_seq_length=7)
    words.save(str(tmp_path))

    loaded = WordEmbeddings.load(str(tmp_path))

    kind = type(tokenizer).__name__
    assert json.loads((tmp_path / "wordembedding_config.json").read_text()) == {
        "tokenizer_class": f"sentence_transformers.models.tokenizer.{kind}",
        "update_embeddings": True,
        "max_seq_length": 7,
    }
    assert type(loaded.tokenizer) is type(tokenizer)
    assert loaded.get_config_dict() == words.get_config_dict()
    torch.testing.assert_close(loaded.emb_layer.weight, words.emb_layer.weight)
    assert loaded.emb_layer.weight.requires_grad


def test_a_tokenizer_of_transformers_is_wrapped(toy_bert_folder, tmp_path):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(toy_bert_folder(tmp_path / "toy", plain=True))
    words = WordEmbeddings(tokenizer, torch.randn(len(tokenizer), 3))
    words.save(str(tmp_path / "toy"))

    loaded = WordEmbeddings.load(str(tmp_path / "toy")) if (tmp_path / "toy" / "config.json").unlink() is None else None

    assert isinstance(words.tokenizer, TransformersTokenizerWrapper)
    expected = tokenizer(["the cat", "dog"], padding=True, return_tensors="pt")
    features = loaded.tokenize(["the cat", "dog"])
    assert torch.equal(features["input_ids"], expected["input_ids"])
    assert torch.equal(features["attention_mask"], expected["attention_mask"])
    assert words.prepare(["cat"], prompt="query : ").extras == {"prompt_length": 3}


def test_a_tokenizer_class_outside_the_table_is_refused_and_not_imported(tmp_path):
    module().save(str(tmp_path))
    file = tmp_path / "wordembedding_config.json"
    file.write_text(json.dumps({"tokenizer_class": "this.WhitespaceTokenizer"}))

    with pytest.raises(UntrustedCodeError, match="tokenizer_class"):
        WordEmbeddings.load(str(tmp_path))
    assert "this" not in sys.modules


def test_a_table_smaller_than_the_vocabulary_is_refused(tmp_path):
    module().save(str(tmp_path))
    file = tmp_path / "whitespacetokenizer_config.json"
    file.write_text(json.dumps({"vocab": [*WORDS, "one more"]}))

    with pytest.raises(CheckpointError, match="5 words"):
        WordEmbeddings.load(str(tmp_path))
    with pytest.raises(ShapeError, match="4 words"):
        WordEmbeddings(WhitespaceTokenizer(WORDS), TABLE[:3])


def test_wrong_arguments_are_refused():
    with pytest.raises(InputTypeError, match="tokenizer of type str"):
        WordEmbeddings("cat dog", TABLE)
    with pytest.raises(ShapeError, match=r"shape \(3,\)"):
        WordEmbeddings(WhitespaceTokenizer([]), np.ones(3))
    with pytest.raises(InputError, match="max_seq_length=0"):
        module(max_seq_length=0)
