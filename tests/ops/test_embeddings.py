import numpy as np
import pytest
import torch

from likewise.errors import InputTypeError, ShapeError
from likewise.ops.embeddings import as_array_or_tensor, as_float32_tensor, is_tensor


def test_arrays_and_tensors_are_not_copied():
    array, tensor = np.ones((2, 3)), torch.ones(2, 3)

    assert as_array_or_tensor(array, "a") is array
    assert as_array_or_tensor(tensor, "a") is tensor


def test_a_list_of_arrays_becomes_an_array():
    assert as_array_or_tensor([np.ones(3), np.zeros(3)], "a").tolist() == [[1, 1, 1], [0, 0, 0]]


def test_a_list_of_tensors_becomes_a_tensor():
    result = as_array_or_tensor([torch.ones(2), np.zeros(2, np.float32)], "a")

    assert is_tensor(result)
    assert result.tolist() == [[1, 1], [0, 0]]


def test_sparse_tensors_become_dense():
    assert as_array_or_tensor(torch.eye(2).to_sparse(), "a").tolist() == [[1, 0], [0, 1]]


def test_a_read_only_array_is_copied_so_that_torch_cannot_write_to_it():
    array = np.ones(3, np.float32)
    array.flags.writeable = False

    as_float32_tensor(array, "a")[0] = 5

    assert array[0] == 1


def test_gradients_pass_the_conversion():
    vector = torch.ones(2, dtype=torch.float16, requires_grad=True)

    as_float32_tensor(vector, "a").sum().backward()

    assert vector.grad.tolist() == [1, 1]


@pytest.mark.parametrize("value", [["a text"], "a text", [None, 1.0], np.array([1j])], ids=str)
def test_what_is_not_numeric_is_refused(value):
    with pytest.raises(InputTypeError, match=r"query holds .* values\. Accepted: real numbers"):
        as_array_or_tensor(value, "query")


@pytest.mark.parametrize(
    "value", [[[1.0], [1.0, 2.0]], [torch.ones(1), torch.ones(2)]], ids=["lists of floats", "lists of tensors"]
)
def test_vectors_of_different_length_are_refused(value):
    with pytest.raises(ShapeError, match=r"the vectors of corpus have different"):
        as_array_or_tensor(value, "corpus")


@pytest.mark.parametrize("shape", [(), (2, 2, 2)], ids=str)
def test_other_than_one_or_two_axes_are_refused(shape):
    with pytest.raises(ShapeError, match=r"a has shape .*one vector \(dim,\) or several"):
        as_array_or_tensor(np.ones(shape), "a")
