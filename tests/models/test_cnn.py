"""CNN: every text as if it were alone, in every layout."""

import json

import pytest
import torch

from likewise.errors import CheckpointError, ConfigError, InputError
from likewise.models import CNN

MASK = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]])


def test_every_text_gives_what_it_gives_alone():
    module, hidden = CNN(3, 2, [1, 3, 5]), torch.randn(4, 4, 3)

    found = module({"token_embeddings": hidden, "attention_mask": MASK})["token_embeddings"]

    assert found.shape == (4, 4, 6)
    assert (found[MASK == 0] == 0).all()
    for row in range(3):
        alone = hidden[row][MASK[row] == 1].T[None]
        expected = torch.cat([conv(alone) for conv in module.convs], 1)[0].T
        torch.testing.assert_close(found[row][MASK[row] == 1], expected)


def test_defaults_and_dimensions():
    module = CNN(3)

    assert module.kernel_sizes == [1, 3, 5]
    assert module.get_word_embedding_dimension() == module.get_embedding_dimension() == 3 * 256


def test_saved_names_are_those_of_the_first_versions(tmp_path):
    CNN(in_embedding_dimension=3, out_channels=2).save(str(tmp_path))

    stored = json.loads((tmp_path / "cnn_config.json").read_text())
    assert stored == {"in_word_embedding_dimension": 3, "out_channels": 2, "kernel_sizes": [1, 3, 5]}


def test_later_names_are_read(tmp_path):
    CNN(3, 2).save(str(tmp_path))
    later = {"in_embedding_dimension": 3, "out_channels": 2, "kernel_sizes": [1, 3, 5], "stride_sizes": [1, 1, 1]}
    (tmp_path / "cnn_config.json").write_text(json.dumps(later))

    assert CNN.load(str(tmp_path)).in_embedding_dimension == 3


@pytest.mark.parametrize("sizes", [[2], [], [1, 4], list(range(1, 200, 2))], ids=["even", "none", "one even", "many"])
def test_kernels_that_leave_tokens_out_are_refused(sizes, tmp_path):
    CNN(3, 2, [1]).save(str(tmp_path))
    settings = {"in_word_embedding_dimension": 3, "out_channels": 2, "kernel_sizes": sizes}
    (tmp_path / "cnn_config.json").write_text(json.dumps(settings))

    with pytest.raises(InputError, match="odd numbers"):
        CNN(3, 2, sizes)
    with pytest.raises(CheckpointError, match="'kernel_sizes'"):
        CNN.load(str(tmp_path))


def test_strides_that_leave_tokens_out_are_refused():
    assert CNN(3, 2, [1, 3], stride_sizes=[1, 1]).kernel_sizes == [1, 3]
    with pytest.raises(ConfigError, match="stride_sizes"):
        CNN(3, 2, [1, 3], stride_sizes=[1, 2])
