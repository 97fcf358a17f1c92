from pathlib import Path

import pytest
import torch

from likewise.encoding.handover import Handover, read_handover
from likewise.errors import WorkerError


def test_a_model_is_read_as_it_was_written_and_tied_weights_stay_tied():
    layer = torch.nn.Linear(3, 2)
    handover = Handover({"layer": layer, "tied": layer.weight, "part": layer.weight.data[1]})
    read = read_handover(handover.path)
    handover.close()
    assert torch.equal(read["layer"].weight, layer.weight)
    assert read["tied"] is read["layer"].weight
    with torch.no_grad():
        read["layer"].weight += 1
    assert torch.equal(read["part"], layer.weight[1] + 1), "a view of the same memory"
    assert not torch.equal(read["layer"].weight, layer.weight), "the original is left alone"


def test_the_tensors_of_this_process_stay_where_they_are():
    weight = torch.ones(5)
    before = weight.data_ptr()
    Handover(weight).close()
    assert weight.data_ptr() == before
    assert not weight.is_shared()


def test_closing_removes_the_copy_and_may_be_repeated():
    handover = Handover([1])
    assert Path(handover.path).exists()
    handover.close()
    handover.close()
    assert not Path(handover.path).exists()


def test_without_memory_files_a_temporary_file_serves(monkeypatch, tmp_path):
    monkeypatch.delattr("os.memfd_create", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    handover = Handover(torch.ones(2))
    assert torch.equal(read_handover(handover.path), torch.ones(2))
    handover.close()
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_does_not_pickle_is_an_error_with_the_cause():
    with pytest.raises(WorkerError, match=r"cannot be sent to worker processes: .*lambda.*top level") as caught:
        Handover(lambda: None)
    assert caught.value.__cause__ is not None
