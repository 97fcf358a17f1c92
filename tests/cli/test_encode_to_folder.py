"""`likewise encode --out`: a folder that is resumed, and what is said when it cannot be. With the bundled model."""

import io
import json
import sys

import numpy as np
import pytest

from likewise.cli.main import main
from likewise.embedding_store import EmbeddingStore

TEXTS = [f"text {at} of the cat" for at in range(40)]


@pytest.fixture
def corpus(write):
    return write("corpus.txt", "\n".join(TEXTS) + "\n")


@pytest.fixture
def run(capsys):
    """Run the command with the bundled model; gives exit code, stdout and stderr."""

    def command(*arguments):
        capsys.readouterr()
        code = main(["encode", *map(str, arguments)])
        return code, *capsys.readouterr()

    return command


def test_rows_are_those_of_a_file(run, corpus, tmp_path):
    run(corpus, "-o", tmp_path / "rows.npy", "--normalize", "--truncate-dim", 20)

    code, out, err = run(
        *(corpus, "--out", tmp_path / "rows", "--rows-per-shard", 16, "--normalize", "--truncate-dim", 20)
    )

    assert (code, out) == (0, "")
    assert "40 texts, 20 float32 numbers each, 3 shards, in " in err
    np.testing.assert_allclose(np.asarray(EmbeddingStore(tmp_path / "rows")), np.load(tmp_path / "rows.npy"), atol=1e-6)


@pytest.mark.parametrize("precision", ["binary", "ubinary"])
def test_bits_are_those_of_a_file(run, corpus, tmp_path, precision):
    run(corpus, "-o", tmp_path / "bits.npy", "--precision", precision)
    run(corpus, "--out", tmp_path / "bits", "--precision", precision)

    np.testing.assert_array_equal(np.asarray(EmbeddingStore(tmp_path / "bits")), np.load(tmp_path / "bits.npy"))


def test_a_fault_halfway_keeps_whole_shards_and_resume_does_the_rest(run, corpus, write, tmp_path):
    lines = [json.dumps(text) for text in TEXTS]
    broken = write("corpus.jsonl", "\n".join([*lines[:20], "nonsense", *lines[20:]]))
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    run(corpus, "--out", whole, "--rows-per-shard", 8)

    code, _, err = run(broken, "--out", resumed, "--rows-per-shard", 8)
    assert code == 1
    assert "corpus.jsonl, line 21: not valid JSON" in err
    assert len(EmbeddingStore(resumed, partial=True)) == 16
    code, _, err = run(corpus, "--out", resumed)
    assert code == 1
    assert f"{resumed} holds 16 embeddings. Accepted: a new folder, or --resume to go on with these" in err

    code, _, err = run(corpus, "--out", resumed, "--resume")

    assert code == 0
    assert "40 texts (16 were there), 168 float32 numbers each, 5 shards" in err
    assert {path.name: path.read_bytes() for path in resumed.iterdir()} == {
        path.name: path.read_bytes() for path in whole.iterdir()
    }


def test_json_gives_a_summary_on_stdout(run, corpus, tmp_path):
    for before in (0, 40):
        _, out, _ = run(corpus, "--out", tmp_path / "rows", "--resume", "--json")

        summary = json.loads(out)
        assert (summary["texts"], summary["resumed_after"], summary["dimension"]) == (40, before, 168)
        assert (summary["output"], summary["shards"]) == (str(tmp_path / "rows"), 1)


def test_stdin_and_progress(run, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\ntwo\n"))

    code, _, err = run("-", "--out", tmp_path / "rows", "--progress")

    assert code == 0
    assert "2 texts, 168" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "rows", "--precision", "int8"], "--precision int8 with --out"),
        (["--out", "rows", "--text"], "--text with --out rows: the folder holds numbers only"),
        (["--out", "corpus.txt"], "corpus.txt is a file"),
        (["-o", "rows.npy", "--resume"], "--resume and --rows-per-shard without --out"),
        (["-o", "rows.npy", "--rows-per-shard", "5"], "--resume and --rows-per-shard without --out"),
    ],
)
def test_what_cannot_work_is_refused_before_a_model_is_loaded(
    likewise, corpus, tmp_path, monkeypatch, arguments, message
):
    monkeypatch.chdir(tmp_path)

    outcome = likewise("encode", corpus, *arguments)

    assert outcome.code == 1
    assert message in outcome.err
    assert likewise.models == []


@pytest.mark.parametrize("arguments", [[], ["-o", "rows.npy", "--out", "rows"]])
def test_one_place_is_named(likewise, corpus, arguments):
    assert likewise("encode", corpus, *arguments).code == 2


def test_a_device_for_each_worker(likewise, corpus, tmp_path):
    """The first one loads the model; all of them reach `encode_to`."""
    calls = []

    def load(options):
        class Model:
            def encode_to(self, folder, texts, **given):
                calls.append((options.device, given["device"], list(texts)))
                raise ValueError("enough")

        return Model()

    for name in ("cpu,cuda:1", "cuda:1"):
        with pytest.raises(ValueError, match="enough"):
            main(["encode", str(corpus), "--out", str(tmp_path / "rows"), "--device", name, "--debug"], loader=load)

    assert calls == [("cpu", ["cpu", "cuda:1"], TEXTS), ("cuda:1", None, TEXTS)]


def test_a_changed_model_or_text_is_refused(run, corpus, write, tmp_path):
    run(corpus, "--out", tmp_path / "rows")
    other = write("other.txt", "\n".join(["x", *TEXTS[1:]]))

    for arguments, message in [
        ((corpus, "--prompt", "x"), "prompt=''"),
        ((corpus, "--truncate-dim", 8), "fingerprint="),
        ((other,), "the inputs 0 to 39 of the source differ from those embedded before"),
    ]:
        code, _, err = run(*arguments, "--out", tmp_path / "rows", "--resume")
        assert code == 1
        assert message in err
