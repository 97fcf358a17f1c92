import pytest

from likewise.errors import InputTypeError
from likewise.mining.embeddings import EncodeOptions, embed
from likewise.mining.pairs import read_pairs


@pytest.fixture
def pairs(data):
    return read_pairs(data(("q 0", "d 1"), ("q 0", "d 2")), (None, None), None)


def test_anchors_are_queries_and_passages_documents_at_unit_length(model, pairs):
    anchors, passages = embed(model, pairs, EncodeOptions(batch_size=7, show_progress_bar=False))

    assert (anchors.shape, passages.shape) == ((1, 2), (2, 2))
    assert [(role, texts) for role, texts, _ in model.calls] == [("query", ["q 0"]), ("document", ["d 1", "d 2"])]
    shared = {"batch_size": 7, "show_progress_bar": False, "normalize_embeddings": True, "convert_to_numpy": True}
    assert [arguments for _, _, arguments in model.calls] == [shared, shared]


def test_prompts_are_passed_on(model, pairs):
    embed(model, pairs, EncodeOptions(query_prompt="Q: ", corpus_prompt_name="passage"))

    (_, _, query), (_, _, document) = model.calls
    assert (query["prompt"], "prompt_name" in query) == ("Q: ", False)
    assert (document["prompt_name"], "prompt" in document) == ("passage", False)


@pytest.mark.parametrize(("wanted", "devices"), [(True, None), (["cpu", "cpu"], ["cpu", "cpu"])])
def test_worker_processes_are_started_and_stopped(model, pairs, wanted, devices):
    embed(model, pairs, EncodeOptions(use_multi_process=wanted))

    assert model.calls[0] == ("start", devices)
    assert [call[2]["pool"] for call in model.calls[1:3]] == ["pool", "pool"]
    assert model.calls[3] == ("stop", "pool")


def test_worker_processes_are_stopped_when_encoding_fails(model, data):
    pairs = read_pairs(data(("no number", "d 1")), (None, None), None)

    with pytest.raises(ValueError, match="number"):
        embed(model, pairs, EncodeOptions(use_multi_process=True))

    assert model.calls[-1] == ("stop", "pool")


def test_a_cache_needs_weights_to_tell_models_apart(model, pairs, tmp_path):
    with pytest.raises(InputTypeError, match="cache_folder was given with a model of type DirectionModel"):
        embed(model, pairs, EncodeOptions(cache_folder=tmp_path))
