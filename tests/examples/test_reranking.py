"""The examples of re-ranking, on a collection and question sets of a few lines and tiny random models."""

import gzip
import json
import math
import random
import re
import runpy
import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel

EXAMPLES = Path(__file__).parents[2] / "examples"
ANIMALS = ["fox", "dog", "cat", "bird", "fish", "horse"]
MODULES = {"collection", "data", "judge", "learning", "matching"}
SETS = {
    "squad-sentences/squad-question-sentence.tsv.gz": "split\tanchor\tpositive",
    "medquad/medquad-question-answer.tsv.gz": "source\tquestion\tanswer",
    "nq-qed/nq-question-passage.tsv.gz": "question\tpassage",
    "papers/papers-title-abstract.tsv.gz": "venue\ttitle\tabstract_start",
}


def zipped(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


@pytest.fixture
def data(tmp_path):
    """A data folder: the collections "toy" and "other" of six documents each, and question sets of six rows each."""
    folder = tmp_path / "data"
    documents = [{"doc_id": str(at), "title": name, "text": f"a red {name} runs"} for at, name in enumerate(ANIMALS)]
    documents.append({"doc_id": "empty", "title": "", "text": ""})
    for name in ("toy", "other"):
        zipped(folder / name / "corpus.jsonl.gz", [json.dumps(row) for row in documents])
        queries = ["query_id\ttext", "a\twhere is the fox", "b\twhat is a bird", "c\tnone"]
        zipped(folder / name / "queries.tsv.gz", queries)
        zipped(folder / name / "qrels.tsv.gz", ["query_id\tdoc_id\trelevance", "a\t0\t1", "b\t3\t1", "b\tempty\t1"])
    for name, header in SETS.items():
        more = "x\t" * (header.count("\t") - 1)
        zipped(folder / name, [header, *(f"{more}what does the {animal} do\tthe {animal} runs" for animal in ANIMALS)])
    return folder


@pytest.fixture
def script():
    """Run an example: the path below `examples`, and its arguments."""
    names, path = set(sys.modules), list(sys.path)

    def run(name, *arguments):
        runpy.run_path(str(EXAMPLES / name))["main"]([str(argument) for argument in arguments])

    yield run
    sys.path[:] = path
    for name in MODULES - names:
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def ranker(toy_classifier_folder, tmp_path_factory):
    return toy_classifier_folder(tmp_path_factory.mktemp("models") / "ranker", num_hidden_layers=4)


@pytest.fixture(scope="module")
def body(toy_bert_folder, tmp_path_factory):
    return toy_bert_folder(tmp_path_factory.mktemp("models") / "body", dimension=16)


def scores(out, name):
    return [float(number) for number in re.search(rf"{name} +(0\.\d+|1\.0+) \S+.*?(0\.\d+|1\.0+)", out).groups()]


def test_the_figures_are_those_of_the_rankings(script, data, ranker, capsys):
    from likewise import CrossEncoder

    script("rerank/retrieve_and_rerank.py", ranker, "--data", data, "--collection", "toy")

    out = capsys.readouterr().out
    model = CrossEncoder(str(ranker))
    documents = [f"{name} a red {name} runs" for name in ANIMALS]
    places = []
    for query, wanted in (("where is the fox", 0), ("what is a bird", 3)):
        order = [entry["corpus_id"] for entry in model.rank(query, documents)]
        places.append(1 + order.index(wanted))
    assert scores(out, "mrr@10")[1] == pytest.approx(sum(1 / place for place in places) / 2, abs=1e-4)
    assert "toy: 2 queries, 6 documents" in out


def test_what_is_missing_is_said(script, tmp_path, ranker):
    with pytest.raises(SystemExit, match=r"(?s)missing files.*--data.*corpus\.jsonl\.gz: a document in each line"):
        script("rerank/retrieve_and_rerank.py", ranker, "--data", tmp_path, "--collection", "toy")


def test_missing_question_sets_are_said(script, data, body, tmp_path):
    pytest.importorskip("datasets", reason="extra train")
    (data / "medquad/medquad-question-answer.tsv.gz").unlink()

    with pytest.raises(SystemExit, match=r"medquad-question-answer\.tsv\.gz: a header and columns question, answer"):
        script(
            *("training/reranker/train.py", "--data", data, "--collection", "toy", "--judged", "other"),
            *("--model", body, "--retriever", body, "--output", tmp_path / "out"),
        )


def test_a_reranker_is_trained_and_judged_and_resumed(script, data, body, tmp_path, capsys):
    pytest.importorskip("datasets", reason="extra train")
    from likewise import CrossEncoder

    command = (
        *("training/reranker/train.py", "--data", data, "--collection", "toy", "--model", body, "--retriever", body),
        *("--judged", "other", "--rows", 6, "--length", 3, "--top-k", 6, "--steps", 3, "--max-length", 32),
        *("--easy-rows", 4, "--output", tmp_path / "trained"),
    )
    script(*command)

    out = capsys.readouterr().out
    # Six questions of each of four sets, and a relevant document for each query of the other collection.
    assert f"26 lists; saved in {tmp_path / 'trained'}/final" in out
    assert len(scores(out, "ndcg@10")) == 2
    model = CrossEncoder(str(tmp_path / "trained" / "final"))
    assert (model.num_labels, model.max_length) == (1, 32)
    assert model.model.config.hidden_dropout_prob == 0.0
    before = AutoModel.from_pretrained(body).embeddings.word_embeddings.weight
    assert torch.equal(model.model.base_model.embeddings.word_embeddings.weight, before)

    (tmp_path / "trained/final").rename(tmp_path / "first")
    script(*command, "--resume")
    again = CrossEncoder(str(tmp_path / "trained" / "final")).state_dict()
    assert all(torch.equal(again[name], value) for name, value in model.state_dict().items())


def test_what_is_trained_on_is_not_judged_on(script, data, body):
    pytest.importorskip("datasets", reason="extra train")

    with pytest.raises(SystemExit, match=r"toy is trained on"):
        script(
            *("training/reranker/train.py", "--data", data, "--collection", "toy", "--judged", "toy"),
            *("--model", body, "--retriever", body),
        )


def test_blended_is_the_order_by_both_scores(script, data):
    class Reranker:
        def predict(self, pairs, activation_fn):
            return [float(len(pairs) - at) for at in range(len(pairs))]

    sys.path.insert(0, str(EXAMPLES / "rerank"))
    judged = runpy.run_path(str(EXAMPLES / "rerank" / "judge.py"))["judged"]
    sample = {"query": "q", "positive": ["c", "lost"], "documents": ["a", "b", "c"], "scores": [0.1, 0.2, 0.9]}

    found = judged(Reranker(), [sample, {**sample, "documents": ["c", "b", "a"]}])

    # "c" comes on places 1, 3 and 2 for the first query (standardised: -0.84, -0.56, 1.40 and 1.22, 0, -1.22), and on
    # 3, 1 and 1 for the second.
    ideal, second, third = 1 + 1 / math.log2(3), 1 / math.log2(3), 0.5
    gains = {"before": (1.0, third), "after": (third, 1.0), "blended": (second, 1.0)}
    ranks = {"before": (1.0, 1 / 3), "after": (1 / 3, 1.0), "blended": (0.5, 1.0)}
    for name in gains:
        assert found[name]["ndcg@10"] == pytest.approx(sum(gains[name]) / 2 / ideal)
        assert found[name]["mrr@10"] == pytest.approx(sum(ranks[name]) / 2)
        change = [(own - old) / ideal for own, old in zip(gains[name], gains["before"], strict=True)]
        assert found[name]["ndcg@10 error"] == pytest.approx(np.std(change, ddof=1) / 2**0.5)


def test_it_is_distilled_into_half_of_its_layers(script, data, ranker, body, tmp_path, capsys):
    pytest.importorskip("datasets", reason="extra train")
    from likewise import CrossEncoder

    script(
        *("training/reranker/distil.py", ranker, "--data", data, "--collection", "toy", "--retriever", body),
        *("--judged", "other", "--rows", 6, "--length", 3, "--top-k", 6, "--steps", 3, "--max-length", 32),
        *("--output", tmp_path / "small"),
    )

    out = capsys.readouterr().out
    assert "teacher:" in out
    assert "student:" in out
    student = CrossEncoder(str(tmp_path / "small" / "final"))
    assert student.model.config.num_hidden_layers == 2
    assert student.predict([("the fox", "runs")]).shape == (1,)


def test_a_student_is_every_second_layer_of_its_teacher(ranker):
    from likewise import CrossEncoder

    names = set(sys.modules)
    student = runpy.run_path(str(EXAMPLES / "training/reranker/distil.py"))["every_other_layer"](str(ranker))
    for name in MODULES - names:
        sys.modules.pop(name, None)

    layers = CrossEncoder(str(ranker)).model.base_model.encoder.layer
    for own, teachers in zip(student.model.base_model.encoder.layer, list(layers)[1::2], strict=True):
        assert all(bool((a == b).all()) for a, b in zip(own.parameters(), teachers.parameters(), strict=True))
    assert "packed" in str(student.describe())


@pytest.fixture
def lists(monkeypatch):
    """The names of `data.py` and `matching.py`."""
    pytest.importorskip("datasets", reason="extra train")
    names = set(sys.modules)
    monkeypatch.syspath_prepend(str(EXAMPLES / "training/reranker"))
    yield {name: value for file in ("matching", "data") for name, value in run_file(file).items()}
    for name in MODULES - names:
        sys.modules.pop(name, None)


def run_file(name):
    return runpy.run_path(str(EXAMPLES / "training/reranker" / f"{name}.py"))


class Words:
    """A tokenizer of whole words, and a retriever whose cosine is the share of letters "a"."""

    def __call__(self, texts, **_options):
        return {"input_ids": [[hash(word) for word in text.split()] for text in texts]}

    @property
    def tokenizer(self):
        return self

    def encode_query(self, texts):
        return np.ones((len(texts), 1))

    def encode_document(self, texts):
        return np.array([[text.count("a") / 10] for text in texts])


def test_matching_is_bm25_by_the_most_that_can_be_reached(lists):
    documents = ["wing flutter wing", "wing", "heat of a plate"]

    found = lists["WordMatch"](Words(), documents).scores("wing flutter flutter unknown", [0, 1, 2])

    usual = 8 / 3
    rare = {"wing": math.log(1 + 1.5 / 2.5), "flutter": math.log(1 + 2.5 / 1.5)}
    part = {(n, size): n / (n + 1.2 * (0.25 + 0.75 * size / usual)) for n, size in ((2, 3), (1, 3), (1, 1))}
    most = rare["wing"] + 2 * rare["flutter"]
    first = rare["wing"] * part[2, 3] + 2 * rare["flutter"] * part[1, 3]
    assert found == pytest.approx([first / most, rare["wing"] * part[1, 1] / most, 0.0])


def test_labels_are_cosine_and_match_and_more_for_answers(lists):
    collection = lists["Collection"]({"q": "aa x"}, {"1": "a x", "2": "aa", "3": "x"}, {"q": {"2", "3"}})

    rows = lists["ranked_lists"](collection, Words(), 5, Namespace(length=3, reach=9, words=64), random.Random(0))

    match = lists["WordMatch"](Words(), ["a x", "aa", "x"]).scores("aa x", [0, 1, 2])
    wanted = {
        text: lists["COSINE"] * cosine + lists["MATCH"] * part + lists["BONUS"] * answers
        for text, cosine, part, answers in zip(["a x", "aa", "x"], [0.1, 0.2, 0.0], match, [0, 1, 1], strict=True)
    }
    assert len(rows) == 2
    for row in rows:
        assert sorted(row["passages"]) == ["a x", "aa", "x"]
        assert row["labels"] == pytest.approx([wanted[text] for text in row["passages"]])


def test_an_only_answer_is_left_out_of_about_half_of_the_lists(lists):
    names = [f"p{at}" for at in range(40)]
    pairs = lists["paired"]([(name, name) for name in names])

    rows = lists["ranked_lists"](pairs, Words(), 1, Namespace(length=8, reach=40, words=9), random.Random(0))

    assert [row["query"] for row in rows] == names
    assert 10 < sum(row["query"] in row["passages"] for row in rows) < 30
    assert all(len(set(row["passages"])) == 8 for row in rows)


def test_easy_lists_have_random_passages_of_the_same_set(lists, data):
    rows = lists["easy_lists"](data, Namespace(easy_rows=6, seed=1))

    assert len(rows) == 4 * 6
    for row in rows:
        assert row["passages"][0].split()[1] == row["query"].split()[3]
        assert len(set(row["passages"])) == 4
        assert row["labels"] == [lists["EASY_BONUS"], 0.0, 0.0, 0.0]


def test_an_excerpt_keeps_all_that_is_relevant(lists):
    corpus = {str(at): f"text {at}" for at in range(100)}
    collection = lists["Collection"]({"q": "?"}, corpus, {"q": {"3", "97"}})

    found = lists["excerpt"](collection, 10)

    assert len(found.corpus) == 12
    assert {"3", "97"} < set(found.corpus)
    assert max(int(key) for key in set(found.corpus) - {"97"}) > 80


def test_second_halves_ask_for_first_halves(lists):
    text = " ".join(f"w{at}" for at in range(41))

    found = lists["halves"](["too short", text])

    assert list(found.queries.values()) == [" ".join(text.split()[20:])]
    assert list(found.corpus.values()) == [" ".join(text.split()[:20])]
    assert found.relevant == {"0": {"0"}}


def test_ranks_are_as_many_in_each_power_of_ten(lists):
    chance = random.Random(3)
    drawn = [rank + 1 for _ in range(300) for rank in lists["ranks"](1000, 3, chance)]

    shares = [sum(low <= rank < 10 * low for rank in drawn) / len(drawn) for low in (1, 10, 100)]
    assert shares == pytest.approx([1 / 3] * 3, abs=0.05)
    assert sorted(lists["ranks"](3, 8, chance)) == [0, 1, 2]
