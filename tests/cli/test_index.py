"""`likewise index`: build, add, search and info, with the bundled model; what cannot work is said at once."""

import io
import json
import shutil
import subprocess
import sys

import pytest

from likewise import SentenceTransformer
from likewise.cli.main import main
from likewise.cli.model_access import load_model

TEXTS = [f"text {at} of the cat" for at in range(40)]


@pytest.fixture
def corpus(write):
    rows = "\n".join(f"{at}\t{text}" for at, text in enumerate(TEXTS))
    return write("corpus.tsv", f"page\ttext\n{rows}\n")


@pytest.fixture(scope="module")
def loaded():
    """The bundled model, loaded once for each width."""
    models = {}

    def loader(options):
        key = options.name, options.truncate_dim
        if key not in models:
            models[key] = load_model(options)
        return models[key]

    return loader


@pytest.fixture
def run(capsys, loaded, monkeypatch, tmp_path):
    """Run a command in a folder of its own; gives exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments):
        capsys.readouterr()
        code = main(["index", *map(str, arguments)], loader=loaded)
        return code, *capsys.readouterr()

    return command


def test_hits_are_those_of_a_search_of_the_file(run, corpus, capsys, loaded):
    assert run("build", "corpus.tsv", "--show", "page", "--out", "c")[0] == 0
    for options in ([], ["--json"]):
        main(["search", "corpus.tsv", "--show", "page", "text 7", "a cat", "-k", "3", *options], loader=loaded)
        expected = capsys.readouterr().out

        code, out, err = run("search", "c", "text 7", "a cat", "-k", 3, *options)

        assert (code, out, err) == (0, expected, "")


def test_add_goes_on_with_numbers_and_says_what_it_did(run, corpus, write):
    write("more.txt", "a dog\n\n   \nanother dog\n")
    code, out, err = run("build", "corpus.tsv", "--out", "c")
    assert (code, out) == (0, "")
    assert "40 texts added, in " in err

    code, out, err = run("add", "c", "more.txt")

    assert (code, out) == (0, "")
    assert "more.txt: 2 blank texts were left out" in err
    assert "2 texts added, now 42, in " in err
    found = json.loads(run("search", "c", "a dog", "-k", 1, "--json")[1])["hits"][0]
    assert (found["text"], found["source"], found["line"]) == ("a dog", "more.txt", 1)


def test_the_same_command_once_more_does_nothing(run, corpus, write):
    write("more.txt", "a dog\n")
    for command in (["build", "corpus.tsv", "--out", "c"], ["add", "c", "more.txt"]):
        assert run(*command)[0] == 0

        code, out, err = run(*command)
        assert (code, out) == (0, "")
        assert "are there already" in err
        summary = json.loads(run(*command, "--json")[1])
        assert (summary["added"], summary["texts"]) == (0, 40 if command[0] == "build" else 41)
        assert set(summary) == {"collection", "texts", "added", "resumed_after", "seconds"}


def test_a_fault_in_the_file_is_named_and_the_command_goes_on(run, write):
    lines = [json.dumps(text) for text in TEXTS]
    write("corpus.jsonl", "\n".join([*lines, "nonsense"]))
    code, _, err = run("build", "corpus.jsonl", "--out", "c")
    assert code == 1
    assert "corpus.jsonl, line 41: not valid JSON" in err
    code, _, err = run("search", "c", "x")
    assert code == 1
    assert "c holds no texts yet: building it was interrupted" in err

    write("corpus.jsonl", "\n".join(lines))

    assert run("build", "corpus.jsonl", "--out", "c")[0] == 0


def test_queries_from_a_file_and_from_stdin(run, corpus, write, monkeypatch):
    write("q.txt", "text 7\n\ntext 9\n")
    run("build", "corpus.tsv", "--out", "c")
    code, out, _ = run("search", "c", "--queries", "q.txt", "--json", "-k", 1)
    assert code == 0
    assert [json.loads(line)["query"] for line in out.splitlines()] == ["text 7", "text 9"]

    monkeypatch.setattr(sys, "stdin", io.StringIO("text 7\ntext 9\n"))

    assert run("search", "c", "--json", "-k", 1)[1] == out


def test_a_corpus_from_stdin_and_progress(run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\ntwo\n"))

    code, _, err = run("build", "-", "--out", "c", "--progress")

    assert code == 0
    assert "2 texts added" in err
    code, _, err = run("search", "c", "one", "-k", 9)
    assert "--top-k 9, but the collection has 2 texts: all are ranked" in err


def test_what_was_built_with_options_is_searched_with_them(run, corpus, loaded):
    pytest.importorskip("faiss")
    code, _, err = run(
        *("build", "corpus.tsv", "--out", "c", "--kind", "faiss-hnsw", "--setting", "M=8", "--setting", "ef_search=50"),
        *("--metric", "dot", "--truncate-dim", 16, "--normalize", "--prompt", "a ", "--query-prompt", "b "),
        *("--precision", "float16"),
    )
    assert code == 0, err

    code, out, err = run("search", "c", "text 7", "-k", 1, "--json")

    assert code == 0, err
    model = SentenceTransformer("likewise-mini", device="cpu", truncate_dim=16)
    rows = model.encode(["b text 7", *(f"a {text}" for text in TEXTS)], normalize_embeddings=True)
    assert json.loads(out)["hits"][0]["score"] == pytest.approx(float((rows[1:] @ rows[0]).max()), abs=2e-3)
    code, out, _ = run("info", "c", "--json")
    facts = json.loads(out)
    assert (facts["kind"], facts["metric"], facts["settings"]) == ("faiss-hnsw", "dot", {"M": 8, "ef_search": 50})
    assert (facts["texts"], facts["model"], facts["being_added"]) == (40, "likewise-mini", 0)
    assert facts["size_bytes"] > 40 * 16 * 2


def test_info_for_people(run, corpus):
    run("build", "corpus.tsv", "--out", "c", "--setting", "dtype=float16")

    code, out, _ = run("info", "c")

    assert code == 0
    assert "model       likewise-mini" in out
    assert "exact, cosine, dtype=float16" in out
    assert "40 from corpus.tsv" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "empty.txt", "--out", "new"], "empty.txt: no texts. Accepted: at least one text"),
        (["build", "nowhere.txt", "--out", "new"], "nowhere.txt: no such file"),
        (["build", "corpus.tsv", "--out", "new", "--kind", "fast"], "index kind 'fast'. Accepted: 'exact'"),
        (["build", "corpus.tsv", "--out", "new", "--setting", "M=3"], "has no setting 'M'. Accepted: dtype"),
        (["build", "corpus.tsv", "--out", "new", "--setting", "a=1", "--setting", "a=2"], "--setting a stands twice"),
        (["build", "corpus.tsv", "--out", "corpus.tsv"], "corpus.tsv is a file"),
        (["build", "corpus.tsv", "--out", "other"], "other holds something else, such as mine.txt"),
        (["build", "corpus.tsv", "--out", "c", "--normalize"], "normalize=False"),
        (["add", "other", "corpus.tsv"], "other: no collection"),
        (["add", "c", "empty.txt"], "empty.txt: no texts"),
        (["search", "other", "x"], "other: no collection"),
        (["search", "c", " "], "an empty query"),
        (["search", "c", "x", "--candidates", "9"], "--candidates without --rerank"),
        (["search", "cut", "x"], "vectors.bin has 26876 bytes, 26880 were written"),
        (["search", "newer", "x"], "version 2 of the format. Accepted: version 1. Fix: upgrade likewise"),
        (["search", "c", "x", "--model", "changed"], "this one has the fingerprint"),
        (["add", "c", "corpus.tsv", "--model", "changed"], "this one has the fingerprint"),
        (["info", "other"], "other: no collection"),
    ],
)
def test_what_cannot_work_is_said(run, corpus, write, tmp_path, loaded, arguments, message):
    write("empty.txt", "\n \n")
    write("other/mine.txt", "mine")
    run("build", "corpus.tsv", "--out", "c")
    for name in ("cut", "newer"):
        shutil.copytree("c", name)
    vectors = tmp_path / "cut" / "index-00000" / "vectors.bin"
    vectors.write_bytes(vectors.read_bytes()[:-4])
    manifest = tmp_path / "newer" / "collection.json"
    manifest.write_text(manifest.read_text().replace('"version": 1', '"version": 2'))
    if "changed" in arguments:
        SentenceTransformer("likewise-mini", device="cpu", truncate_dim=9).save(str(tmp_path / "changed"))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    code, out, err = run(*arguments)

    assert (code, out) == (1, "")
    assert message in err
    assert {path: path.read_bytes() for path in before} == before
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "arguments", [[], ["build", "corpus.tsv"], ["build", "x", "--out", "c", "--setting", "M"], ["search"], ["add", "c"]]
)
def test_wrong_usage(run, arguments):
    assert run(*arguments)[0] == 2


def test_help_names_every_kind(run):
    from likewise.index.registry import KINDS

    code, out, _ = run("build", "--help")

    assert code == 0
    assert set(out.split("Kinds: ")[1].split("output:")[0].replace(",", " ").replace(".", " ").split()) == set(KINDS)


def test_hits_are_scored_again(run, corpus, monkeypatch):
    from likewise.cli import reranking

    class Ranker:
        def rank(self, queries, texts, **options):
            return [[{"corpus_id": at, "score": float(at)} for at in reversed(range(len(row)))] for row in texts]

    monkeypatch.setattr(reranking, "load_reranker", lambda options: Ranker())
    run("build", "corpus.tsv", "--out", "c")

    code, out, err = run("search", "c", "text 7", "-k", 1, "--rerank", "some-model", "--candidates", 5, "--json")

    assert code == 0, err
    hit = json.loads(out)["hits"][0]
    assert (hit["score"], hit["retrieval_rank"]) == (4.0, 5)


def test_info_does_without_torch(run, corpus):
    run("build", "corpus.tsv", "--out", "c")
    code = (
        "import sys; from likewise.cli.main import main; main(['index', 'info', 'c']); "
        "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.splitlines()[-1] == "[]"
