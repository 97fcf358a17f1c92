"""Files of every task to evaluators, and what is said about rows that are wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from likewise.cli.evaluate_data import DataOptions, data_name, read_table
from likewise.errors import InputError


def read(task, path, **options):
    return read_table(task, path, DataOptions(**options))


def lines(*values):
    return "\n".join(json.dumps(value) for value in values)


def test_sts_reads_scores_as_numbers(write):
    path = write("dev.csv", 'sentence1,sentence2,score\n"a, b",c,1.5\nd,e,3\n')

    evaluator = read("sts", path).evaluator

    assert (evaluator.sentences1, evaluator.sentences2, evaluator.scores) == (["a, b", "d"], ["c", "e"], [1.5, 3.0])


def test_pairs_take_0_and_1_and_truth_values(write):
    path = write("pairs.jsonl", lines(*({"text1": "a", "text2": "b", "label": x} for x in (1, 0, True, "0", "true"))))

    assert read("pairs", path).evaluator.labels.tolist() == [1, 0, 1, 0, 1]


def test_triplets_and_bitext_keep_their_order(write):
    triplets = read("triplets", write("t.tsv", "negative\tanchor\tpositive\nn\ta\tp\n")).evaluator
    bitext = read("bitext", write("b.tsv", "english\ttranslation\ne\tt\n")).evaluator

    assert (triplets.anchors, triplets.positives, triplets.negatives) == (["a"], ["p"], ["n"])
    assert (bitext.source_sentences, bitext.target_sentences) == (["e"], ["t"])


def test_mining_takes_pairs_pairs_with_labels_and_groups(write):
    pairs = read("mining", write("p.tsv", "sentence1\tsentence2\na\tb\nc\ta\n")).evaluator
    labelled = read("mining", write("l.tsv", "sentence1\tsentence2\tlabel\na\tb\t1\nc\ta\t0\n")).evaluator
    groups = read("mining", write("g.tsv", "text\tintent\na\tx\nb\ty\nc\tx\nd\tx\na\ty\n")).evaluator

    assert pairs.sentences == labelled.sentences == ["a", "b", "c"]
    assert (pairs.duplicates.count, labelled.duplicates.count) == (2, 1)
    assert groups.sentences == ["a", "b", "c", "d", "a"]
    assert groups.duplicates.count == 4  # three of x, one of y


def test_reranking_takes_lists_first_stages_and_rows(write):
    listed = read("reranking", write("r.jsonl", lines({"query": "q", "positive": "p", "negative": ["n", "m"]})))
    staged = read("reranking", write("s.jsonl", lines({"query": "q", "positive": ["p"], "documents": ["n", "p"]})))
    rows = "question\tpassage\tlabel\nq\tn\t0\nq\tp\t1\nr\tx\t1\nr\ty\t0\nq\tm\t0\n"
    flat = read("reranking", write("f.tsv", rows))

    sample = listed.evaluator.samples[0]
    assert (sample.query, sample.candidates, sample.relevant.tolist()) == ("q", ["p", "n", "m"], [True, False, False])
    assert staged.evaluator.samples[0].relevant.tolist() == [False, True]
    assert [(each.query, each.candidates) for each in flat.evaluator.samples] == [
        ("q", ["p", "n", "m"]),
        ("r", ["x", "y"]),
    ]


def test_parquet_holds_lists(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "r.parquet"
    table = arrow.table({"query": ["q"], "positive": [["p"]], "negative": [["n", "m"]]})
    parquet.write_table(table, path)

    assert read("reranking", path).evaluator.samples[0].candidates == ["p", "n", "m"]


def test_only_rows_that_fit_are_taken(write):
    path = write("b.tsv", "lang\tenglish\ttranslation\nfr\ta\tb\nde\tc\td\nfr\te\tf\n")

    assert read("bitext", path, where={"lang": "fr"}).evaluator.source_sentences == ["a", "e"]


def test_the_note_says_what_was_read_as_what(write):
    path = write("q.tsv", "question1\tquestion2\tis_duplicate\na\tb\t1\n")

    assert read("pairs", path).note == f"{path}: sentence1=question1, sentence2=question2, label=is_duplicate"


@pytest.mark.parametrize(
    ("task", "name", "content", "message"),
    [
        ("sts", "d.tsv", "sentence1\tsentence2\tscore\na\tb\t1\nc\td\thigh\n", "d.tsv, line 3: 'score' is 'high'"),
        ("sts", "d.tsv", "sentence1\tsentence2\tscore\na\tb\t1\nc\td\tnan\n", "line 3: 'score' is 'nan'"),
        ("sts", "d.tsv", "sentence1\tsentence2\tscore\na\tb\t1\nc\td\n", "line 3: 2 fields"),
        ("sts", "d.tsv", "sentence1\tsentence2\tscore\na\tb\t1\nc\td\t1\n", "d.tsv: "),  # all scores equal
        ("pairs", "d.tsv", "sentence1\tsentence2\tlabel\na\tb\t2\n", "line 2: 'label' is '2'. Accepted: 0 or 1"),
        ("pairs", "d.tsv", "sentence1\tsentence2\tlabel\na\tb\t0\n", "d.tsv: all 1 labels are 0"),
        ("pairs", "d.jsonl", lines({"text1": "a", "text2": None, "label": 1}), "line 1: 'text2' is None"),
        ("pairs", "d.jsonl", '{"text1": "a", "text2": "b", "label": 1}\n{"text1"\n', "line 2: not valid JSON"),
        ("pairs", "d.jsonl", '{"text1": "a", "text2": "b", "label": 1}\n{"text1": "a"}\n', "line 2: no 'text2'"),
        ("pairs", "d.jsonl", '["a", "b", 1]\n', "line 1: "),
        ("bitext", "d.tsv", "", "d.tsv: no rows"),
        ("bitext", "d.tsv", "english\ttranslation\n", "d.tsv: no rows"),
        ("bitext", "d.tsv", "a\ta\nx\ty\n", "the column 'a' stands twice"),
        ("bitext", "d.txt", "a b\n", "a txt file has no columns"),
        ("bitext", "d.xls", "a b\n", "tells no format"),
        ("reranking", "d.jsonl", lines({"query": "q", "positive": 3, "negative": ["n"]}), "line 1: 'positive' is 3"),
        ("mining", "d.tsv", "sentence1\tsentence2\na\ta\n", "d.tsv: 1 sentences"),
    ],
)
def test_wrong_rows_are_named_by_file_and_line(write, task, name, content, message):
    path = write(name, content)

    with pytest.raises(InputError) as caught:
        read(task, path)

    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_names_of_sets_are_those_of_files_without_extensions():
    assert [data_name(Path(name)) for name in ("a/dev.tsv.gz", "set.v2.jsonl", "folder")] == ["dev", "set.v2", "folder"]
