"""`likewise search` with a stand-in model: hits, order, the ways queries come in, and bounded memory."""

import io
import json
import sys

import pytest

from likewise.cli import embedding
from likewise.cli import queries as query_source

CORPUS = "red fox\nblue fox\n\ngreen dog\nred red dog\n"


@pytest.fixture
def corpus(write):
    return write("corpus.txt", CORPUS)


def hits(line):
    return [hit["text"] for hit in json.loads(line)["hits"]]


def test_hits_are_ranked_with_scores_and_places(likewise, corpus):
    outcome = likewise("search", corpus, "red fox", "-k", 2)

    assert outcome.code == 0
    assert outcome.lines == [
        "red fox",
        f"  1   1.0000  red fox  [{corpus}:1]",
        f"  2   0.6325  red red dog  [{corpus}:5]",
        "",
    ]


def test_queries_and_documents_are_embedded_as_such(likewise, corpus):
    likewise("search", corpus, "red fox")

    assert [call.role for call in likewise.model.calls] == ["query", "document"]


def test_several_queries_are_answered_in_order(likewise, corpus):
    outcome = likewise("search", corpus, "green", "blue", "--json", "-k", 1)

    assert [json.loads(line)["query"] for line in outcome.lines] == ["green", "blue"]
    assert [hits(line) for line in outcome.lines] == [["green dog"], ["blue fox"]]


def test_options_may_stand_anywhere(likewise, corpus):
    before = likewise("search", corpus, "-k", 1, "green", "--json", "blue")

    assert [json.loads(line)["query"] for line in before.lines] == ["green", "blue"]


def test_chunked_and_whole_give_the_same_ranking(likewise, corpus, monkeypatch):
    whole = likewise("search", corpus, "red dog", "fox", "--json").out
    monkeypatch.setattr(embedding, "CHUNK_TEXTS", 1)

    assert likewise("search", corpus, "red dog", "fox", "--json").out == whole


def test_equal_scores_keep_the_order_of_the_corpus(likewise, write, monkeypatch):
    monkeypatch.setattr(embedding, "CHUNK_TEXTS", 2)

    outcome = likewise("search", write("a.txt", "a 1\na 2\na 3\na 4\na 5\n"), "a", "--json", "-k", 4)

    assert hits(outcome.out) == ["a 1", "a 2", "a 3", "a 4"]


def test_blank_texts_are_left_out_and_said(likewise, corpus):
    outcome = likewise("search", corpus, "red", "-k", 4, "--json")

    assert "1 blank texts were left out" in outcome.err
    assert "" not in hits(outcome.out)


def test_top_k_above_the_corpus_ranks_everything_and_says_so(likewise, corpus):
    outcome = likewise("search", corpus, "red", "--top-k", 50, "--json")

    assert len(hits(outcome.out)) == 4
    assert "--top-k 50, but the corpus has 4 texts: all are ranked" in outcome.err


def test_quiet_says_nothing_beside_the_result(likewise, corpus):
    assert likewise("search", corpus, "red", "--top-k", 50, "-q").err == ""


def test_columns_are_shown_with_hits(likewise, write):
    path = write("a.tsv", "description\tcommand\nlist files\tls\ncopy files\tcp\n")

    outcome = likewise("search", path, "copy", "--column", "description", "--show", "command", "-k", 1)

    assert outcome.lines[1].startswith("  1   0.7071  copy files")
    assert outcome.lines[2].strip() == "command: cp"


def test_a_query_file_is_answered_line_by_line(likewise, corpus, write):
    outcome = likewise("search", corpus, "--queries", write("q.txt", "green\n\nblue\n"), "--json", "-k", 1)

    assert [hits(line) for line in outcome.lines] == [["green dog"], ["blue fox"]]


def test_many_queries_hold_the_corpus_and_give_the_same(likewise, corpus, write, monkeypatch):
    queries = write("q.txt", "green\nblue\nfox\nred dog\n")
    streamed = likewise("search", corpus, "--queries", queries, "--json").out
    monkeypatch.setattr(query_source, "QUERIES_AT_ONCE", 2)

    outcome = likewise("search", corpus, "--queries", queries, "--json")

    assert outcome.out == streamed
    assert sum(call.role == "document" for call in likewise.model.calls) == 1


def test_lines_of_stdin_are_queries(likewise, corpus, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("green\n\nblue\n"))

    outcome = likewise("search", corpus, "--json", "-k", 1)

    assert [hits(line) for line in outcome.lines] == [["green dog"], ["blue fox"]]
    assert "4 texts from" in outcome.err


def test_a_terminal_is_asked_for_queries(likewise, corpus, monkeypatch):
    terminal = io.StringIO("green\n\n")
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stdin", terminal)

    outcome = likewise("search", corpus, "-k", 1)

    assert outcome.lines[0] == "green"
    assert outcome.err.count("query> ") == 3


def test_a_corpus_from_stdin(likewise, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(CORPUS))

    assert hits(likewise("search", "-", "green", "--json", "-k", 1).out) == ["green dog"]


def test_control_characters_of_a_corpus_do_not_reach_the_terminal(likewise, write):
    outcome = likewise("search", write("a.txt", "red \x1b[31m fox\n"), "red")

    assert "\x1b" not in outcome.out


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        ("", ["x"], "no texts to search"),
        ("\n \n", ["x"], "no texts to search"),
        ("a\n", [" "], "an empty query"),
        ("a\n", ["x", "--queries", "q.txt"], "queries as arguments and in a file"),
        ("a\n", ["--queries", "nowhere.txt"], "nowhere.txt: no such file"),
        ("a\n", ["x", "--column", "body"], "a text file has no columns"),
    ],
)
def test_what_cannot_be_searched_is_refused(likewise, write, content, arguments, message):
    outcome = likewise("search", write("corpus.txt", content), *arguments)

    assert outcome.code == 1
    assert message in outcome.err


def test_a_query_file_without_queries_is_refused(likewise, corpus, write):
    outcome = likewise("search", corpus, "--queries", write("q.txt", "\n\n"))

    assert outcome.code == 1
    assert "no queries" in outcome.err


def test_corpus_and_queries_cannot_both_be_stdin(likewise):
    outcome = likewise("search", "-")

    assert outcome.code == 1
    assert "both corpus and queries from stdin" in outcome.err


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_a_wrong_top_k_is_wrong_usage(likewise, corpus, value):
    outcome = likewise("search", corpus, "x", f"--top-k={value}")

    assert outcome.code == 2
    assert "is not an integer of at least 1" in outcome.err
