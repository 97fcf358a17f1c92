"""The examples of re-ranking, on a collection and question sets of a few lines and tiny random models."""

import gzip
import json
import math
import re
import runpy
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
ANIMALS = ["fox", "dog", "cat", "bird", "fish", "horse"]
MODULES = {"collection", "data", "judge", "learning"}
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
    (data / "medquad/medquad-question-answer.tsv.gz").unlink()

    with pytest.raises(SystemExit, match=r"medquad-question-answer\.tsv\.gz: a header and columns question, answer"):
        script(
            *("training/reranker/train.py", "--data", data, "--collection", "toy"),
            *("--model", body, "--output", tmp_path / "out"),
        )


def test_a_reranker_is_trained_and_judged(script, data, body, tmp_path, capsys):
    pytest.importorskip("datasets", reason="extra train")
    from likewise import CrossEncoder

    script(
        *("training/reranker/train.py", "--data", data, "--collection", "toy", "--model", body, "--negatives", 2),
        *("--judged", "other", "--easy-rows", 6, "--rows", 6, "--top-k", 6),
        *("--steps", 3, "--batch-size", 4, "--max-length", 32, "--easy-max-length", 24),
        *("--final-max-length", 48, "--output", tmp_path / "trained"),
    )

    out = capsys.readouterr().out
    # Six questions of each of four sets, twice; and a relevant document for each query of the other collection.
    assert f"50 lists; saved in {tmp_path / 'trained'}/final" in out
    assert len(scores(out, "ndcg@10")) == 2
    model = CrossEncoder(str(tmp_path / "trained" / "final"))
    assert (model.num_labels, model.max_length) == (1, 48)


def test_what_is_trained_on_is_not_judged_on(script, data, body):
    pytest.importorskip("datasets", reason="extra train")

    with pytest.raises(SystemExit, match=r"toy is trained on"):
        script(
            *("training/reranker/train.py", "--data", data, "--collection", "toy", "--judged", "toy"), "--model", body
        )


def test_blended_is_the_order_by_both_scores(script, data):
    class Reranker:
        def predict(self, pairs, activation_fn):
            return [float(len(pairs) - at) for at in range(len(pairs))]

    sys.path.insert(0, str(EXAMPLES / "rerank"))
    judged = runpy.run_path(str(EXAMPLES / "rerank" / "judge.py"))["judged"]
    sample = {"query": "q", "positive": ["c", "lost"], "documents": ["a", "b", "c"], "scores": [0.1, 0.2, 0.9]}

    found = judged(Reranker(), [sample])

    ideal = 1 + 1 / math.log2(3)
    assert found["before"] == pytest.approx({"ndcg@10": 1 / ideal, "mrr@10": 1.0})
    assert found["after"] == pytest.approx({"ndcg@10": 0.5 / ideal, "mrr@10": 1 / 3})
    # Standardised: -0.84, -0.56, 1.40 and 1.22, 0, -1.22.
    assert found["blended"] == pytest.approx({"ndcg@10": 1 / math.log2(3) / ideal, "mrr@10": 0.5})


def test_it_is_distilled_into_half_of_its_layers(script, data, ranker, tmp_path, capsys):
    pytest.importorskip("datasets", reason="extra train")
    from likewise import CrossEncoder

    script(
        *("training/reranker/distil.py", ranker, "--data", data, "--collection", "toy", "--negatives", 2),
        *("--judged", "other", "--easy-rows", 6, "--rows", 6, "--top-k", 6),
        *("--max-length", 32, "--easy-max-length", 24),
        *("--steps", 3, "--batch-size", 4, "--output", tmp_path / "small"),
    )

    out = capsys.readouterr().out
    assert all(f"{name} " in out for name in ("teacher", "student before", "student after"))
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
