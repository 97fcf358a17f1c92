"""`model.encode_to`: the rows of `encode`, on any number of devices, and what a folder of another origin gets told."""

import inspect
import json
import logging

import numpy as np
import pytest
import torch

from likewise import SentenceTransformer
from likewise.embedding_store import EmbeddingStore
from likewise.encoding import source as source_module
from likewise.encoding.pool import WorkerPool
from likewise.errors import CheckpointError, InputError, InputTypeError
from likewise.texts import read_texts

TEXTS = [f"the cat sat on mat {at}" + " and ran" * (at * 7 % 11) for at in range(60)]


@pytest.fixture(scope="module")
def mini():
    return SentenceTransformer("likewise-mini", device="cpu")


@pytest.fixture
def bert_folder(toy_bert_folder, tmp_path):
    return str(toy_bert_folder(tmp_path / "model"))


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_rows_are_those_of_encode(mini, tmp_path):
    store = mini.encode_to(tmp_path / "store", iter(TEXTS), rows_per_shard=16)

    assert isinstance(store, EmbeddingStore)
    np.testing.assert_allclose(np.asarray(store), mini.encode(TEXTS), atol=1e-6)
    assert [shard.rows for shard in store.shards] == [16, 16, 16, 12]


def test_options_are_those_of_encode(bert_folder, tmp_path):
    model = SentenceTransformer(bert_folder, device="cpu", prompts={"find": "red fox "})
    options = {"prompt_name": "find", "normalize_embeddings": True, "truncate_dim": 5, "batch_size": 7}

    store = model.encode_to(tmp_path / "store", TEXTS, **options)
    bits = model.encode_to(tmp_path / "bits", TEXTS, precision="ubinary", prompt="blue ")

    np.testing.assert_allclose(np.asarray(store), model.encode(TEXTS, **options), atol=1e-6)
    np.testing.assert_array_equal(np.asarray(bits), model.encode(TEXTS, precision="ubinary", prompt="blue "))


@pytest.mark.parametrize("task", ["query", "document"])
def test_tasks_are_those_of_encode_query_and_encode_document(bert_folder, tmp_path, task):
    model = SentenceTransformer(bert_folder, device="cpu", prompts={"query": "red ", "passage": "blue "})
    whole = {"query": model.encode_query, "document": model.encode_document}[task](TEXTS)

    store = model.encode_to(tmp_path / "store", TEXTS, task=task)

    assert store.origin["prompt"] == {"query": "red ", "document": "blue "}[task]
    np.testing.assert_allclose(np.asarray(store), whole, atol=1e-6)


def test_a_resumed_run_has_the_bytes_of_one_that_was_not(bert_folder, tmp_path):
    def breaking():
        yield from TEXTS[:40]
        raise KeyboardInterrupt

    model = SentenceTransformer(bert_folder, device="cpu")
    model.encode_to(tmp_path / "whole", TEXTS, rows_per_shard=8)
    with pytest.raises(KeyboardInterrupt):
        model.encode_to(tmp_path / "resumed", breaking(), rows_per_shard=8)
    assert len(EmbeddingStore(tmp_path / "resumed", partial=True)) == 40
    with pytest.raises(CheckpointError, match="not complete"):
        EmbeddingStore(tmp_path / "resumed")

    SentenceTransformer(bert_folder, device="cpu").encode_to(tmp_path / "resumed", iter(TEXTS))

    assert content(tmp_path / "resumed") == content(tmp_path / "whole")


def test_two_devices_give_the_bytes_of_one(bert_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(source_module, "PIECE_ROWS", 5)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        model = SentenceTransformer(bert_folder, device="cpu")
        model.encode_to(tmp_path / "one", TEXTS, rows_per_shard=16)
        with model.start_multi_process_pool(["cpu", "cpu"]) as pool:
            model.encode_to(tmp_path / "two", TEXTS, rows_per_shard=16, pool=pool)
            with pytest.raises(InputError, match="input 33 is longer than 32 tokens"):
                model.encode_to(
                    tmp_path / "strict", [*TEXTS[:33], "cat " * 80, *TEXTS[33:]], pool=pool, truncation="error"
                )
    finally:
        torch.set_num_threads(before)

    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_a_list_of_devices_starts_workers_only_if_there_is_something_to_do(mini, tmp_path, monkeypatch):
    started = []
    real = WorkerPool.start
    monkeypatch.setattr(WorkerPool, "start", lambda *args: started.append(args[1]) or real(*args))

    with pytest.raises(InputError, match="no device has the name 'nowhere'"):
        mini.encode_to(tmp_path / "store", TEXTS, device=["cpu", "nowhere"])
    mini.encode_to(tmp_path / "store", TEXTS)
    mini.encode_to(tmp_path / "store", TEXTS, device=["cpu", "nowhere"])

    assert started == [["cpu", "nowhere"]]


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda model: None, {"prompt": "x"}, "prompt=''.*prompt='x'"),
        (lambda model: None, {"task": "query"}, "task=None.*task='query'"),
        (lambda model: None, {"normalize_embeddings": True}, "normalize_embeddings=False.*normalize_embeddings=True"),
        (lambda model: None, {"truncate_dim": 4}, "truncate_dim=None.*truncate_dim=4"),
        (lambda model: None, {"precision": "float16"}, "dtype='float32', precision='float32'"),
        (lambda model: None, {"rows_per_shard": 9}, "rows_per_shard=16.*rows_per_shard=9"),
        (lambda model: None, {"resume": False}, "holds embeddings"),
        (lambda model: model.half(), {}, "fingerprint="),
        (lambda model: setattr(model, "max_seq_length", 7), {}, "fingerprint="),
        (lambda model: next(iter(model.parameters())).data.add_(1e-3), {}, "fingerprint="),
    ],
)
def test_a_folder_of_another_model_or_other_settings_is_refused_and_stays(
    bert_folder, tmp_path, change, options, message
):
    SentenceTransformer(bert_folder, device="cpu").encode_to(tmp_path / "store", TEXTS, rows_per_shard=16)
    before = content(tmp_path / "store")
    model = SentenceTransformer(bert_folder, device="cpu")
    change(model)

    with pytest.raises(InputError, match=message):
        model.encode_to(tmp_path / "store", TEXTS, **options)

    assert content(tmp_path / "store") == before


def test_a_folder_of_another_version_is_refused(mini, tmp_path):
    mini.encode_to(tmp_path / "store", TEXTS)
    manifest = tmp_path / "store" / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "version": 2}))

    with pytest.raises(CheckpointError, match="version 2 of the format"):
        mini.encode_to(tmp_path / "store", TEXTS)


def test_batch_size_and_device_may_change_from_run_to_run(mini, tmp_path):
    mini.encode_to(tmp_path / "store", TEXTS)

    assert len(mini.encode_to(tmp_path / "store", TEXTS, batch_size=3, device="cpu")) == 60


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"precision": "int8"}, "calibrated on all embeddings"),
        ({"precision": "float64"}, "precision='float64'"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"truncation": "never"}, "truncation='never'"),
        ({"prompt_name": "nonsense"}, "unknown prompt_name"),
        ({"nonsense": 1}, "nonsense"),
        ({"rows_per_shard": 0}, "rows_per_shard=0"),
        ({"truncate_dim": -1}, "truncate_dim=-1"),
    ],
)
def test_what_cannot_work_is_refused_before_a_folder_is_made(mini, tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        mini.encode_to(tmp_path / "store", TEXTS, **arguments)

    assert not (tmp_path / "store").exists()


def test_a_model_that_gives_nan_stops_and_names_the_text(bert_folder, tmp_path):
    model = SentenceTransformer(bert_folder, device="cpu")
    with torch.no_grad():
        next(iter(model.parameters()))[...] = torch.nan

    with pytest.raises(InputError, match="NaN or infinity for input 0: 'the cat"):
        model.encode_to(tmp_path / "store", TEXTS)

    assert len(EmbeddingStore(tmp_path / "store", partial=True)) == 0


def test_dropout_is_off_after_training(bert_folder, tmp_path):
    model = SentenceTransformer(bert_folder, device="cpu")
    whole = model.encode(TEXTS)
    model.train()

    np.testing.assert_allclose(np.asarray(model.encode_to(tmp_path / "store", TEXTS)), whole, atol=1e-6)


def test_progress_counts_what_was_there_too(mini, tmp_path, capsys, caplog):
    mini.encode_to(tmp_path / "store", TEXTS, rows_per_shard=16)
    with caplog.at_level(logging.WARNING, logger="likewise"):
        mini.encode_to(tmp_path / "store", TEXTS, show_progress_bar=True)

    assert "60.0/60.0" in capsys.readouterr().err


def test_help_shows_the_arguments():
    parameters = list(inspect.signature(SentenceTransformer.encode_to).parameters)

    assert parameters[1:3] == ["path", "source"]
    assert "resume" in parameters
    assert "Args:" in inspect.getdoc(SentenceTransformer.encode_to)


def test_a_file_is_read_as_texts(mini, tmp_path):
    lines, table = tmp_path / "texts.txt", tmp_path / "texts.jsonl"
    lines.write_text("".join(f"{text}\n" for text in TEXTS), encoding="utf-8")
    table.write_text("".join(json.dumps({"body": text}) + "\n" for text in TEXTS), encoding="utf-8")
    expected = mini.encode_to(tmp_path / "expected", TEXTS)[:]

    np.testing.assert_array_equal(mini.encode_to(tmp_path / "from lines", lines)[:], expected)
    from_table = mini.encode_to(tmp_path / "from table", read_texts(table, "body"))
    np.testing.assert_array_equal(from_table[:], expected)


def test_a_name_of_a_file_is_no_path(mini, tmp_path):
    with pytest.raises(InputTypeError, match=r"a str as source.*read_texts\(path\)"):
        mini.encode_to(tmp_path / "store", "texts.txt")
