"""Groups by each method, and the arguments that go with it."""

import argparse

import numpy as np
import pytest

from likewise.cli.collection import Collection
from likewise.cli.grouping import add_grouping_arguments, check_grouping, default_clusters, find_groups
from likewise.cli.unnamed_files import UnnamedRecords
from likewise.errors import InputError
from likewise.texts.tables import Record

TEXTS = ["fox a", "fox b", "fox c", "sea a", "sea b", "rain"]
ROWS = np.array([[1, 0, 0], [1, 0.1, 0], [1, 0.2, 0], [0, 1, 0], [0, 1, 0.1], [0, 0, 1]], np.float32)


def arguments(*words, default="communities"):
    parser = argparse.ArgumentParser()
    add_grouping_arguments(parser, default)
    return parser.parse_args(words)


def found(*words):
    records = UnnamedRecords(None)
    for line, text in enumerate(TEXTS, 1):
        records.append(Record(text, line, "notes.txt"))
    return [group.rows for group in find_groups(arguments(*words), Collection(records, ROWS))]


def test_communities():
    assert found("--min-size", "2") == [[0, 1, 2], [3, 4]]
    assert found("--min-size", "2", "--threshold", "0.99") == [[1, 2, 0], [3, 4]]
    assert found() == []  # none has five texts


def test_kmeans_and_agglomerative():
    pytest.importorskip("sklearn")

    for words in (["kmeans", "-k", "3"], ["agglomerative", "-k", "3"], ["agglomerative"]):
        assert [sorted(rows) for rows in found("--method", *words)] == [[0, 1, 2], [3, 4], [5]]
    assert len(found("--method", "agglomerative", "--threshold", "0.05")) == 2
    assert [sorted(rows) for rows in found("--method", "kmeans", "-k", "3", "--min-size", "3")] == [[0, 1, 2]]


@pytest.mark.parametrize(
    "words",
    [
        ["-k", "3"],
        ["--method", "kmeans", "--threshold", "0.5"],
        ["--method", "agglomerative", "-k", "3", "--threshold", "0.5"],
    ],
)
def test_arguments_that_contradict_each_other(words):
    with pytest.raises(InputError):
        check_grouping(arguments(*words))


def test_more_clusters_than_texts():
    with pytest.raises(InputError, match="--clusters 7 for 6 texts"):
        found("--method", "kmeans", "-k", "7")


def test_the_default_number_of_clusters_never_exceeds_the_texts():
    numbers = [default_clusters(rows) for rows in range(1, 5000)]

    assert all(1 <= number <= rows for rows, number in enumerate(numbers, 1))
    assert numbers == sorted(numbers)
    assert numbers[-1] == 20
