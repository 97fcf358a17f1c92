"""Readers and data sets give the examples that the peer package gives."""

import gzip
import inspect
from itertools import islice

import numpy as np
import pytest

from likewise import datasets, readers

pytest.importorskip("sentence_transformers", reason="extra parity")
peer_readers = pytest.importorskip("sentence_transformers.sentence_transformer.readers", reason="another peer version")
peer_datasets = pytest.importorskip(
    "sentence_transformers.sentence_transformer.datasets", reason="another peer version"
)
pytestmark = pytest.mark.parity


def contents(examples):
    # The peer keeps the ends of the lines of some files.
    return [([text.strip() for text in example.texts], example.label) for example in examples]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "labels.tsv").write_text("cat\tmeow\ndog\twoof\ncat\tpurr\n", encoding="utf-8")
    (tmp_path / "sts.tsv").write_text('a "quote\tb\t5\nc\td\t2.5\ne\tf\t0\n', encoding="utf-8")
    (tmp_path / "triplets.tsv").write_text("x\ty\tz\na\tb\tc\nd\te\tf\n", encoding="utf-8")
    (tmp_path / "de").write_text("Hallo\nWelt\n", encoding="utf-8")
    (tmp_path / "en").write_text("hello\nworld\n", encoding="utf-8")
    with gzip.open(tmp_path / "stsb.csv.gz", "wt", encoding="utf-8") as file:
        file.write("0\t1\t2\t3\t4.0\tone\ttwo\n")
    for kind, text in (("s1", "a\nb\nc\n"), ("s2", "d\ne\nf\n"), ("labels", "contradiction\nentailment\nneutral\n")):
        with gzip.open(tmp_path / f"{kind}.train.gz", "wt", encoding="utf-8") as file:
            file.write(text)
    return tmp_path


CASES = {
    "labels": ("LabelSentenceReader", {}, "labels.tsv"),
    "sts": ("STSDataReader", {}, "sts.tsv"),
    "raw scores": ("STSDataReader", {"normalize_scores": False}, "sts.tsv"),
    "other range": ("STSDataReader", {"min_score": -5, "max_score": 10}, "sts.tsv"),
    "benchmark": ("STSBenchmarkDataReader", {}, "stsb.csv.gz"),
    "triplets": ("TripletReader", {}, "triplets.tsv"),
    "triplets with a header": ("TripletReader", {"has_header": True}, "triplets.tsv"),
    "nli": ("NLIDataReader", {}, "train.gz"),
}


@pytest.mark.parametrize("most", [0, 1])
@pytest.mark.parametrize(("name", "options", "filename"), CASES.values(), ids=CASES)
def test_readers_give_the_same_texts_and_labels(folder, name, options, filename, most):
    ours, theirs = (
        getattr(package, name)(str(folder), **options).get_examples(filename, most)
        for package in (readers, peer_readers)
    )
    assert contents(ours) == contents(theirs) != []


@pytest.mark.parametrize("most", [0, 1])
def test_paired_files_give_the_same_texts(folder, most):
    paths = [str(folder / "de"), str(folder / "en")]
    ours, theirs = (
        package.PairedFilesReader(paths).get_examples(max_examples=most) for package in (readers, peer_readers)
    )
    assert contents(ours) == contents(theirs) != []


@pytest.mark.parametrize(("ours", "theirs"), [(readers, peer_readers), (datasets, peer_datasets)])
def test_constructors_take_the_same_arguments(ours, theirs):
    names = [name for name in ours.__all__ if name in dir(theirs)]
    assert len(names) >= 5
    for name in names:
        here, there = (inspect.signature(getattr(package, name)).parameters for package in (ours, theirs))
        assert list(here) == list(there), name
        defaults = [(here[key].default, there[key].default) for key in here if key != "noise_fn"]
        assert all(a == b for a, b in defaults if b is not inspect.Parameter.empty), name


def test_batches_without_duplicates_are_as_many():
    for count, batch_size in ((10, 4), (12, 4)):
        sizes = []
        for package, source in ((datasets, readers), (peer_datasets, peer_readers)):
            examples = [source.InputExample(texts=[f"a{n}", f"b{n}"]) for n in range(count)]
            loader = package.NoDuplicatesDataLoader(examples, batch_size)
            loader.collate_fn = list
            sizes.append((len(loader), [len(batch) for batch in loader]))
        assert sizes[0] == sizes[1]


@pytest.mark.parametrize("with_replacement", [False, True])
def test_neighbours_have_one_label_in_both(with_replacement):
    for package, source in ((datasets, readers), (peer_datasets, peer_readers)):
        examples = [source.InputExample(texts=[f"t{n}"], label=n % 3) for n in range(18)]
        labels = [example.label for example in package.SentenceLabelDataset(examples, 3, with_replacement)]
        assert len(labels) == 18
        assert all(len(set(labels[at : at + 3])) == 1 for at in range(0, 18, 3))


def test_parallel_sentences_have_the_same_texts_and_vectors():
    class Lengths:
        def encode(self, sentences, **options):
            return np.array([[float(len(text))] for text in sentences])

    found = []
    for package in (datasets, peer_datasets):
        dataset = package.ParallelSentencesDataset(None, Lengths(), batch_size=2)
        dataset.add_dataset([["hello", "Hallo"], ["world news", "Welt", "monde"]])
        examples = (example for _ in range(20) for example in islice(iter(dataset), 5))  # the peer's never ends
        found.append({(example.texts[0], float(example.label[0])) for example in examples})
    assert found[0] == found[1]
