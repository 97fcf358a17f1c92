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


@pytest.mark.parametrize("result", ["numpy", "tensor", "list"])
def test_finished_rows_of_a_part_can_be_placed(result):
    collector = collector_for(EncodeOptions(result=result), 2, CPU)
    collector.place(Places(np.array([1])), np.array([[1.0, 2.0]], dtype=np.float32))
    collector.place(Places(np.array([0])), np.array([[3.0, 4.0]], dtype=np.float32))
    rows = collector.finish(Report(EncodeOptions(), None))
    assert [[float(value) for value in row] for row in rows] == [[3.0, 4.0], [1.0, 2.0]]
