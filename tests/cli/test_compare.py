"""`likewise compare` with a stand-in model: two texts, two files, and telling them apart."""

import json

import pytest

from likewise.cli import embedding


def test_two_texts_give_one_score(likewise):
    outcome = likewise("compare", "red fox", "red dog")

    assert outcome.code == 0
    assert outcome.out == "0.5000\n"


def test_json_holds_the_texts(likewise):
    outcome = likewise("compare", "red fox", "red fox", "--json")

    assert json.loads(outcome.out) == {"score": pytest.approx(1), "first": "red fox", "second": "red fox"}


def test_two_files_are_compared_line_by_line(likewise, write):
    outcome = likewise("compare", write("a.txt", "red fox\nblue\n"), write("b.txt", "red fox\ngreen\n"))

    assert outcome.lines == ["  1.0000  red fox  |  red fox", "  0.0000  blue  |  green"]


def test_chunks_of_the_two_files_need_not_match(likewise, write, monkeypatch):
    monkeypatch.setattr(embedding, "CHUNK_CHARACTERS", 10)
    first = write("a.txt", "\n".join(["a" * 9, "b", "c", "d"]))
    second = write("b.txt", "\n".join(["a" * 9, "b", "c" * 20, "d"]))

    outcome = likewise("compare", first, second, "--json")

    scores = [json.loads(line)["score"] for line in outcome.lines]
    assert scores == pytest.approx([1, 1, 0, 1])


def test_all_pairs_compares_every_line_with_every_line(likewise, write):
    outcome = likewise("compare", write("a.txt", "x\ny\n"), write("b.txt", "y\nx\nz\n"), "--all-pairs", "--json")

    found = {(record["first"], record["second"]): record["score"] for record in map(json.loads, outcome.lines)}
    assert len(found) == 6
    assert [pair for pair, score in found.items() if score > 0.9] == [("x", "x"), ("y", "y")]


def test_files_of_different_length_are_an_error_that_says_which(likewise, write):
    outcome = likewise("compare", write("a.txt", "x\ny\nz\n"), write("b.txt", "x\ny\n"))

    assert outcome.code == 1
    assert len(outcome.lines) == 2
    assert "b.txt has 2 texts" in outcome.err
    assert "a.txt has more" in outcome.err
    assert "--all-pairs" in outcome.err


def test_a_file_and_a_text_are_ambiguous(likewise, write):
    outcome = likewise("compare", write("a.txt", "x\n"), "some text")

    assert outcome.code == 1
    assert "'some text' is not" in outcome.err
    assert "--texts" in outcome.err


def test_mistyped_file_names_are_not_compared_as_texts(likewise):
    outcome = likewise("compare", "nowhere.txt", "neither.csv")

    assert outcome.code == 1
    assert "no such files" in outcome.err


def test_texts_flag_compares_the_names_themselves(likewise, write):
    path = write("a.txt", "x\n")

    assert likewise("compare", path, path, "--texts").out == "1.0000\n"


def test_an_empty_text_is_refused(likewise):
    outcome = likewise("compare", "red", " ")

    assert outcome.code == 1
    assert "an empty text" in outcome.err


def test_empty_files_are_refused(likewise, write):
    outcome = likewise("compare", write("a.txt", ""), write("b.txt", ""))

    assert outcome.code == 1
    assert "holds no texts" in outcome.err


def test_a_very_long_text_is_a_text(likewise):
    outcome = likewise("compare", "word " * 100_000, "word")

    assert outcome.out == "1.0000\n"


def test_similarity_is_chosen_for_the_model(likewise):
    likewise("compare", "a", "b", "--similarity", "dot")

    assert likewise.model.options.similarity == "dot"
