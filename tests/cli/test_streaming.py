"""Commands that mine, group and draw hold neither the texts nor the embeddings of their inputs in memory."""

import json
import tracemalloc

import numpy as np
import pytest

from likewise.cli.main import main
from likewise.search import bitext_mining_embeddings, community_detection, near_duplicates

COUNT, WIDTH, LENGTH = 3000, 512, 30_000
TEXTS, ROWS = COUNT * LENGTH, COUNT * WIDTH * 4
TILES = 40_000_000  # what comparing takes, whatever the number of texts


def rows_of(texts):
    """Directions of 200 topics, and a little of the text's own."""
    rows = np.empty((len(texts), WIDTH), np.float32)
    for row, text in zip(rows, texts, strict=True):
        topic, own = (int(word) for word in text.split(maxsplit=2)[:2])
        row[:] = 0.01
        row[topic], row[200 + own % (WIDTH - 200)] = 1, 0.2
    return rows


class TopicModel:
    max_seq_length = 128
    similarity_fn_name = "cosine"

    def encode(self, sentences, **options):
        return rows_of(sentences)

    encode_query = encode_document = encode


@pytest.fixture(scope="module")
def texts():
    return [f"{number * 7 % 200} {number}" for number in range(COUNT)]


@pytest.fixture
def path(texts, tmp_path):
    with (tmp_path / "notes.txt").open("w") as file:
        file.writelines(f"{text} {'.' * (LENGTH - len(text) - 2)}\n" for text in texts)
    return tmp_path / "notes.txt"


def peak_of(*arguments):
    tracemalloc.start()
    try:
        assert main([str(argument) for argument in (*arguments, "--quiet")], loader=lambda options: TopicModel()) == 0
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_near_duplicates_are_found_in_little_memory(path, texts, tmp_path):
    unique, pairs = tmp_path / "unique.txt", tmp_path / "pairs.jsonl"

    peak = peak_of("mine", "duplicates", path, "--threshold", 0.9, "--unique", unique, "-o", pairs)

    assert peak < TILES < (TEXTS + ROWS) / 2
    expected = near_duplicates(rows_of(texts), 0.9)
    found = read(pairs)
    assert sorted((row["second_line"], row["first_line"]) for row in found) == [
        (row + 1, kept + 1) for _, row, kept in expected.removed
    ]
    assert all(row["second"].startswith(texts[row["second_line"] - 1]) for row in found)
    with unique.open() as file:
        assert [line.split(maxsplit=2)[1] for line in file] == [str(row) for row in expected.kept]


def test_clusters_are_found_in_little_memory(path, texts, tmp_path):
    peak = peak_of("cluster", path, "--threshold", 0.9, "-o", tmp_path / "rows.jsonl")

    assert peak < TILES
    cluster_of = {
        row: number for number, rows in enumerate(community_detection(rows_of(texts), 0.9, 5), 1) for row in rows
    }
    assert [row["cluster"] for row in read(tmp_path / "rows.jsonl")] == [cluster_of.get(row) for row in range(COUNT)]


def test_translations_are_found_in_little_memory(path, texts, tmp_path):
    few = tmp_path / "few.txt"
    few.write_text("".join(f"{text}\n" for text in texts[:300]))

    peak = peak_of("mine", "bitext", few, path, "-o", tmp_path / "pairs.jsonl")

    assert peak < TILES
    expected = bitext_mining_embeddings(rows_of(texts[:300]), rows_of(texts))
    found = read(tmp_path / "pairs.jsonl")
    assert [[row["source_line"] - 1, row["target_line"] - 1] for row in found] == [pair[1:] for pair in expected]
