"""`likewise search --rerank`: hits of the first step, scored again by a stand-in or by a tiny random cross-encoder."""

import json

import pytest

from likewise.cli import reranking
from likewise.cli.main import main

CORPUS = "red fox\nblue fox\ngreen dog\nred red dog\nred cat on a mat\n"


@pytest.fixture
def corpus(write):
    return write("corpus.txt", CORPUS)


class LengthRanker:
    """Scores a pair by the characters of its document: the longest is best."""

    def __init__(self, score=len):
        self.calls = []
        self.score = score

    def rank(self, query, documents, **options):
        self.calls.append((query, documents, options))
        lists = []
        for texts in documents:
            order = sorted(range(len(texts)), key=lambda at: -self.score(texts[at]))
            lists.append([{"corpus_id": at, "score": float(self.score(texts[at]))} for at in order])
        return lists


@pytest.fixture
def ranker(monkeypatch):
    model = LengthRanker()
    monkeypatch.setattr(reranking, "load_reranker", lambda options: setattr(model, "loaded", options) or model)
    return model


def hits(line):
    return json.loads(line)["hits"]


def test_the_best_candidates_are_scored_again_and_sorted_by_that(likewise, corpus, ranker):
    outcome = likewise("search", corpus, "red", "--rerank", "ranker", "--candidates", 3, "-k", 2)

    assert outcome.code == 0
    assert outcome.lines == [
        "red",
        f"  1  16.0000  red cat on a mat  [{corpus}:5]",
        f"  2  11.0000  red red dog  [{corpus}:4]",
        "",
    ]


def test_only_so_many_candidates_are_scored(likewise, corpus, ranker):
    likewise("search", corpus, "red", "fox", "--rerank", "ranker", "--candidates", 3, "-k", 2)

    ((queries, documents, options),) = ranker.calls
    assert queries == ["red", "fox"]
    assert [len(texts) for texts in documents] == [3, 3]
    assert documents[0][0] == "red red dog"
    assert options == {"show_progress_bar": False, "batch_size": None, "truncation": "warn"}


def test_json_holds_what_the_first_step_said(likewise, corpus, ranker):
    outcome = likewise("search", corpus, "red fox", "--rerank", "ranker", "-k", 2, "--json")

    first, second = hits(outcome.out)
    assert first["text"] == "red cat on a mat"
    assert (first["rank"], first["score"]) == (1, 16.0)
    assert first["retrieval_rank"] > 1
    assert first["retrieval_score"] == pytest.approx(1 / (2 * 5) ** 0.5)
    assert second["text"] == "red red dog"


def test_without_a_reranker_nothing_is_added(likewise, corpus):
    (first,) = hits(likewise("search", corpus, "red", "-k", 1, "--json").out)

    assert "retrieval_rank" not in first


def test_few_queries_go_into_one_call(likewise, corpus, ranker, monkeypatch):
    monkeypatch.setattr(reranking, "PAIRS_AT_ONCE", 4)

    outcome = likewise(
        "search", corpus, "red", "fox", "dog", "--rerank", "ranker", "--candidates", 2, "-k", 2, "--json"
    )

    assert [len(queries) for queries, _, _ in ranker.calls] == [2, 1]
    assert [json.loads(line)["query"] for line in outcome.lines] == ["red", "fox", "dog"]


def test_equal_scores_keep_the_order_of_the_first_step(likewise, corpus, ranker):
    ranker.score = lambda text: 0.5
    before = likewise("search", corpus, "red fox", "-k", 5, "--json").out

    after = likewise("search", corpus, "red fox", "-k", 5, "--json", "--rerank", "ranker").out

    assert [hit["text"] for hit in hits(after)] == [hit["text"] for hit in hits(before)]
    assert [hit["retrieval_rank"] for hit in hits(after)] == [1, 2, 3, 4, 5]


def test_candidates_are_a_hundred_or_as_many_as_hits(likewise, write, ranker):
    path = write("many.txt", "\n".join(f"word {at}" for at in range(150)))

    likewise("search", path, "word", "--rerank", "ranker", "-k", 3)
    likewise("search", path, "word", "--rerank", "ranker", "-k", 120)

    assert [len(documents[0]) for _, documents, _ in ranker.calls] == [100, 120]


def test_the_reranker_runs_where_the_model_runs(likewise, corpus, ranker):
    options = ["--device", "cpu", "--offline", "--revision", "abc", "--rerank-revision", "def"]
    likewise("search", corpus, "red", "--rerank", "folder/ranker", *options)

    assert ranker.loaded.name == "folder/ranker"
    assert ranker.loaded.device == "cpu"
    assert ranker.loaded.offline
    assert ranker.loaded.revision == "def"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--candidates", 10], "--candidates without --rerank"),
        (["--rerank-revision", "main"], "--rerank-revision without --rerank"),
        (["--rerank", "ranker", "--candidates", 3, "-k", 5], "--candidates 3 for --top-k 5"),
    ],
)
def test_numbers_that_do_not_fit_are_refused_before_anything_is_loaded(likewise, corpus, ranker, arguments, message):
    outcome = likewise("search", corpus, "red", *arguments)

    assert outcome.code == 1
    assert message in outcome.err
    assert likewise.models == []


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_score_that_is_no_number_is_an_error(likewise, corpus, ranker, bad):
    ranker.score = lambda text: bad

    outcome = likewise("search", corpus, "red", "--rerank", "ranker")

    assert outcome.code == 1
    assert "the re-ranker gives" in outcome.err


@pytest.fixture(scope="module")
def models(toy_bert_folder, toy_classifier_folder, tmp_path_factory):
    """Folders of tiny random models."""
    folder = tmp_path_factory.mktemp("models")
    toy_bert_folder(folder / "retriever", dimension=16)
    toy_classifier_folder(folder / "ranker")
    toy_classifier_folder(folder / "sorter", labels=3)
    return folder


@pytest.fixture
def run(capsys):
    def run_command(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return run_command


def test_hits_are_those_of_rank(run, models, corpus):
    from likewise import CrossEncoder

    arguments = ["search", corpus, "a red fox", "--model", models / "retriever", "--rerank", models / "ranker"]
    code, out, _ = run(*arguments, "--json", "-k", 5)

    ranker = CrossEncoder(str(models / "ranker"), device="cpu")
    expected = ranker.rank("a red fox", CORPUS.splitlines(), return_documents=True)
    assert code == 0
    assert [hit["text"] for hit in hits(out)] == [entry["text"] for entry in expected]
    assert [hit["score"] for hit in hits(out)] == pytest.approx([entry["score"] for entry in expected], abs=1e-6)


def test_a_saved_cross_encoder_is_one_too(run, models, corpus, tmp_path):
    from likewise import CrossEncoder

    CrossEncoder(str(models / "ranker"), device="cpu").save(str(tmp_path / "saved"))

    code, out, _ = run("search", corpus, "a fox", "--model", models / "retriever", "--rerank", tmp_path / "saved")

    assert code == 0
    assert len(out.splitlines()) == 7


@pytest.mark.parametrize(
    ("name", "message"),
    [("retriever", "not a re-ranker"), ("sorter", "gives 3 scores to a pair"), ("nowhere", "nowhere")],
)
def test_what_cannot_rerank_is_refused(run, models, corpus, name, message):
    code, out, err = run("search", corpus, "a fox", "--offline", "--rerank", models / name)

    assert (code, out) == (1, "")
    assert message in err
