"""BoW: vectors of word counts."""

import pytest
import torch

from likewise.errors import InputError, InputTypeError
from likewise.models import BoW


def vectors(bow, *texts):
    return bow.tokenize(list(texts))["sentence_embedding"].tolist()


def test_words_are_counted_with_their_weights():
    bow = BoW(["cat", "dog", "Fish"], {"cat": 2.5, "fish": 0.5}, unknown_word_weight=2)

    assert vectors(bow, "cat, dog! Cat", "", "Fish fish") == [[5.0, 2.0, 0.0], [0.0] * 3, [0.0, 0.0, 0.5]]


def test_words_may_count_once():
    assert vectors(BoW(["cat", "dog"], {"cat": 2.5}, 1, False), "cat cat dog") == [[2.5, 1.0]]


def test_stop_words_count():
    assert vectors(BoW(["the"]), "the The THE") == [[3.0]]


def test_repeated_words_are_one_dimension():
    bow = BoW(["a", "a", "b"])

    assert bow.vocab == ["a", "b"]
    assert bow.get_sentence_embedding_dimension() == bow.get_embedding_dimension() == bow.embedding_dimension() == 2


def test_a_prompt_is_part_of_the_text():
    bow = BoW(["query", "cat"])

    assert bow.collate(bow.prepare(["cat"], prompt="query: "), [0])["sentence_embedding"].tolist() == [[1.0, 1.0]]


def test_sizes_say_what_a_row_costs():
    """A wide vocabulary makes rows of many numbers even of short texts."""
    assert BoW(["a", "b"]).prepare(["a b a", ""]).sizes.tolist() == [3, 1]
    assert BoW([f"w{at}" for at in range(1000)]).prepare(["w1"]).sizes.tolist() == [4]


def test_it_reads_texts_only_and_has_no_limit():
    bow = BoW(["a"])

    assert bow.accepts("a")
    assert not bow.accepts(("a", "b"))
    assert bow.max_seq_length is None


def test_forward_keeps_the_vectors():
    bow = BoW(["a"])
    features = bow.tokenize(["a"])

    assert torch.equal(bow(features)["sentence_embedding"], features["sentence_embedding"])


def test_what_is_no_vocabulary_is_refused():
    with pytest.raises(InputError, match="vocab is empty"):
        BoW([])
    with pytest.raises(InputTypeError, match="vocab='cat'"):
        BoW("cat")
    with pytest.raises(InputTypeError, match="vocab holds 3"):
        BoW(["a", 3])
