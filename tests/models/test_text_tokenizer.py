"""Tokenisation without padding: equal to the tokenizer's own result, whatever the length and the thread."""

import copy
import pickle
import random
import threading
import tracemalloc
from itertools import chain

import numpy as np
import pytest
from transformers import AutoTokenizer, BertTokenizerLegacy, PreTrainedTokenizerFast

from likewise.errors import InputError, InputTypeError
from likewise.models.long_text import LongTextCutter
from likewise.models.text_tokenizer import TextTokenizer

KINDS = ["bert", "roberta", "t5", "xlm-roberta"]


@pytest.fixture(scope="module")
def sources(tmp_path_factory, toy_bert_folder, toy_encoder_folder):
    """A transformers tokenizer of every kind."""
    root = tmp_path_factory.mktemp("tokenizers")
    folders = {"bert": toy_bert_folder(root / "bert")}
    folders |= {kind: toy_encoder_folder(root / kind, kind) for kind in KINDS[1:]}
    return {kind: AutoTokenizer.from_pretrained(folder) for kind, folder in folders.items()}


def reference(source, texts, max_length):
    """What transformers itself gives, one text at a time."""
    encoded = [
        source(
            [text[0] if isinstance(text, tuple) else text],
            [text[1]] if isinstance(text, tuple) else None,
            truncation="longest_first",
            max_length=max_length,
        )
        for text in texts
    ]
    ids = [row["input_ids"][0] for row in encoded]
    return ids, [row["token_type_ids"][0] if "token_type_ids" in row else None for row in encoded]


def unlimited(source):
    backend = copy.deepcopy(source.backend_tokenizer)
    backend.no_truncation()
    backend.no_padding()
    return backend


def random_text(rng, length):
    words = [
        "the",
        "cat",
        "dog",
        "xyzzy",
        "a",
        "movie",
        "\u4f60\u597d",
        "na\u00efve",
        "3.14",
        "!",
        "\U0001f600",
        "\n",
        "  ",
        "[SEP]",
        "</s>",
    ]
    return " ".join(rng.choice(words) for _ in range(length))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("max_length", [5, 17, 64])
def test_ids_and_segments_equal_the_tokenizers_own(sources, kind, max_length):
    rng = random.Random(7)
    texts = [random_text(rng, rng.choice([0, 1, 5, 30, 400, 3000])) for _ in range(40)]

    rows = TextTokenizer(sources[kind]).encode(texts, max_length).rows

    ids, types = reference(sources[kind], texts, max_length)
    assert [row.tolist() for row in rows] == ids
    if types[0] is not None:
        assert rows.type_ids.tolist() == list(chain.from_iterable(types))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("max_length", [7, 8, 33])
def test_pairs_are_cut_longest_first(sources, kind, max_length):
    rng = random.Random(3)
    sizes = [0, 1, 3, 9, 40, 100]  # the reference makes every pair of overflowing pieces: quadratic memory
    pairs = [(random_text(rng, rng.choice(sizes)), random_text(rng, rng.choice(sizes))) for _ in range(30)]
    mixed = [*pairs, "a single cat"]

    tokenised = TextTokenizer(sources[kind]).encode(mixed, max_length)

    ids, types = reference(sources[kind], mixed, max_length)
    assert [row.tolist() for row in tokenised.rows] == ids
    if types[0] is not None:
        assert tokenised.rows.type_ids.tolist() == list(chain.from_iterable(types))


def test_a_pair_of_very_long_texts_is_cut_to_halves(sources):
    pair = ("the cat " * 500_000, "dog " * 500_000)

    tokenised = TextTokenizer(sources["bert"]).encode([pair], 13)

    the, cat, dog = (sources["bert"].convert_tokens_to_ids(word) for word in ("the", "cat", "dog"))
    cls, sep = sources["bert"].cls_token_id, sources["bert"].sep_token_id
    assert tokenised.rows[0].tolist() == [cls, the, cat, the, cat, the, sep, dog, dog, dog, dog, dog, sep]
    assert tokenised.truncated.all()


def test_truncated_counts_exactly_the_texts_beyond_the_maximum(sources):
    texts = ["the cat", "the cat sat", "the cat sat on", "the " * 5000, ("the cat", "sat"), ("the cat", "sat on")]

    truncated = TextTokenizer(sources["bert"]).encode(texts, 6).truncated

    assert truncated.tolist() == [False, False, False, True, False, True]


def test_without_maximum_nothing_is_cut(sources):
    tokenised = TextTokenizer(sources["bert"]).encode(["the " * 3000], None)

    assert tokenised.rows.sizes.tolist() == [3002]
    assert not tokenised.truncated.any()


def test_padding_and_truncation_stored_in_the_tokenizer_file_do_not_count(sources):
    source = copy.deepcopy(sources["bert"])
    source.backend_tokenizer.enable_padding(length=50)
    source.backend_tokenizer.enable_truncation(4)

    sizes = TextTokenizer(source).encode(["the cat", "the cat sat on the mat"], 7).rows.sizes

    assert sizes.tolist() == [4, 7]
    assert source.backend_tokenizer.truncation["max_length"] == 4


def test_truncation_on_the_left_keeps_the_end(sources):
    source = copy.deepcopy(sources["bert"])
    source.truncation_side = "left"
    texts = ["the cat sat on the red mat " * 200, "the cat"]

    tokenised = TextTokenizer(source).encode(texts, 9)

    assert [row.tolist() for row in tokenised.rows] == reference(source, texts, 9)[0]
    assert tokenised.truncated.tolist() == [True, False]


def test_tokens_added_by_the_user_are_seen(sources):
    source = copy.deepcopy(sources["bert"])
    tokenizer = TextTokenizer(source)
    before = tokenizer.encode(["xyzzy"], None).rows[0].tolist()
    source.add_tokens(["xyzzy"])

    after = tokenizer.encode(["xyzzy"], None).rows[0].tolist()

    assert len(before) > len(after)
    assert after == [source.cls_token_id, len(source) - 1, source.sep_token_id]


@pytest.mark.parametrize("kind", KINDS)
def test_features_equal_the_tokenizers_own_padding(sources, kind):
    source = copy.deepcopy(sources[kind])
    texts = ["the cat sat", "", "the"]
    for source.padding_side in ("right", "left"):
        rows = TextTokenizer(source).encode(texts, 16).rows

        expected = source(texts, padding=True, return_tensors="pt")
        features = rows.features(range(3))
        assert {name: value.tolist() for name, value in features.items()} == {
            name: value.tolist() for name, value in expected.items()
        }


def test_an_empty_list_gives_no_rows(sources):
    tokenised = TextTokenizer(sources["bert"]).encode([], 8)

    assert len(tokenised.rows) == 0
    assert tokenised.truncated.shape == (0,)


@pytest.mark.parametrize(
    "text", ["\U0001f600\U0001f468\u200d\U0001f469", "a\x00b", "\x00", "\ufeff", "\u202e", "   \n\t"]
)
def test_odd_characters_are_tokenised_as_by_the_tokenizer(sources, text):
    rows = TextTokenizer(sources["bert"]).encode([text], 16).rows

    assert rows[0].tolist() == reference(sources["bert"], [text], 16)[0][0]


def test_a_lone_surrogate_is_an_error_that_names_input_and_character(sources):
    with pytest.raises(InputError, match=r"input 1 holds a lone surrogate '\\ud800' at character 3"):
        TextTokenizer(sources["bert"]).encode(["fine", "abc\ud800"], 16)


def test_a_number_is_an_error_that_names_the_input(sources):
    with pytest.raises(InputTypeError, match="input 1 is a int"):
        TextTokenizer(sources["bert"]).encode(["fine", 3], 16)


def test_a_maximum_without_room_for_the_special_tokens_is_an_error(sources):
    with pytest.raises(InputError, match="max_seq_length=1 leaves no room for the 2 special tokens"):
        TextTokenizer(sources["bert"]).encode(["the cat"], 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("separator", [" ", "", "\n", "\u3000", "  ", "-"])
def test_a_prefix_of_a_long_text_gives_the_tokens_of_the_whole(sources, kind, separator):
    rng = random.Random(11)
    pieces = ["the", "cat", "un", "\u4f60", "\u597d", "z", "movie", "e\u0301", ".", "7"]
    source = sources[kind]
    plain = unlimited(source)
    for max_length in (3, 20, 100):
        text = separator.join(rng.choice(pieces) for _ in range(rng.choice([1500, 4000])))
        prefix = LongTextCutter(plain).cut(text, max_length)

        assert plain.encode(prefix).ids[:max_length] == plain.encode(text).ids[:max_length]
        assert prefix == text or len(plain.encode(prefix).ids) > max_length


def test_long_texts_are_cut_before_they_are_tokenised(sources):
    text = "the cat sat on the mat " * 450_000
    tokenizer = TextTokenizer(sources["bert"])
    tokenizer.encode(["warm up"], 32)

    tracemalloc.start()
    tokenised = tokenizer.encode([text], 32)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert tokenised.rows.sizes.tolist() == [32]
    assert tokenised.truncated.all()
    assert peak < 2**20
    assert len(LongTextCutter(unlimited(sources["bert"])).cut(text, 32)) < 1000


def test_the_bound_grows_where_many_characters_make_few_tokens(sources):
    text = ("the" + " " * 300) * 2000

    tokenised = TextTokenizer(sources["bert"]).encode([text.strip()], 64)

    assert tokenised.rows.sizes.tolist() == [64]
    assert tokenised.rows[0].tolist() == reference(sources["bert"], [text], 64)[0][0]


@pytest.mark.real_weights
def test_cut_texts_equal_uncut_ones_on_a_real_vocabulary(minilm_folder):
    source = AutoTokenizer.from_pretrained(minilm_folder)
    rng = random.Random(5)
    prose = (minilm_folder / "README.md").read_text(encoding="utf-8").split()
    words = [*prose, "\u4f60\u597d", "antidisestablishmentarianism"]
    texts = [
        rng.choice([" ", "", "\n"]).join(rng.choice(words) for _ in range(rng.choice([300, 900, 3000])))
        for _ in range(40)
    ]

    for max_length in (16, 256):
        rows = TextTokenizer(source).encode(texts, max_length).rows

        assert [row.tolist() for row in rows] == reference(source, texts, max_length)[0]


def test_sixteen_threads_with_different_lengths_get_what_one_gets(sources):
    tokenizer = TextTokenizer(copy.deepcopy(sources["bert"]))
    rng = random.Random(1)
    jobs = []
    for _ in range(16):
        texts = [random_text(rng, rng.choice([3, 50, 900])) for _ in range(20)]
        pair = (random_text(rng, 30), random_text(rng, 60))
        jobs.append(([*texts, pair], rng.choice([6, 16, 33, 64])))
    expected = [reference(sources["bert"], texts, length)[0] for texts, length in jobs]
    got: list = [None] * len(jobs)
    start = threading.Barrier(len(jobs))

    def work(at):
        texts, length = jobs[at]
        start.wait()
        for _ in range(3):
            rows = tokenizer.encode(texts, length).rows
            got[at] = [row.tolist() for row in rows]

    threads = [threading.Thread(target=work, args=(at,)) for at in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert got == expected


def test_a_tokenizer_in_pure_python_works(sources, toy_bert_folder, tmp_path):
    folder = toy_bert_folder(tmp_path)
    slow = BertTokenizerLegacy(str(folder / "vocab.txt"))
    texts = ["The cat sat on the mat", "", "the " * 100, ("a cat", "the dog " * 30)]

    tokenised = TextTokenizer(slow).encode(texts, 12)

    ids, _ = reference(sources["bert"], texts, 12)
    assert not slow.is_fast
    assert [row.tolist() for row in tokenised.rows] == ids
    assert tokenised.truncated.tolist() == [False, False, True, True]


def test_a_tokenizer_that_encodes_in_its_own_way_is_asked_itself(sources):
    class Shouting(PreTrainedTokenizerFast):
        def _encode_plus(self, text, *args, **kwargs):
            return super()._encode_plus([part.replace("!", " movie") for part in text], *args, **kwargs)

    backend = copy.deepcopy(sources["bert"].backend_tokenizer)
    source = Shouting(tokenizer_object=backend, pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]")

    assert len(TextTokenizer(source).encode(["the cat!"], 12).rows[0]) == 5


@pytest.mark.parametrize("kind", KINDS)
def test_the_prefix_counts_leading_special_tokens_but_no_trailing_ones(sources, kind):
    tokenizer = TextTokenizer(sources[kind])
    bare = len(sources[kind]("query:", add_special_tokens=False)["input_ids"])

    assert tokenizer.prefix_length("query:", 32) == bare + (0 if kind == "t5" else 1)
    assert tokenizer.prefix_length("query: " * 200, 8) == 7


def test_copies_and_pickles_work(sources):
    tokenizer = TextTokenizer(sources["bert"])
    expected = tokenizer.encode(["the cat"], 8).rows[0].tolist()

    for twin in (copy.deepcopy(tokenizer), pickle.loads(pickle.dumps(tokenizer))):
        assert twin.encode(["the cat"], 8).rows[0].tolist() == expected


def test_rows_are_a_sequence_of_arrays(sources):
    rows = TextTokenizer(sources["bert"]).encode(["the cat", "a", "the"], 8).rows

    assert len(rows) == 3
    assert [len(row) for row in rows[1:]] == [3, 3]
    assert rows[-1].tolist() == rows[2].tolist()
    assert rows.ids.dtype == np.int64
    with pytest.raises(IndexError):
        rows[3]
