"""`likewise mine bitext`: pairs of two files, by the margin that was asked for."""

import json

import pytest

from likewise.search import bitext_mining_embeddings

SOURCE, TARGET = "red fox\n\nblue sea\ndeep hill\n", "sea blue\nfox red fox\nrain\nred sea\n"


@pytest.fixture
def files(write):
    return write("source.txt", SOURCE), write("target.txt", TARGET)


def rows(outcome):
    return [json.loads(line) for line in outcome.lines]


def test_pairs_are_those_of_the_library(likewise, files):
    for margin in ("ratio", "distance", "absolute"):
        outcome = likewise("mine", "bitext", *files, "--margin", margin, "--retrieval", "union", "--json")
        model = likewise.model
        source, target = (model.encode([line for line in text.splitlines() if line]) for text in (SOURCE, TARGET))

        expected = bitext_mining_embeddings(source, target, margin=margin, retrieval="union")
        lines = [(1, 3, 4)[int(i)] for _, i, _ in expected], [int(j) + 1 for _, _, j in expected]
        assert [row["score"] for row in rows(outcome)] == pytest.approx([score for score, _, _ in expected])
        assert [row["source_line"] for row in rows(outcome)] == lines[0]
        assert [row["target_line"] for row in rows(outcome)] == lines[1]


def test_threshold_and_top(likewise, files):
    arguments = ("mine", "bitext", *files, "--margin", "absolute", "--json")

    assert len(rows(likewise(*arguments, "--threshold", 0.9))) == 2
    assert len(rows(likewise(*arguments, "--top", 1))) == 1


def test_pairs_go_to_a_file(likewise, files, tmp_path):
    outcome = likewise("mine", "bitext", *files, "--threshold", 1.1, "--top", 1, "-o", tmp_path / "pairs.tsv")

    header, row = (tmp_path / "pairs.tsv").read_text().splitlines()
    assert header.split("\t") == ["score", "source_line", "target_line", "source", "target"]
    assert row.split("\t")[3:] == ["blue sea", "sea blue"]
    assert "1 pairs -> " in outcome.err


def test_two_columns_of_one_file(likewise, write):
    table = write("t.csv", "de,en\nhund,fox sea\nfox sea,hund\n")

    found = rows(likewise("mine", "bitext", table, table, "--column", "de", "--target-column", "en", "--json"))

    assert sorted((row["source_line"], row["target_line"]) for row in found) == [(2, 3), (3, 2)]


def test_one_text_each(likewise, write):
    found = rows(likewise("mine", "bitext", write("a.txt", "fox\n"), write("b.txt", "fox\n"), "--json"))

    assert [(row["source"], row["target"]) for row in found] == [("fox", "fox")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-", "-"], "cannot be both"),
        (["{source}", "{empty}"], "no texts"),
        (["{source}", "nowhere.txt"], "no such file"),
        (["{source}", "{table}", "-o", "{table}"], "an input and an output"),
        (["{source}", "{target}", "--target-column", "en"], "no columns"),
    ],
)
def test_errors_come_before_a_model_is_loaded(likewise, write, files, arguments, message):
    names = {
        "source": files[0],
        "target": files[1],
        "empty": write("empty.txt", ""),
        "table": write("t.csv", "text\nfox\n"),
    }

    outcome = likewise("mine", "bitext", *(argument.format(**names) for argument in arguments))

    assert (outcome.code, likewise.models) == (1, [])
    assert message in outcome.err
