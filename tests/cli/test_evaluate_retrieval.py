"""Retrieval sets from files and folders."""

from __future__ import annotations

import json

import pytest

from likewise.cli.evaluate_data import DataOptions
from likewise.cli.evaluate_retrieval import find_sets, read_retrieval
from likewise.cli.main import main
from likewise.errors import InputError

CORPUS = [
    {"_id": "d1", "title": "Dogs", "text": "A dog barks."},
    {"_id": "d2", "title": "", "text": "It rains."},
    {"_id": "d3", "title": "", "text": " "},
]
QUERIES = [{"_id": "q1", "text": "Which animal barks?"}, {"_id": "q2", "text": "Weather"}]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\nq2\td2\t1\nq9\td1\t1\n"


def lines(values):
    return "\n".join(json.dumps(value) for value in values)


@pytest.fixture
def folder(write):
    write("animals/corpus.jsonl", lines(CORPUS))
    write("animals/queries.jsonl", lines(QUERIES))
    return write("animals/qrels/test.tsv", QRELS).parent.parent


def only(paths, split=None, **options):
    (found,) = find_sets(paths, split)
    return read_retrieval(found, DataOptions(**options))


def test_a_beir_folder_is_a_set(folder):
    prepared = only([folder])

    data = prepared.evaluator.data
    assert (prepared.name, prepared.task) == ("animals", "retrieval")
    assert dict(zip(data.corpus_ids, data.corpus, strict=True)) == {"d1": "Dogs A dog barks.", "d2": "It rains."}
    assert dict(zip(data.query_ids, data.queries, strict=True)) == {"q1": "Which animal barks?", "q2": "Weather"}
    assert data.totals_Q.tolist() == [1, 1]
    assert "1 documents without text left out" in prepared.note
    assert "1 judgements of queries that queries.jsonl lacks ignored" in prepared.note


def test_three_files_are_a_set_by_their_names_or_in_order(folder, write):
    files = [folder / "corpus.jsonl", folder / "queries.jsonl", folder / "qrels" / "test.tsv"]
    renamed = write("animals/qrels.csv", QRELS.replace("\t", ","))

    in_order, by_name = only(files), only([renamed, files[1], files[0]])

    assert in_order.name == by_name.name == "animals"
    assert in_order.evaluator.data.corpus == by_name.evaluator.data.corpus
    assert in_order.evaluator.data.keys.tolist() == by_name.evaluator.data.keys.tolist()


def test_other_names_of_columns_and_tables_of_queries(write):
    write("set/corpus.tsv", "doc_id\ttext\n1\tA dog barks.\n2\tIt rains.\n")
    write("set/queries.tsv", "query_id\ttext\n1\tWho barks?\n")
    folder = write("set/qrels.tsv", "query_id\tdoc_id\trelevance\n1\t1\t1\n").parent

    assert only([folder]).evaluator.data.keys.tolist() == [0]


def test_a_folder_of_folders_is_several_sets(folder, capsys):
    code = main(["evaluate", "--task", "retrieval", "--data", str(folder.parent), "--json"])

    found = json.loads(capsys.readouterr().out)
    assert code == 0
    assert found["data"] == "animals"
    assert found["metrics"]["cosine_ndcg@10"] == 1.0


def test_judgements_are_those_of_the_split(folder, write):
    write("animals/qrels/dev.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t1\n")

    assert only([folder], "dev").evaluator.data.query_ids == ["q1"]
    assert only([folder]).evaluator.data.query_ids == ["q1", "q2"]  # test


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("corpus.jsonl", lines([CORPUS[0], CORPUS[0]]), "line 2: the id 'd1' stands twice"),
        ("corpus.jsonl", lines([{"_id": "d1", "text": 3}]), "line 1: 'text' is 3"),
        ("corpus.jsonl", lines([{"_id": None, "text": "a"}]), "line 1: '_id' is None"),
        ("corpus.jsonl", lines([{"key": 1, "body": "a", "title": ""}]), "it is not clear"),
        ("queries.jsonl", "", "no rows"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\tyes\n", "line 2: 'score' is 'yes'"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq7\td1\t1\n", "test.tsv: none of 2 queries has relevant"),
        ("queries.tsv", "_id\ttext\nq\ta\n", "several files for queries: queries.jsonl, queries.tsv"),
    ],
)
def test_wrong_sets_are_named_by_file_and_line(folder, write, name, content, message):
    write(f"animals/{name}", content)

    with pytest.raises(InputError) as caught:
        only([folder])

    assert message in str(caught.value)
    assert str(folder) in str(caught.value)


def test_folders_without_a_set_and_files_without_a_part_are_refused(folder, tmp_path):
    (tmp_path / "empty").mkdir()

    with pytest.raises(InputError, match="no retrieval set"):
        find_sets([tmp_path / "empty"], None)
    with pytest.raises(InputError, match="2 files for retrieval"):
        find_sets([folder / "corpus.jsonl", folder / "queries.jsonl"], None)
    with pytest.raises(InputError, match="files and folders"):
        find_sets([folder, folder / "queries.jsonl"], None)
    with pytest.raises(InputError, match="no qrels"):
        find_sets([folder], "train")
