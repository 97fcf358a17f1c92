"""`likewise cluster`: groups, their words and central texts, on the console and in files."""

import json

import pytest

FOXES, SEAS = ["red fox runs", "red fox", "red fox sleeps"], ["blue sea", "blue sea waves"]
TEXTS = [FOXES[0], SEAS[0], FOXES[1], "", "rain", SEAS[1], FOXES[2]]


@pytest.fixture
def notes(write):
    return write("notes.txt", "".join(f"{text}\n" for text in TEXTS))


def groups(outcome):
    return [json.loads(line) for line in outcome.lines]


def test_clusters_are_printed_with_words_and_central_text(likewise, notes):
    outcome = likewise("cluster", notes, "--min-size", 2, "--words", 2)

    assert outcome.code == 0
    assert outcome.lines == [
        "  1       3 texts  fox, red",
        "                    red fox",
        "  2       2 texts  blue, sea",
        "                    blue sea",
    ]
    assert "6 texts, 2 clusters, 1 texts in none" in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--min-size", 2],
        ["--method", "kmeans", "-k", 3, "--min-size", 2],
        ["--method", "agglomerative", "--clusters", 3, "--min-size", 2],
        ["--method", "agglomerative", "--threshold", 0.4, "--min-size", 2],
    ],
)
def test_all_methods_find_what_is_there(likewise, notes, arguments):
    pytest.importorskip("sklearn")
    found = groups(likewise("cluster", notes, *arguments, "--json"))

    assert [(group["cluster"], group["size"], sorted(group["lines"])) for group in found] == [
        (1, 3, [1, 3, 7]),
        (2, 2, [2, 6]),
    ]
    assert found[0]["central"] == "red fox"


def test_rows_go_to_a_file_in_the_order_of_the_input(likewise, notes, tmp_path):
    likewise("cluster", notes, "--min-size", 2, "-o", tmp_path / "rows.jsonl")
    likewise("cluster", notes, "--min-size", 2, "-o", tmp_path / "rows.csv")

    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert [(row["line"], row["cluster"]) for row in rows] == [(1, 1), (2, 2), (3, 1), (5, None), (6, 2), (7, 1)]
    assert [row["text"] for row in rows] == [text for text in TEXTS if text]
    assert (tmp_path / "rows.csv").read_text().splitlines()[:2] == ["line,cluster,text", "1,1,red fox runs"]
    assert "5,,rain" in (tmp_path / "rows.csv").read_text()


def test_rows_of_several_files_say_which(likewise, write, tmp_path):
    write("notes/a.txt", "red fox\n")
    write("notes/b.txt", "red fox\n")

    outcome = likewise("cluster", tmp_path / "notes", "--min-size", 2, "--json", "-o", tmp_path / "rows.tsv")

    assert [name[-5:] for name in groups(outcome)[0]["sources"]] == ["a.txt", "b.txt"]
    assert (tmp_path / "rows.tsv").read_text().startswith("source\tline\tcluster\ttext\n")


@pytest.mark.parametrize("method", ["communities", "kmeans", "agglomerative"])
@pytest.mark.parametrize("count", [1, 6])
def test_one_text_and_equal_texts(likewise, write, method, count):
    pytest.importorskip("sklearn")
    notes = write("same.txt", "red fox\n" * count)

    outcome = likewise("cluster", notes, "--method", method, "--min-size", 1, "--json")

    assert outcome.code == 0
    assert [(group["size"], group["words"]) for group in groups(outcome)] == [(count, ["fox", "red"])]


def test_no_clusters(likewise, notes):
    outcome = likewise("cluster", notes)

    assert (outcome.code, outcome.out) == (0, "")
    assert "0 clusters, 6 texts in none" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{empty}"], "no texts"),
        (["{notes}", "--column", "body"], "no columns"),
        (["{notes}", "-k", "3"], "with --method communities"),
        (["{notes}", "--method", "kmeans", "--threshold", "0.5"], "with --method kmeans"),
        (["{notes}", "--method", "agglomerative", "--threshold", "0.5", "-k", "2"], "one of the two"),
        (["{table}", "-o", "{table}"], "the input and the output"),
        (["{notes}", "-o", "rows.html"], "no output format"),
    ],
)
def test_errors_come_before_a_model_is_loaded(likewise, write, notes, arguments, message):
    names = {"empty": write("empty.txt", ""), "notes": notes, "table": write("t.csv", "text\nfox\n")}

    outcome = likewise("cluster", *(argument.format(**names) for argument in arguments))

    assert (outcome.code, likewise.models) == (1, [])
    assert message in outcome.err


@pytest.mark.parametrize("method", ["kmeans", "agglomerative"])
def test_more_clusters_than_texts(likewise, notes, method):
    outcome = likewise("cluster", notes, "--method", method, "-k", 7)

    assert outcome.code == 1
    assert "--clusters 7 for 6 texts" in outcome.err
    assert "--clusters 6" in outcome.err
