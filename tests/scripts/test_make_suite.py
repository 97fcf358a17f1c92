"""The script that draws the suite of `likewise evaluate`: small sets, and what is left out."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import make_suite
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    return make_suite


@pytest.fixture
def data(tmp_path):
    def write(name, header, rows):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress("".join("\t".join(row) + "\n" for row in [header, *rows]).encode()))
        return tmp_path

    return write


def table(content):
    return [line.split("\t") for line in gzip.decompress(content).decode().splitlines()]


def test_negatives_of_banking_are_of_another_intent_and_share_most_words(script, data):
    rows = [
        ("card", "where is my card"),
        ("card", "my card is late"),
        ("cash", "where is my cash"),
        ("cash", "no cash came out"),
    ]
    folder = data("banking77-train/banking77-train.tsv.gz", ("label", "text"), rows)

    header, *pairs = table(script.banking(folder, script.Unseen(set()))["banking.tsv.gz"])

    intents = {text: label for label, text in rows}
    assert header == ["sentence1", "sentence2", "label"]
    assert len(pairs) == 4
    assert all((intents[one] == intents[other]) == (label == "1") for one, other, label in pairs)
    negatives = {one: other for one, other, label in pairs if label == "0"}
    assert negatives.get("where is my card", "where is my cash") == "where is my cash"


def test_texts_that_the_model_was_trained_on_are_left_out(script, data):
    rows = [("q one", "First. Second part."), ("q two", "Third."), ("q three", "Fourth.")]
    named = [("S", "t", *row) for row in rows]
    header = ("source", "question_type", "question", "answer")
    folder = data("medquad/medquad-question-answer.tsv.gz", header, named)

    files = script.medicine(folder, script.Unseen({"second part", "q two"}))

    corpus = [json.loads(line) for line in gzip.decompress(files["medicine/corpus.jsonl.gz"]).splitlines()]
    assert [document["text"] for document in corpus] == ["Fourth."]
    assert table(files["medicine/qrels.tsv.gz"]) == [["query-id", "corpus-id", "score"], ["q000", "d0000", "1"]]


def test_candidates_of_the_dictionary_are_neighbours(script, data):
    rows = [(f"{n:08}-n", f"term {n}", f"a definition of more than six words {n}", "") for n in range(20)]
    folder = data(
        "wordnet-definitions/wordnet-definitions.tsv.gz", ("synset", "terms", "definition", "examples"), rows[::-1]
    )

    found = script.dictionary(folder, script.Unseen(set()))["dictionary.jsonl.gz"]

    samples = [json.loads(line) for line in gzip.decompress(found).splitlines()]
    assert sorted(sample["positive"] for sample in samples) == sorted(f"term {n}" for n in range(8, 12))
    first = next(sample for sample in samples if sample["positive"] == "term 9")
    assert first["negative"] == [f"term {n}" for n in range(1, 18) if n != 9]


def test_the_order_of_the_source_does_not_matter(script, data):
    rows = [(f"a {n}", f"b {n}") for n in range(9)]
    name = "tatoeba-paraphrases/tatoeba-paraphrases.tsv.gz"

    one = script.paraphrases(data(name, ("anchor", "positive"), rows), script.Unseen(set()))
    other = script.paraphrases(data(name, ("anchor", "positive"), rows[::-1]), script.Unseen(set()))

    assert one == other
    assert len(table(one["paraphrases.tsv.gz"])) == 10
