import tracemalloc

import numpy as np
import pytest
import torch

from likewise.encoding.collect import ArrayCollector, ListCollector, TensorCollector, collector_for
from likewise.encoding.options import EncodeOptions
from likewise.encoding.repeats import Places
from likewise.encoding.report import Report

CPU = torch.device("cpu")
EMBEDDINGS = torch.arange(12.0).reshape(4, 3)


def collected(options, embeddings=EMBEDDINGS, order=((2, 0), (3,), (1,))):
    collector, report = collector_for(options, len(embeddings), CPU), Report(options, None)
    for positions in order:
        collector.add(Places(np.array(positions)), {"sentence_embedding": embeddings[list(positions)]})
    return collector.finish(report), report


@pytest.mark.parametrize("result", ["numpy", "tensor", "list"])
def test_rows_end_where_their_inputs_were(result):
    rows, _ = collected(EncodeOptions(result=result))
    assert torch.equal(torch.stack([torch.as_tensor(row) for row in rows]), EMBEDDINGS)


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (EncodeOptions(), ArrayCollector),
        (EncodeOptions(result="tensor"), TensorCollector),
        (EncodeOptions(result="list"), ListCollector),
        (EncodeOptions(output="token_embeddings"), ListCollector),
        (EncodeOptions(output=None, result="tensor"), ListCollector),
    ],
)
def test_each_form_has_its_collector(options, kind):
    assert isinstance(collector_for(options, 1, CPU), kind)


@pytest.mark.parametrize("result", ["numpy", "tensor", "list"])
def test_positions_of_nan_are_reported_and_results_kept(result):
    embeddings = EMBEDDINGS.clone()
    embeddings[2, 1] = float("nan")
    rows, report = collected(EncodeOptions(result=result), embeddings)
    assert report.not_finite == [2]
    assert np.isnan(float(rows[2][1]))


@pytest.mark.parametrize("result", ["numpy", "tensor", "list"])
def test_a_width_beyond_the_embeddings_is_reported(result):
    rows, report = collected(EncodeOptions(result=result, truncate_dim=5))
    assert (rows[0].shape[-1], report.too_wide) == (3, 3)


@pytest.mark.parametrize("result", ["tensor", "list"])
def test_results_are_ordinary_tensors_that_autograd_takes(result):
    options = EncodeOptions(result=result)
    collector = collector_for(options, 2, CPU)
    with torch.inference_mode():
        features = {"sentence_embedding": EMBEDDINGS[:2] * 2}
    collector.add(Places(np.array([1, 0])), features)
    rows = collector.finish(Report(options, None))
    weight = torch.ones(3, requires_grad=True)
    (rows[0] * weight).sum().backward()
    assert weight.grad.tolist() == [6.0, 8.0, 10.0]


@pytest.mark.parametrize("options", [EncodeOptions(result=result) for result in ("numpy", "tensor", "list")])
def test_a_row_goes_to_all_its_places(options):
    collector, report = collector_for(options, 3000, CPU), Report(options, None)
    embeddings = torch.tensor([[1.0, 2.0], [float("nan"), 4.0]])
    rows = np.arange(3000) % 2
    collector.add(Places(np.arange(3000)[::-1].copy(), rows), {"sentence_embedding": embeddings})
    result = collector.finish(report)
    assert [float(row[1]) for row in result] == [4.0, 2.0] * 1500
    assert sorted(report.not_finite) == list(range(0, 3000, 2))


@pytest.mark.parametrize("output", ["sentence_embedding", "token_embeddings", None])
def test_places_of_one_row_share_no_memory(output):
    options = EncodeOptions(output=output, result="list")
    collector = collector_for(options, 2, CPU)
    features = {
        "token_embeddings": torch.ones(1, 2, 3),
        "attention_mask": torch.ones(1, 2),
        "sentence_embedding": torch.ones(1, 3),
        "all_layer_embeddings": [torch.ones(1, 2, 3)],
    }
    collector.add(Places(np.array([0, 1]), np.array([0, 0])), features)
    first, second = collector.finish(Report(options, None))
    if output is None:
        first["all_layer_embeddings"][0].zero_()
        assert second["all_layer_embeddings"][0].all()
        first, second = first["token_embeddings"], second["token_embeddings"]
    first.zero_()
    assert second.all()


def test_rows_with_many_places_are_not_copied_as_a_whole():
    """One text that fills a large result costs memory for the result and a few rows."""
    collector = collector_for(EncodeOptions(), 100_000, CPU)
    rows = np.ones((1, 64), dtype=np.float32)
    places = Places(np.arange(100_000), np.zeros(100_000, dtype=np.int64))
    tracemalloc.start()
    try:
        collector.place(places, rows)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100_000 * 64 * 4 + 2**20


@pytest.mark.parametrize("result", ["numpy", "tensor", "list"])
def test_finished_rows_of_a_part_can_be_placed(result):
    collector = collector_for(EncodeOptions(result=result), 2, CPU)
    collector.place(Places(np.array([1])), np.array([[1.0, 2.0]], dtype=np.float32))
    collector.place(Places(np.array([0])), np.array([[3.0, 4.0]], dtype=np.float32))
    rows = collector.finish(Report(EncodeOptions(), None))
    assert [[float(value) for value in row] for row in rows] == [[3.0, 4.0], [1.0, 2.0]]
