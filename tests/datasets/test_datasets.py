"""Data sets and loaders of examples: what they yield, and that they train."""

from __future__ import annotations

import numpy as np
import pytest
from torch.utils.data import DataLoader

from likewise.datasets import (
    ContrastiveTensionDataLoader,
    DenoisingAutoEncoderDataset,
    NoDuplicatesDataLoader,
    ParallelSentencesDataset,
    SentenceLabelDataset,
    SentencesDataset,
)
from likewise.datasets.denoising_auto_encoder_dataset import delete
from likewise.errors import InputError
from likewise.losses import BatchHardTripletLoss, ContrastiveTensionLoss, MSELoss, MultipleNegativesRankingLoss
from likewise.readers import InputExample
from likewise.sentence_transformer.model import SentenceTransformer


class Teacher:
    def __init__(self, width=3):
        self.asked = []
        self.width = width

    def encode(self, sentences, **options):
        self.asked.extend(sentences)
        return np.array([[float(len(text))] * self.width for text in sentences], dtype=np.float32)


def test_examples_by_number():
    examples = [InputExample(texts=[text]) for text in "abc"]
    assert SentencesDataset(examples, None)[1].texts == ["b"]
    assert len(SentencesDataset(examples)) == 3


def test_neighbours_have_one_label():
    examples = [InputExample(texts=[f"t{n}"], label=n % 3) for n in range(20)]
    for per_label in (2, 3):
        dataset = SentenceLabelDataset(examples, samples_per_label=per_label)
        labels = [example.label for example in dataset]
        assert len(labels) == len(dataset)
        groups = [set(labels[at : at + per_label]) for at in range(0, len(labels), per_label)]
        assert all(len(group) == 1 for group in groups)
    texts = [example.texts[0] for example in SentenceLabelDataset(examples)]
    assert len(texts) == len(set(texts))
    with pytest.raises(InputError, match="no label stands 2 times"):
        SentenceLabelDataset(examples[:3])


def test_words_are_deleted_and_one_stays():
    text = " ".join(map(str, range(1000)))
    kept = delete(text, 0.6).split()
    assert 300 < len(kept) < 500
    assert [int(word) for word in kept] == sorted(int(word) for word in kept)
    assert delete("word", 1.0) == "word"
    assert delete("", 0.5) == ""
    noisy, original = DenoisingAutoEncoderDataset(["a cat sat on a mat"])[0].texts
    assert set(noisy.split()) <= set(original.split())


def test_no_text_stands_twice_in_a_batch():
    examples = [InputExample(texts=[f"a{n % 5}", f"b{n}"]) for n in range(20)]
    loader = NoDuplicatesDataLoader(examples, batch_size=4)
    for batch in loader:
        texts = [text for example in batch for text in example.texts]
        assert len(texts) == len(set(texts))
    assert 1 <= len(list(loader)) <= len(loader) == 5


def test_contrastive_tension_batches():
    loader = ContrastiveTensionDataLoader([f"s{n}" for n in range(20)], batch_size=8, pos_neg_ratio=4)
    batches = list(loader)
    assert len(batches) == len(loader) == 2
    for batch in batches:
        assert [example.label for example in batch] == [1, 0, 0, 0, 1, 0, 0, 0]
        for example in batch:
            assert (example.texts[0] == example.texts[1]) == bool(example.label)
        assert {example.texts[0] for example in batch[:4]} == {batch[0].texts[0]}
    with pytest.raises(InputError, match="batch_size=6"):
        ContrastiveTensionDataLoader(["a"], batch_size=6, pos_neg_ratio=4)


def test_parallel_sentences_carry_the_teachers_vector_of_the_source(tmp_path):
    teacher = Teacher()
    dataset = ParallelSentencesDataset(None, teacher, batch_size=2)
    (tmp_path / "pairs.tsv").write_text(
        "hello\tHallo\nworld news\tWelt\tmonde\n" + "x" * 200 + "\ty\n", encoding="utf-8"
    )
    dataset.load_data(tmp_path / "pairs.tsv")
    source = {"hello": 5.0, "Hallo": 5.0, "world news": 10.0, "Welt": 10.0, "monde": 10.0}
    for _ in range(3):
        examples = list(dataset)
        assert len(examples) == len(dataset) == 5
        assert all(example.label[0] == source[example.texts[0]] for example in examples)
    assert sorted(teacher.asked) == ["hello", "world news"]
    with pytest.raises(InputError, match="0 rows"):
        dataset.add_dataset([["x" * 500]])


def test_they_train(toy_bert_folder, tmp_path):
    model = SentenceTransformer(str(toy_bert_folder(tmp_path / "m")), device="cpu")
    texts = ["a cat", "the dog", "a man eats", "it rains", "food today", "the cat runs", "dogs", "a a a"]
    labelled = SentenceLabelDataset([InputExample(texts=[t], label=n % 2) for n, t in enumerate(texts)])
    parallel = ParallelSentencesDataset(None, Teacher(model.get_sentence_embedding_dimension()))
    parallel.add_dataset([[text, text.upper()] for text in texts])
    pairs = NoDuplicatesDataLoader([InputExample(texts=[t, t + " too"]) for t in texts], batch_size=4)
    tension = ContrastiveTensionDataLoader(texts, batch_size=4, pos_neg_ratio=2)
    before = model.encode(["a cat"])
    model.fit(
        [
            (DataLoader(labelled, batch_size=4), BatchHardTripletLoss(model)),
            (DataLoader(parallel, batch_size=4), MSELoss(model)),
            (pairs, MultipleNegativesRankingLoss(model)),
            (tension, ContrastiveTensionLoss(model)),
        ],
        warmup_steps=0,
        optimizer_params={"lr": 1e-3},
        show_progress_bar=False,
    )
    assert np.abs(model.encode(["a cat"]) - before).max() > 1e-4
