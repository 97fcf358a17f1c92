"""Data sets and loaders of examples: how they draw, and what they refuse."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from likewise.datasets import (
    ContrastiveTensionDataLoader,
    DenoisingAutoEncoderDataset,
    NoDuplicatesDataLoader,
    ParallelSentencesDataset,
    SentenceLabelDataset,
)
from likewise.errors import InputError
from likewise.readers import InputExample

EXAMPLES = [InputExample(texts=[f"t{n}", f"u{n}"], label=n % 3) for n in range(24)]


class Lengths:
    def __init__(self):
        self.asked = []

    def encode(self, sentences, **options):
        self.asked.extend(sentences)
        return np.array([[float(len(text))] for text in sentences])


def parallel(rows, **options):
    dataset = ParallelSentencesDataset(None, Lengths(), **options)
    dataset.add_dataset(rows)
    return dataset


MADE = {
    "labels": lambda: SentenceLabelDataset(EXAMPLES),
    "parallel": lambda: parallel([[f"s{n}", f"t{n}"] for n in range(12)]),
    "no duplicates": lambda: NoDuplicatesDataLoader(EXAMPLES, 4),
    "tension": lambda: ContrastiveTensionDataLoader([f"s{n}" for n in range(16)], 4, 2),
}


def drawn(source, disturb=False):
    found = []
    for item in source:
        found += [example.texts for example in (item if isinstance(item, list) else [item])]
        if disturb:
            random.random()
    return found


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_the_order_hangs_on_the_seed_alone(make):
    """Whoever draws from the global generator between two examples does not change the order."""
    orders = []
    for seed, disturb in ((1, False), (1, True), (2, False)):
        random.seed(seed)
        orders.append(drawn(make(), disturb))
    assert orders[0] == orders[1] != orders[2]


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_the_second_epoch_has_another_order(make):
    random.seed(0)
    source = make()
    assert drawn(source) != drawn(source)


def test_every_round_has_every_label_once():
    labels = [example.label for example in SentenceLabelDataset(EXAMPLES, samples_per_label=2)]
    assert all(Counter(labels[at : at + 6]) == {0: 2, 1: 2, 2: 2} for at in range(0, 24, 6))


def test_with_replacement_a_group_still_has_no_example_twice():
    dataset = SentenceLabelDataset(EXAMPLES, samples_per_label=4, with_replacement=True)
    texts = [example.texts[0] for example in dataset]
    assert len(texts) == len(dataset) == 24
    assert all(len(set(texts[at : at + 4])) == 4 for at in range(0, 24, 4))


def test_fewer_than_one_sample_of_a_label_is_refused():
    with pytest.raises(InputError, match="samples_per_label=0"):
        SentenceLabelDataset(EXAMPLES, samples_per_label=0)


def test_examples_that_do_not_fit_come_in_a_later_batch():
    examples = [InputExample(texts=[text, f"{n}"]) for n, text in enumerate("aabb")]
    for seed in range(20):
        random.seed(seed)
        texts = [example.texts[1] for batch in NoDuplicatesDataLoader(examples, 2) for example in batch]
        assert sorted(texts) == ["0", "1", "2", "3"]


def test_texts_that_never_fill_a_batch_are_an_error_and_not_an_empty_epoch():
    examples = [InputExample(texts=["same", f"{n}"]) for n in range(8)]
    with pytest.raises(InputError, match="8 examples, of which only 1"):
        list(NoDuplicatesDataLoader(examples, 2))
    with pytest.raises(InputError, match="batch_size=0"):
        NoDuplicatesDataLoader(examples, 0)


def test_a_loader_gives_what_its_collate_fn_makes():
    for make in (MADE["no duplicates"], MADE["tension"]):
        loader = make()
        loader.collate_fn = len
        assert list(loader) == [4] * len(loader)


def test_a_repeated_sentence_is_never_its_own_negative():
    loader = ContrastiveTensionDataLoader(["a", "b", "a ", "b", "c", "d"], batch_size=2, pos_neg_ratio=2)
    assert len(loader) == 2
    for batch in loader:
        assert all((example.texts[0] == example.texts[1]) == bool(example.label) for example in batch)


@pytest.mark.parametrize(("batch_size", "ratio"), [(0, 2), (4, 0), (3, 2)])
def test_a_batch_that_ratios_do_not_divide_is_refused(batch_size, ratio):
    with pytest.raises(InputError, match=f"batch_size={batch_size} with pos_neg_ratio={ratio}"):
        ContrastiveTensionDataLoader(["a"], batch_size=batch_size, pos_neg_ratio=ratio)


def test_words_are_kept_as_often_as_the_ratio_says():
    text = " ".join(["w"] * 4000)
    assert 0.35 < len(DenoisingAutoEncoderDataset.delete(text).split()) / 4000 < 0.45
    assert DenoisingAutoEncoderDataset.delete("a  b", del_ratio=0.0) == "a b"


def test_sets_are_drawn_by_weight():
    random.seed(0)
    dataset = ParallelSentencesDataset(None, Lengths())
    dataset.add_dataset([[f"often {n}"] for n in range(500)], weight=90)
    dataset.add_dataset([[f"rare {n}"] for n in range(500)], weight=10)
    often = sum(example.texts[0].startswith("often") for example in dataset)
    assert 0.85 < often / len(dataset) < 0.95


def test_without_the_cache_the_teacher_is_asked_in_every_epoch():
    for cached in (True, False):
        dataset = parallel([["hello", "Hallo"]], use_embedding_cache=cached)
        asked = []
        for _ in range(2):
            list(dataset)
            asked.append(len(dataset.teacher_model.asked))
        assert (asked[1] > asked[0]) != cached


def test_most_sentences_and_the_file_without_any(tmp_path):
    (tmp_path / "p.tsv").write_text("a\tb\nc\td\n", encoding="utf-8")
    dataset = ParallelSentencesDataset(None, Lengths())
    dataset.load_data(tmp_path / "p.tsv", max_sentences=1)
    assert {example.texts[0] for example in dataset} == {"a", "b"}
    (tmp_path / "empty.tsv").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"empty\.tsv: 0 rows"):
        dataset.load_data(tmp_path / "empty.tsv")
