"""Readers of the documented file formats, and what they say about files that are wrong."""

from __future__ import annotations

import csv
import gzip
import subprocess
import sys

import pytest

from likewise.errors import InputError
from likewise.readers import (
    InputExample,
    LabelSentenceReader,
    NLIDataReader,
    PairedFilesReader,
    STSBenchmarkDataReader,
    STSDataReader,
    TripletReader,
)


def rows(examples):
    return [(example.texts, example.label) for example in examples]


def test_an_example_strips_its_texts():
    example = InputExample(texts=[" a cat ", "cats"], label=1)
    assert (example.texts, example.label, example.guid) == (["a cat", "cats"], 1, "")


def test_sts_scores_are_brought_to_0_to_1(tmp_path):
    (tmp_path / "dev.tsv").write_text("a\tb\t5.0\nc\td\t2.5\n", encoding="utf-8")
    assert rows(STSDataReader(tmp_path).get_examples("dev.tsv")) == [(["a", "b"], 1.0), (["c", "d"], 0.5)]
    assert len(STSDataReader(tmp_path).get_examples("dev.tsv", max_examples=1)) == 1
    assert rows(STSDataReader(tmp_path, normalize_scores=False).get_examples("dev.tsv"))[1][1] == 2.5


def test_compressed_files_and_the_columns_of_the_benchmark(tmp_path):
    with gzip.open(tmp_path / "sts.csv.gz", "wt", encoding="utf-8") as file:
        file.write("g\tf\ty\ti\t4.0\tone\ttwo\n")
    assert rows(STSBenchmarkDataReader(tmp_path).get_examples("sts.csv.gz")) == [(["one", "two"], 0.8)]


@pytest.mark.parametrize(("line", "message"), [("a\tb", "line 2: 2 columns"), ("a\tb\tgood", "line 2: score 'good'")])
def test_a_wrong_line_is_named(tmp_path, line, message):
    (tmp_path / "dev.tsv").write_text(f"a\tb\t1\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=message):
        STSDataReader(tmp_path).get_examples("dev.tsv")


def test_triplets_with_a_header(tmp_path):
    (tmp_path / "t.csv").write_text("anchor,pos,neg\na,b,c\n", encoding="utf-8")
    reader = TripletReader(tmp_path, has_header=True, delimiter=",")
    assert [example.texts for example in reader.get_examples("t.csv")] == [["a", "b", "c"]]


def test_nli_files(tmp_path):
    for kind, text in (("s1", "a\nb\n"), ("s2", "c\nd\n"), ("labels", "entailment\nneutral\n")):
        with gzip.open(tmp_path / f"{kind}.train.gz", "wt", encoding="utf-8") as file:
            file.write(text)
    reader = NLIDataReader(tmp_path)
    assert rows(reader.get_examples("train.gz")) == [(["a", "c"], 1), (["b", "d"], 2)]
    assert reader.get_num_labels() == 3
    with pytest.raises(InputError, match="label 'perhaps'"):
        reader.map_label("perhaps")
    with gzip.open(tmp_path / "s2.train.gz", "wt", encoding="utf-8") as file:
        file.write("c\n")
    with pytest.raises(InputError, match=r"files of \[2, 1, 2\] lines"):
        reader.get_examples("train.gz")


def test_labels_are_numbered_as_they_come(tmp_path):
    (tmp_path / "x.tsv").write_text("cat\tmeow\ndog\twoof\ncat\tpurr\n", encoding="utf-8")
    reader = LabelSentenceReader(tmp_path)
    assert rows(reader.get_examples("x.tsv")) == [(["meow"], 0), (["woof"], 1), (["purr"], 0)]
    assert reader.label_map == {"cat": 0, "dog": 1}


def test_paired_files(tmp_path):
    (tmp_path / "de").write_text("Hallo\nWelt\n", encoding="utf-8")
    (tmp_path / "en").write_text("hello\nworld\n", encoding="utf-8")
    examples = PairedFilesReader([tmp_path / "de", tmp_path / "en"]).get_examples()
    assert [example.texts for example in examples] == [["Hallo", "hello"], ["Welt", "world"]]
    (tmp_path / "en").write_text("hello\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"files of \[2, 1\] lines"):
        PairedFilesReader([tmp_path / "de", tmp_path / "en"]).get_examples()


def test_readers_do_not_import_torch():
    code = "import sys, likewise.readers as r; [getattr(r, n) for n in r.__all__]; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("score", ["nan", "inf", ""])
def test_a_score_that_is_not_finite_is_no_score(tmp_path, score):
    (tmp_path / "dev.tsv").write_text(f"a\tb\t{score}\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"dev\.tsv, line 1: score '{score}'"):
        STSDataReader(tmp_path).get_examples("dev.tsv")


def test_a_range_of_scores_without_width_is_refused_when_it_is_used(tmp_path):
    with pytest.raises(InputError, match="min_score=5, max_score=5"):
        STSDataReader(tmp_path, min_score=5)
    assert STSDataReader(tmp_path, min_score=5, normalize_scores=False).min_score == 5


@pytest.mark.parametrize("reader", [LabelSentenceReader, TripletReader])
def test_a_missing_column_is_named_with_its_file_and_line(tmp_path, reader):
    (tmp_path / "x.tsv").write_text("a\tb\tc\n\nonly\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"x\.tsv, line 3: 1 columns"):
        reader(tmp_path).get_examples("x.tsv")


def test_a_quoted_cell_over_two_lines_keeps_its_break_and_the_count_of_lines(tmp_path):
    (tmp_path / "t.csv").write_text('"a\nb",c,d\ne,f\n', encoding="utf-8")
    reader = TripletReader(tmp_path, delimiter=",", quoting=csv.QUOTE_MINIMAL)
    assert reader.get_examples("t.csv", max_examples=1)[0].texts == ["a\nb", "c", "d"]
    with pytest.raises(InputError, match="line 3: 2 columns"):
        reader.get_examples("t.csv")


def test_a_cell_beyond_the_limit_of_csv_is_named(tmp_path):
    (tmp_path / "t.tsv").write_text("a\tb\tc\n" + "x" * (csv.field_size_limit() + 1) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"t\.tsv, line 2: field larger"):
        TripletReader(tmp_path).get_examples("t.tsv")


def test_an_unknown_nli_label_is_named_with_its_file_and_line(tmp_path):
    for kind, text in (("s1", "a\nb\n"), ("s2", "c\nd\n"), ("labels", "neutral\nperhaps\n")):
        (tmp_path / f"{kind}.dev").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"labels\.dev, line 2: label 'perhaps'"):
        NLIDataReader(tmp_path).get_examples("dev")


def test_an_example_prints_its_label_and_texts():
    assert str(InputExample(texts=["a", "b"], label=1)) == "<InputExample> label: 1, texts: a; b"
