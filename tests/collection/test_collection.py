"""Collections: what is found is what brute force finds; going on, adding, and refusing what does not fit."""

import json
import shutil

import numpy as np
import pytest

from likewise import SentenceTransformer
from likewise.collection import Collection
from likewise.collection.manifest import Encoding
from likewise.errors import CheckpointError, InputError, InputTypeError, LikewiseError, OutputError
from likewise.util import semantic_search

QUERIES = ["how many cats", "a dog", "text 7"]
FILE_KINDS = {"exact": {}, "faiss-flat": {}, "faiss-hnsw": {"M": 8}, "usearch": {}, "lancedb": {}}


class StopError(Exception):
    """What stands in for a kill."""


def rows_and_scores(collection, top_k=10):
    return [[(hit.row, round(hit.score, 5)) for hit in hits] for hits in collection.search(QUERIES, top_k)]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_hits_are_those_of_brute_force_over_all_that_was_added(kind, mini, texts, tmp_path):
    pytest.importorskip({"lancedb": "lancedb", "usearch": "usearch"}.get(kind, "numpy"))
    if kind.startswith("faiss"):
        pytest.importorskip("faiss")
    with Collection.build(tmp_path / "c", texts[:30], mini, kind=kind, settings=FILE_KINDS[kind]) as collection:
        assert collection.add(texts[30:]) == 20
        found = rows_and_scores(collection)
    expected = semantic_search(mini.encode_query(QUERIES), mini.encode_document(texts), top_k=10)

    with Collection.open(tmp_path / "c", mini, verify=True) as opened:
        assert len(opened) == 50
        assert rows_and_scores(opened) == found
        assert opened[31]["text"] == texts[31]
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose([s for _, s in ours], [hit["score"] for hit in theirs], atol=2e-3)
    assert names(tmp_path / "c") == [
        *(".lock", "collection.json", "embeddings-00000", "embeddings-00001"),
        *("index-00001", "records-00000", "records-00001"),
    ]


def test_records_come_back_as_they_were_given(mini, tmp_path):
    given = [{"text": "Ein Zebra läuft.\u2028", "id": 7, "tags": ["a", None]}, "plain"]

    collection = Collection.build(tmp_path / "c", given, mini)

    assert [collection[0], collection[1]] == [given[0], {"text": "plain"}]
    assert collection.search("plain", top_k=1)[0][0].record == {"text": "plain"}
    assert collection.search([]) == []
    for row in (2, -1):
        with pytest.raises(IndexError):
            collection[row]


def test_prompts_and_precision_are_kept(mini, texts, tmp_path):
    encoding = Encoding(prompt="text: ", query_prompt="query: ", normalize=True, precision="float16")
    Collection.build(tmp_path / "c", texts, mini, metric="dot", encoding=encoding).close()

    with Collection.open(tmp_path / "c", mini) as opened:
        scores = [hit.score for hit in opened.search(QUERIES[0], 5)[0]]

    rows = mini.encode([f"text: {text}" for text in texts], normalize_embeddings=True)
    query = mini.encode("query: " + QUERIES[0], normalize_embeddings=True)
    np.testing.assert_allclose(scores, np.sort(rows @ query)[::-1][:5], atol=1e-3)


def test_the_model_is_found_by_its_name(tmp_path, texts):
    Collection.build(tmp_path / "c", texts[:5], "likewise-mini").close()

    with Collection.open(tmp_path / "c", device="cpu") as opened:
        assert opened.search(texts[3], 1)[0][0].row == 3
        assert repr(opened) == f"Collection({str(tmp_path / 'c')!r}: 5 texts, exact, cosine)"


def interrupt(stage, after):
    """Make the call stop at a stage, as a full disk would."""
    seen = []

    def advance(name, count, total):
        seen.append(name)
        if seen.count(stage) > after:
            raise StopError

    return advance


@pytest.mark.parametrize(
    ("stage", "after", "resumed"), [("reading", 10, 0), ("embedding", 25, 24), ("indexing", 0, 50)]
)
def test_the_same_call_goes_on_after_an_interruption(stage, after, resumed, mini, texts, tmp_path, monkeypatch):
    from likewise.collection.building import Source, build
    from likewise.collection.manifest import Manifest
    from likewise.collection.model_source import describe_model

    wanted = Manifest(model=describe_model(mini, "likewise-mini"), encoding=Encoding(), kind="exact", metric="cosine")
    monkeypatch.setattr("likewise.encoding.source.PIECE_ROWS", 8)
    advance = interrupt(stage, after)
    with pytest.raises(StopError):
        build(tmp_path / "c", mini, wanted, Source(records=texts, advance=advance), rows_per_shard=8)
    with pytest.raises(CheckpointError, match="holds no texts yet: building it was interrupted"):
        Collection.open(tmp_path / "c", mini)

    outcome = build(tmp_path / "c", mini, wanted, Source(records=texts), rows_per_shard=8)

    assert (outcome.rows, outcome.added) == (50, 50)
    assert outcome.resumed <= resumed
    assert (outcome.resumed > 0) == (resumed > 0)
    again = build(tmp_path / "c", mini, wanted, Source(records=texts), rows_per_shard=8)
    assert (again.rows, again.added) == (50, 0)
    assert names(tmp_path / "c") == [".lock", "collection.json", "embeddings-00000", "index-00000", "records-00000"]


def test_texts_that_are_there_are_not_added_twice(mini, texts, tmp_path):
    with Collection.build(tmp_path / "c", texts[:20], mini) as collection:
        assert collection.add(texts[20:]) == 30
        before = {path.name: path.read_bytes() for path in (tmp_path / "c").rglob("*") if path.is_file()}

        assert collection.add(texts[20:]) == 0
        assert collection.add(texts[:20]) == 0

    assert {path.name: path.read_bytes() for path in (tmp_path / "c").rglob("*") if path.is_file()} == before


def test_other_texts_than_those_of_an_interrupted_add_are_refused_until_restart(mini, texts, tmp_path, monkeypatch):
    monkeypatch.setattr("likewise.encoding.source.PIECE_ROWS", 8)
    collection = Collection.build(tmp_path / "c", ["one"], mini)
    with pytest.raises(StopError):
        collection.add(texts, source="a.txt", advance=interrupt("embedding", 30), rows_per_shard=8)

    with pytest.raises(InputError, match=r"embeddings of 50 texts from a.txt, which were being added.*--restart"):
        collection.add(texts[:40])
    assert collection.add(["one"]) == 0
    assert collection.add(texts[:40], restart=True) == 40
    assert len(collection) == 41


def test_records_may_change_while_texts_do_not(mini, texts, tmp_path, monkeypatch):
    """Embeddings go by texts alone: another column to show costs nothing."""
    monkeypatch.setattr("likewise.encoding.source.PIECE_ROWS", 8)
    collection = Collection.build(tmp_path / "c", ["one"], mini)
    with pytest.raises(StopError):
        collection.add(texts, advance=interrupt("embedding", 30), rows_per_shard=8)

    assert collection.add([{"text": text, "page": page} for page, text in enumerate(texts)], rows_per_shard=8) == 50

    assert collection[11] == {"text": texts[10], "page": 10}


def test_a_build_that_embedded_nothing_yet_can_be_another_one(mini, texts, tmp_path):
    other = SentenceTransformer("likewise-mini", device="cpu", truncate_dim=16)
    with pytest.raises(StopError):
        Collection.build(tmp_path / "c", texts, mini, advance=interrupt("embedding", 30))
    assert (tmp_path / "c" / "embeddings-00000" / "manifest.json").exists()

    with Collection.build(tmp_path / "c", texts[:9], other) as collection:
        assert len(collection) == 9


def test_a_build_that_embedded_something_refuses_another_model(mini, texts, tmp_path, monkeypatch):
    monkeypatch.setattr("likewise.encoding.source.PIECE_ROWS", 8)
    other = SentenceTransformer("likewise-mini", device="cpu", truncate_dim=16)
    with pytest.raises(StopError):
        Collection.build(tmp_path / "c", texts, mini, advance=interrupt("embedding", 30), rows_per_shard=8)

    with pytest.raises(InputError, match=r"was made with model='.*--restart"):
        Collection.build(tmp_path / "c", texts, other)
    with Collection.build(tmp_path / "c", texts, other, restart=True) as collection:
        assert len(collection) == 50


def test_settings_are_the_same_as_tuples_and_as_lists(mini, texts, tmp_path):
    pytest.importorskip("usearch")
    for ends in ((1, 99), [1, 99]):
        given = {"kind": "usearch-i8", "settings": {"percentiles": ends, "calibration_rows": 20}}
        assert len(Collection.build(tmp_path / "c", texts, mini, **given)) == 50


def test_another_collection_is_never_overwritten(mini, texts, tmp_path):
    Collection.build(tmp_path / "c", texts[:9], mini, kind="exact").close()

    for arguments, message in [
        ({"metric": "dot"}, "metric='cosine'.*metric='dot'"),
        ({"settings": {"dtype": "float16"}}, "dtype=None.*dtype='float16'"),
        ({"encoding": Encoding(normalize=True)}, "normalize=False.*normalize=True"),
        ({"model": SentenceTransformer("likewise-mini", device="cpu", truncate_dim=16)}, "model="),
        ({"records": texts[:8]}, "holds a collection of 9 texts"),
    ]:
        given = {"records": texts[:9], "model": mini, **arguments}
        with pytest.raises(InputError, match=message):
            Collection.build(tmp_path / "c", **given)
    with Collection.open(tmp_path / "c", mini) as opened:
        assert len(opened) == 9


def test_another_model_is_refused(mini, texts, tmp_path):
    Collection.build(tmp_path / "c", texts[:9], mini).close()

    with pytest.raises(InputError, match=r"this one has the fingerprint .*: its weights or settings differ"):
        Collection.open(tmp_path / "c", SentenceTransformer("likewise-mini", device="cpu", truncate_dim=16))
    with pytest.raises(InputError, match="does not say where its model is"):
        Collection.open(tmp_path / "c")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"records": []}, InputError, "no texts"),
        ({"records": "one text"}, InputTypeError, "a str as records"),
        ({"records": ["a", 7]}, InputTypeError, "record 1 is 7"),
        ({"records": [{"title": "a"}]}, InputTypeError, "record 0 is"),
        ({"records": [{"text": "a", "x": float("nan")}]}, InputError, "record 0 cannot be kept"),
        ({"records": [{"text": "a", "x": {1}}]}, InputError, "record 0 cannot be kept"),
        ({"records": ["half \ud800"]}, InputError, "record 0 cannot be kept"),
        ({"kind": "fast"}, InputError, "index kind 'fast'"),
        ({"metric": "manhattan"}, InputError, "manhattan"),
        ({"settings": {"M": 3}}, InputError, "an index of kind 'exact' has no setting 'M'. Accepted: dtype"),
        ({"settings": {"dtype": "int3"}}, InputError, "int3"),
        ({"kind": "pgvector", "settings": {"password": "x"}}, InputError, "secrets are not kept"),
    ],
)
def test_bad_input_is_refused_and_the_folder_can_be_used(arguments, error, message, mini, tmp_path):
    with pytest.raises(error, match=message):
        Collection.build(tmp_path / "c", **{"records": ["a"], "model": mini, **arguments})

    assert "records-00000" not in names(tmp_path / "c") if (tmp_path / "c").exists() else True
    assert len(Collection.build(tmp_path / "c", ["a", "b"], mini)) == 2


def test_nan_does_not_get_in(mini, texts, tmp_path):
    model = SentenceTransformer("likewise-mini", device="cpu")
    Collection.build(tmp_path / "c", texts[:9], model).close()
    collection = Collection.open(tmp_path / "c", model)
    before = collection.search(QUERIES)
    weights = next(model.parameters()).requires_grad_(False)
    kept = weights.clone()
    weights.fill_(float("nan"))

    with pytest.raises(InputError, match="NaN or infinity"):
        Collection.build(tmp_path / "d", texts[:9], model)
    with pytest.raises(InputError, match="fingerprint"):
        collection.add(texts[9:])
    with pytest.raises(InputError, match="NaN or infinity"):
        collection.search(QUERIES)

    weights.copy_(kept)
    assert collection.search(QUERIES) == before


def test_a_folder_with_something_else_is_left_alone(mini, tmp_path):
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "thesis.tex").write_text("mine")
    (tmp_path / "f").write_text("mine")

    with pytest.raises(OutputError, match=r"holds something else, such as thesis.tex"):
        Collection.build(tmp_path / "c", ["a"], mini)
    with pytest.raises(OutputError, match="is a file"):
        Collection.build(tmp_path / "f", ["a"], mini)
    with pytest.raises(CheckpointError, match="no collection"):
        Collection.open(tmp_path / "c", mini)

    assert names(tmp_path / "c") == ["thesis.tex"]


def test_files_of_the_user_stay(mini, tmp_path):
    collection = Collection.build(tmp_path / "c", ["a"], mini)
    for name in ("notes.txt", "records-old", "index-1"):
        (tmp_path / "c" / name).write_text("mine")

    collection.add(["b"])

    assert {"notes.txt", "records-old", "index-1"} <= set(names(tmp_path / "c"))


def test_one_writer_at_a_time(mini, tmp_path):
    collection = Collection.build(tmp_path / "c", ["a"], mini)

    def records():
        with pytest.raises(OutputError, match="another process is writing to"):
            Collection.open(tmp_path / "c", mini).add(["x"])
        yield "b"

    assert collection.add(records()) == 1


def damage_cut(folder, name):
    file = next(folder.glob(name))
    file.write_bytes(file.read_bytes()[:-3])


def damage_bit(folder, name):
    file = next(folder.glob(name))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


def damage_gone(folder, name):
    shutil.rmtree(next(folder.glob(name)))


def read_all(folder, model):
    with Collection.open(folder, model, verify=True) as collection:
        return [collection[row] for row in range(len(collection))]


@pytest.mark.parametrize("kind", ["exact", "faiss-flat"])
@pytest.mark.parametrize(
    ("damage", "name"),
    [
        (damage_cut, "index-*/vectors.*"),
        (damage_bit, "index-*/vectors.*"),
        (damage_cut, "index-*/index.json"),
        (damage_cut, "records-*/records.jsonl"),
        (damage_bit, "records-*/records.jsonl"),
        (damage_cut, "records-*/rows.bin"),
        (damage_bit, "records-*/rows.bin"),
        (damage_cut, "collection.json"),
        (damage_gone, "index-*"),
        (damage_gone, "records-*"),
    ],
)
def test_what_was_cut_short_or_changed_is_noticed(kind, damage, name, mini, texts, tmp_path):
    if kind != "exact":
        pytest.importorskip("faiss")
    Collection.build(tmp_path / "c", texts, mini, kind=kind).close()
    damage(tmp_path / "c", name)

    with pytest.raises(CheckpointError) as caught:
        read_all(tmp_path / "c", mini)

    assert str(tmp_path / "c") in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "version 2 of the format. Accepted: version 1"),
        ({"format": "x"}, "'format' is 'x'"),
        ({"index": "../index-00000"}, "'index' is '../index-00000'"),
        ({"index": None}, "'index' is None"),
        ({"rows": 3}, "'rows' is 3. Accepted: the sum of all parts, 2"),
        ({"parts": {}}, "'parts' is"),
        ({"metric": "x"}, "'metric' is 'x'"),
        ({"kind": "faiss-flat"}, "holds an index of kind 'exact'. Accepted: 'faiss-flat'"),
    ],
)
def test_a_manifest_that_is_wrong_is_named(change, message, mini, tmp_path):
    Collection.build(tmp_path / "c", ["a", "b"], mini).close()
    file = tmp_path / "c" / "collection.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))

    with pytest.raises(LikewiseError) as caught:
        Collection.open(tmp_path / "c", mini)

    assert message in str(caught.value)


def test_a_reader_that_was_open_finds_what_there_was(mini, texts, tmp_path):
    pytest.importorskip("faiss")
    for kind in ("exact", "faiss-flat"):
        reader = Collection.build(tmp_path / kind, texts[:30], mini, kind=kind)
        before = reader.search(QUERIES)
        with Collection.open(tmp_path / kind, mini) as writer:
            writer.add(texts[30:])

        assert reader.search(QUERIES) == before
