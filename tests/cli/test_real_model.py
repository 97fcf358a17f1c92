"""The commands with `likewise.SentenceTransformer` behind them: a tiny random model, and the bundled one."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from likewise.cli.main import main

COMMANDS = Path(__file__).parents[2] / "examples" / "data" / "commands.tsv"


@pytest.fixture(scope="module")
def toy(toy_bert_folder, tmp_path_factory):
    return toy_bert_folder(tmp_path_factory.mktemp("models") / "toy", dimension=16)


@pytest.fixture
def run(capsys):
    def run_command(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return run_command


def test_encode_writes_what_the_library_gives(run, toy, write, tmp_path):
    from likewise import SentenceTransformer

    texts = ["the cat sat on the mat", "", "a dog ran over the red fox", "hello world"]
    path = write("a.txt", "\n".join(texts))

    code, _, _ = run("encode", path, "-o", tmp_path / "a.npy", "--model", toy, "--normalize")

    assert code == 0
    expected = SentenceTransformer(str(toy)).encode(texts, normalize_embeddings=True)
    np.testing.assert_allclose(np.load(tmp_path / "a.npy"), expected, atol=1e-6)


def test_compare_prints_the_library_score(run, toy):
    from likewise import SentenceTransformer

    model = SentenceTransformer(str(toy))
    rows = model.encode(["the cat sat", "a dog ran"])

    code, out, _ = run("compare", "the cat sat", "a dog ran", "--model", toy, "--json")

    assert code == 0
    assert json.loads(out)["score"] == pytest.approx(float(model.similarity(rows[:1], rows[1:])[0, 0]), abs=1e-5)


@pytest.mark.parametrize("similarity", ["cosine", "dot", "euclidean", "manhattan"])
def test_search_ranks_as_the_similarity_of_the_library(run, toy, write, similarity):
    from likewise import SentenceTransformer

    texts = ["the cat sat", "a dog ran", "red fox", "hello world", "a good movie"]
    path = write("a.txt", "\n".join(texts))
    model = SentenceTransformer(str(toy), similarity_fn_name=similarity)
    scores = model.similarity(model.encode(["the dog"]), model.encode(texts))[0].tolist()

    code, out, _ = run("search", path, "the dog", "--model", toy, "--similarity", similarity, "--json")

    hits = json.loads(out)["hits"]
    assert code == 0
    assert [hit["text"] for hit in hits] == [texts[index] for index in np.argsort([-score for score in scores])]
    assert [hit["score"] for hit in hits] == pytest.approx(sorted(scores, reverse=True), abs=1e-4)


def test_truncate_dim_narrows_the_output(run, toy, write, tmp_path):
    run("encode", write("a.txt", "the cat\n"), "-o", tmp_path / "a.npy", "--model", toy, "--truncate-dim", 4)

    assert np.load(tmp_path / "a.npy").shape == (1, 4)


def test_truncated_texts_are_said_once_or_refused(run, toy, write, tmp_path):
    path = write("a.txt", "the cat sat on the mat " * 50 + "\n")

    code, _, err = run("encode", path, "-o", tmp_path / "a.npy", "--model", toy)
    refused, _, message = run("encode", path, "-o", tmp_path / "b.npy", "--model", toy, "--truncation", "error")

    assert code == 0
    assert err.count("likewise: warning: ") == 1
    assert refused == 1
    assert message.startswith("likewise: error: ")
    assert not (tmp_path / "b.npy").exists()


def test_an_unknown_prompt_name_lists_the_known_ones(run, toy, write, tmp_path):
    path = write("a.txt", "the cat\n")

    code, _, err = run("encode", path, "-o", tmp_path / "a.npy", "--model", toy, "--prompt-name", "dance")

    assert code == 1
    assert "unknown prompt_name 'dance'" in err
    assert "'query'" in err
    assert not (tmp_path / "a.npy").exists()


def test_an_unknown_model_is_one_line(run, write):
    code, _, err = run("search", write("a.txt", "x\n"), "x", "--model", "no/such-model-anywhere", "--offline")

    assert code == 1
    assert err.startswith("likewise: error: ")
    assert "no/such-model-anywhere" in err
    assert len(err.splitlines()) == 1


def test_info_agrees_with_the_loaded_model(run, toy):
    from likewise import SentenceTransformer

    model = SentenceTransformer(str(toy))

    code, out, _ = run("info", toy, "--json")

    facts = json.loads(out)
    assert code == 0
    assert facts["embedding_dimension"] == model.get_sentence_embedding_dimension()
    assert facts["max_seq_length"] == model.max_seq_length
    assert facts["parameters"] == sum(parameter.numel() for parameter in model.parameters())


def test_the_bundled_model_finds_a_command_by_its_meaning(run):
    query = "undo the last commit"

    code, out, _ = run("search", COMMANDS, query, "--column", "description", "--show", "command", "--json")

    hits = json.loads(out)["hits"]
    assert code == 0
    assert any(hit["columns"]["command"].startswith("git") for hit in hits)
    assert hits[0]["score"] > 0.4


def test_info_describes_the_bundled_model(run):
    code, out, _ = run("info", "--json")

    facts = json.loads(out)
    assert code == 0
    assert facts["size_bytes"] < 10 * 2**20
    assert facts["license"]
    assert facts["max_seq_length"] is None
    assert "transformers is not needed" in facts["runs"]


def test_search_with_the_bundled_model_does_not_import_transformers():
    code = (
        "import sys; from likewise.cli.main import main; "
        f"main(['search', {str(COMMANDS)!r}, 'copy a file', '--column', 'description', '-k', '1']); "
        "print([name for name in ('transformers', 'datasets', 'sklearn', 'scipy') if name in sys.modules])"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)

    assert result.stdout.splitlines()[-1] == "[]"
