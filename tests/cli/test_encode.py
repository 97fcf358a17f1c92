"""`likewise encode` with a stand-in model: options, order, and what is said when something is wrong."""

import io
import json
import math
import os
import sys

import numpy as np
import pytest

from likewise.cli import embedding


def test_row_n_is_text_n(likewise, write, tmp_path):
    path = write("a.txt", "red fox\n\nblue fox\n")

    outcome = likewise("encode", path, "-o", tmp_path / "a.npy")

    assert outcome.code == 0
    assert outcome.out == ""
    assert "3 texts, 64 float32 numbers each" in outcome.err
    rows = np.load(tmp_path / "a.npy")
    assert rows.sum(axis=1).tolist() == [2, 0, 2]


def test_options_reach_the_model(likewise, write, tmp_path):
    path = write("a.txt", "red fox\n")

    likewise(
        *("encode", path, "-o", tmp_path / "a.npy", "--model", "some/model", "--truncate-dim", 8, "--device", "cpu"),
        *("--batch-size", 4, "--prompt", "query: ", "--normalize", "--truncation", "error", "--task", "query"),
        *("--revision", "v1", "--offline", "--trust-remote-code"),
    )

    options, call = likewise.model.options, likewise.model.calls[0]
    assert (options.name, options.truncate_dim, options.device) == ("some/model", 8, "cpu")
    assert (options.revision, options.offline, options.trust_remote_code) == ("v1", True, True)
    assert call.role == "query"
    assert call.options == {
        "show_progress_bar": False,
        "batch_size": 4,
        "truncation": "error",
        "normalize_embeddings": True,
        "prompt": "query: ",
        "precision": "float32",
    }


def test_without_options_the_model_decides(likewise, write, tmp_path):
    likewise("encode", write("a.txt", "red fox\n"), "-o", tmp_path / "a.npy")

    assert likewise.model.options.name == "likewise-mini"
    assert likewise.model.calls[0].options["batch_size"] is None
    assert "prompt" not in likewise.model.calls[0].options


def test_texts_go_to_the_model_in_bounded_chunks_and_in_order(likewise, write, tmp_path, monkeypatch):
    monkeypatch.setattr(embedding, "CHUNK_TEXTS", 3)
    texts = [f"text {n}" for n in range(8)]

    likewise("encode", write("a.txt", "\n".join(texts)), "-o", tmp_path / "a.jsonl")

    assert [len(call.texts) for call in likewise.model.calls] == [3, 3, 2]
    written = [json.loads(line)["text"] for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert written == texts


@pytest.mark.parametrize(("limit", "sizes"), [(128, [2, 2, 1]), (None, [4, 1]), (math.inf, [4, 1])])
def test_models_without_a_limit_get_larger_chunks(likewise, write, tmp_path, monkeypatch, limit, sizes):
    monkeypatch.setattr(embedding, "CHUNK_TEXTS", 2)
    monkeypatch.setattr(embedding, "FAST_CHUNK_TEXTS", 4)
    likewise.max_seq_length = limit

    likewise("encode", write("a.txt", "a\nb\nc\nd\ne\n"), "-o", tmp_path / "a.npy")

    assert [len(call.texts) for call in likewise.model.calls] == sizes


def test_long_texts_make_smaller_chunks(likewise, write, tmp_path, monkeypatch):
    monkeypatch.setattr(embedding, "CHUNK_CHARACTERS", 100)

    likewise("encode", write("a.txt", f"{'a' * 90}\n{'b' * 90}\nc\n"), "-o", tmp_path / "a.npy")

    assert [len(call.texts) for call in likewise.model.calls] == [2, 1]


def test_json_gives_a_summary_on_stdout(likewise, write, tmp_path):
    outcome = likewise("encode", write("a.txt", "one\ntwo\n"), "-o", tmp_path / "a.npy", "--json")

    summary = json.loads(outcome.out)
    assert (summary["texts"], summary["dimension"], summary["precision"]) == (2, 64, "float32")
    assert summary["output"] == str(tmp_path / "a.npy")


def test_stdin_to_stdout(likewise, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\ntwo\n"))

    outcome = likewise("encode", "-", "-o", "-", "--quiet")

    assert [json.loads(line)["text"] for line in outcome.lines] == ["one", "two"]
    assert outcome.err == ""


def test_int8_over_many_chunks_equals_one_call(likewise, write, tmp_path, monkeypatch):
    """Buckets are placed by the range of all texts, not of each chunk."""
    from likewise.quantization import quantize_embeddings

    monkeypatch.setattr(embedding, "CHUNK_TEXTS", 2)
    path = write("a.txt", "a\nb b b\na a a a\nb\na b\n")
    likewise("encode", path, "-o", tmp_path / "float.npy")

    likewise("encode", path, "-o", tmp_path / "int8.npy", "--precision", "int8")

    whole = quantize_embeddings(np.load(tmp_path / "float.npy"), precision="int8")
    np.testing.assert_array_equal(np.load(tmp_path / "int8.npy"), whole)


def test_int8_of_a_single_text_is_refused(likewise, write, tmp_path):
    outcome = likewise("encode", write("a.txt", "one\n"), "-o", tmp_path / "a.npy", "--precision", "int8")

    assert outcome.code == 1
    assert "its own values cannot calibrate the buckets" in outcome.err


def test_binary_is_packed_by_the_model(likewise, write, tmp_path):
    likewise("encode", write("a.txt", "one\n"), "-o", tmp_path / "a.npy", "--precision", "ubinary")

    assert np.load(tmp_path / "a.npy").dtype == np.uint8
    assert np.load(tmp_path / "a.npy").shape == (1, 8)


@pytest.mark.parametrize(
    ("name", "content", "output", "extra", "message"),
    [
        ("a.txt", "", "a.npy", [], "a.txt: no texts"),
        ("a.csv", "id,text\n", "a.npy", [], "a.csv: no texts"),
        ("a.txt", "one\n", "a.bin", [], "the extension '.bin' tells no output format"),
        ("a.txt", "one\n", "a.npy", ["--text"], "npy holds numbers only"),
        ("a.txt", "one\n", "missing/a.npy", [], "there is no folder"),
        ("a.jsonl", '"one"\n', "a.jsonl", [], "is the input and the output"),
    ],
)
def test_what_cannot_work_is_refused_before_a_model_is_loaded(
    likewise, write, tmp_path, name, content, output, extra, message
):
    outcome = likewise("encode", write(name, content), "-o", tmp_path / output, *extra)

    assert outcome.code == 1
    assert outcome.err.startswith("likewise: error: ")
    assert message in outcome.err
    assert likewise.models == []


def test_a_fault_halfway_leaves_no_output(likewise, write, tmp_path, monkeypatch):
    monkeypatch.setattr(embedding, "CHUNK_TEXTS", 1)

    outcome = likewise("encode", write("a.jsonl", '"one"\n"two"\nnonsense\n'), "-o", tmp_path / "out.npy")

    assert outcome.code == 1
    assert "a.jsonl, line 3: not valid JSON" in outcome.err
    assert os.listdir(tmp_path) == ["a.jsonl"]


def test_nan_is_reported_and_not_written(likewise, write, tmp_path, monkeypatch):
    from likewise.cli.embedding import Embedder

    class Broken:
        def encode(self, sentences, **options):
            return np.array([[1.0], [np.nan]], np.float32)

        encode_query = encode_document = encode

    with pytest.raises(ValueError, match="NaN or infinity for 'two'"):
        Embedder(Broken()).embed(["one", "two"])


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a folder where nobody may write")
def test_a_folder_where_nothing_can_be_written_is_reported(likewise, write):
    outcome = likewise("encode", write("a.txt", "one\n"), "-o", "/proc/self/a.npy")

    assert outcome.code == 1
    assert "a.npy cannot be written" in outcome.err
    assert likewise.models == []
