"""Encoding to a store with a model of checksums: the rows of one call, what is told, and what an error leaves."""

import logging

import numpy as np
import pytest
import torch

from likewise.embedding_store import EmbeddingStore, StoreWriter
from likewise.encoding import source as source_module
from likewise.encoding.encode import encode
from likewise.encoding.in_memory import HashPipeline
from likewise.encoding.options import EncodeOptions
from likewise.encoding.source import Source
from likewise.encoding.to_store import STORED_AS, encode_to_store
from likewise.errors import InputError, TruncationError
from likewise.quantization import quantize_embeddings

TEXTS = [f"text {at} " + "word " * (at * 7 % 11) for at in range(50)]


def to_store(folder, texts, pipeline=None, options=None, *, rows=16, precision="float32", **arguments):
    pipeline = pipeline or HashPipeline()
    with StoreWriter.open(folder, rows_per_shard=rows, dtype=STORED_AS[precision]) as writer:
        source = Source(texts, pipeline.accepts)
        encode_to_store(
            pipeline, source, writer, options or EncodeOptions(), precision=precision, pool=None, **arguments
        )
    return EmbeddingStore(folder, verify=True)


@pytest.mark.parametrize("rows", [1, 7, 16, 50, 1000])
@pytest.mark.parametrize("packed", [True, False])
def test_rows_are_those_of_one_call(tmp_path, rows, packed, monkeypatch):
    monkeypatch.setattr(source_module, "PIECE_ROWS", 5)
    pipeline = HashPipeline(packed=packed)
    options = EncodeOptions(normalize=True, truncate_dim=3, prompt="p ", task="query", forward_kwargs={"scale": 2.0})

    store = to_store(tmp_path / "store", iter(TEXTS), pipeline, options, rows=rows)

    assert [shard.rows for shard in store.shards] == [min(rows, 50 - at) for at in range(0, 50, rows)]
    np.testing.assert_allclose(np.asarray(store), encode(pipeline, TEXTS, options), atol=1e-6)


def test_no_texts_make_an_empty_store(tmp_path):
    assert len(to_store(tmp_path / "store", [])) == 0


@pytest.mark.parametrize("precision", ["float16", "binary", "ubinary"])
def test_precisions_are_those_of_the_whole(tmp_path, precision):
    pipeline = HashPipeline(dimension=16)
    rows = encode(pipeline, TEXTS)

    store = to_store(tmp_path / "store", TEXTS, pipeline, precision=precision)

    whole = rows.astype(np.float16) if precision == "float16" else quantize_embeddings(rows, precision=precision)
    assert store.dtype == whole.dtype
    np.testing.assert_array_equal(np.asarray(store), whole)


def test_half_precision_that_overflows_is_refused(tmp_path):
    options = EncodeOptions(forward_kwargs={"scale": 1e6})

    with pytest.raises(InputError, match="row 0 holds NaN or infinity"):
        to_store(tmp_path / "store", TEXTS, options=options, precision="float16")


class Broken:
    """Gives NaN for one text."""

    def __init__(self, pipeline, text):
        self._pipeline, self._text = pipeline, text

    def __getattr__(self, name):
        return getattr(self._pipeline, name)

    def prepare(self, inputs, **options):
        prepared = self._pipeline.prepare(inputs, **options)
        for row, value in zip(prepared.rows, inputs, strict=True):
            if value == self._text:
                row[:] = -1
        return prepared

    def forward(self, features, **kwargs):
        found = self._pipeline.forward(features, **kwargs)
        bad = (features["input_ids"] == -1).any(1)
        found["sentence_embedding"] = torch.where(bad[:, None], torch.nan, found["sentence_embedding"])
        return found


@pytest.mark.parametrize("precision", ["float32", "binary"])
def test_nan_is_never_written_and_the_shards_before_it_are_kept(tmp_path, precision):
    texts = [*TEXTS[:40], "the broken one", *TEXTS[40:]]
    pipeline = Broken(HashPipeline(dimension=8), "the broken one")

    with pytest.raises(InputError, match="NaN or infinity for input 40: 'the broken one'"):
        to_store(tmp_path / "store", texts, pipeline, precision=precision)
    assert len(EmbeddingStore(tmp_path / "store", partial=True, verify=True)) == 32

    # What is left out after the shards that are done does not count as another source.
    store = to_store(tmp_path / "store", TEXTS, pipeline, precision=precision)
    whole = encode(HashPipeline(dimension=8), TEXTS)
    expected = whole if precision == "float32" else quantize_embeddings(whole, precision="binary")
    np.testing.assert_allclose(np.asarray(store), expected, atol=1e-6)


def test_an_error_of_the_source_keeps_the_shards_before_it_and_the_next_call_goes_on(tmp_path):
    def breaking():
        yield from TEXTS[:40]
        raise OSError("the network is gone")

    counted = []
    with pytest.raises(OSError, match="the network is gone"):
        to_store(tmp_path / "store", breaking())
    assert len(EmbeddingStore(tmp_path / "store", partial=True)) == 32
    to_store(tmp_path / "store", TEXTS, advance=counted.append)

    assert counted[:2] == [16, 16]
    assert sum(counted) == 50
    assert sorted(path.name for path in (tmp_path / "store").iterdir())[-4:] == [
        f"shard-0000{at}.npy" for at in range(4)
    ]


def test_a_source_that_changed_its_length_after_the_last_shard_is_refused(tmp_path):
    to_store(tmp_path / "store", TEXTS)

    for given, message in [(TEXTS[:-1], "ends after 49 inputs; 50"), ([*TEXTS, "new"], "goes on after 50 inputs")]:
        with pytest.raises(InputError, match=message):
            to_store(tmp_path / "store", given)
    assert len(EmbeddingStore(tmp_path / "store", verify=True)) == 50


def test_texts_that_were_cut_are_told_once_with_their_places(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(source_module, "PIECE_ROWS", 5)
    pipeline = HashPipeline(max_length=9)
    cut = [at for at, text in enumerate(TEXTS) if len(text.split()) > 9]

    with caplog.at_level(logging.WARNING, logger="likewise"):
        to_store(tmp_path / "store", TEXTS, pipeline)

    assert len(cut) > 5
    assert [record.getMessage() for record in caplog.records] == [
        f"{len(cut)} inputs are longer than the model reads and were cut ({', '.join(map(str, cut[:5]))}, ...)"
    ]
    with pytest.raises(TruncationError, match=f"input {cut[0]} is longer than 9 tokens"):
        to_store(tmp_path / "strict", TEXTS, pipeline, EncodeOptions(truncation="error"), rows=cut[0] + 1)


def test_a_width_beyond_the_models_is_told(tmp_path, caplog):
    with caplog.at_level(logging.WARNING, logger="likewise"):
        to_store(tmp_path / "store", TEXTS, options=EncodeOptions(truncate_dim=9))

    assert [record.getMessage()[:14] for record in caplog.records] == ["truncate_dim=9"]


def test_memory_holds_one_shard_of_texts_and_no_more_are_read_than_are_needed(tmp_path):
    read = 0

    def reading():
        nonlocal read
        for text in TEXTS:
            read += 1
            yield text

    ahead = []
    pipeline = HashPipeline()
    with StoreWriter.open(tmp_path / "store", rows_per_shard=4) as writer:
        source = Source(reading(), pipeline.accepts)
        encode_to_store(
            pipeline, source, writer, EncodeOptions(), advance=lambda count: ahead.append(read - writer.rows)
        )

    assert max(ahead) == 4
