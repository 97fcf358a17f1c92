"""SparseAutoEncoder beside its formula."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from likewise.errors import CheckpointError, InputError, MissingWeightsError, ShapeError
from likewise.hub.folder import ModelFolder
from likewise.models import SparseAutoEncoder
from likewise.models.module import LoadContext


def make(**settings):
    torch.manual_seed(0)
    module = SparseAutoEncoder(**{"input_dim": 8, "hidden_dim": 24, "k": 4, **settings})
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return module


@torch.no_grad()
def naive(module, row, k):
    if module.normalize:
        row = row - row.mean()
        row = row / (row.std() + 1e-5)
    latent = [
        float(sum((row[i] - module.pre_bias[i]) * module.encoder.weight[h, i] for i in range(8)))
        + float(module.latent_bias[h])
        for h in range(24)
    ]
    chosen = sorted(range(24), key=lambda h: -latent[h])[:k]
    return torch.tensor([max(latent[h], 0.0) if h in chosen else 0.0 for h in range(24)])


@pytest.mark.parametrize("limit", [None, 2, 9, 1000])
@pytest.mark.parametrize("normalize", [False, True])
def test_the_formula(normalize, limit):
    module, dense = make(normalize=normalize), torch.randn(3, 8, generator=torch.Generator().manual_seed(1))

    result = module({"sentence_embedding": dense}, max_active_dims=limit)

    expected = torch.stack([naive(module, row, limit or 4) for row in dense])
    torch.testing.assert_close(result["sentence_embedding"], expected, atol=1e-5, rtol=1e-4)
    assert torch.equal(result["sentence_embedding_backbone"], dense)


def test_bad_arguments():
    with pytest.raises(InputError, match="k=0"):
        make(k=0)
    with pytest.raises(ShapeError, match="width 5"):
        make()({"sentence_embedding": torch.ones(2, 5)})
    with pytest.raises(InputError, match="max_active_dims"):
        make()({"sentence_embedding": torch.ones(2, 8)}, max_active_dims=0)


@pytest.mark.parametrize("name", ["encoder.weight", "decoder.linear.weight"])
def test_the_joint_weight_under_either_name(tmp_path, name):
    module = make()
    module.save(tmp_path)
    file = tmp_path / "model.safetensors"
    tensors = load_file(file)
    tensors[name] = tensors.pop("encoder.weight")
    save_file(tensors, file)

    loaded = SparseAutoEncoder.from_folder(ModelFolder(tmp_path), LoadContext())

    torch.testing.assert_close(loaded.state_dict(), module.state_dict())
    del tensors[name]
    save_file(tensors, file)
    with pytest.raises(MissingWeightsError, match=r"encoder\.weight"):
        SparseAutoEncoder.from_folder(ModelFolder(tmp_path), LoadContext())


def test_a_weight_of_another_shape(tmp_path):
    make().save(tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    save_file({**tensors, "pre_bias": torch.zeros(7)}, tmp_path / "model.safetensors")

    with pytest.raises(CheckpointError, match="pre_bias"):
        SparseAutoEncoder.from_folder(ModelFolder(tmp_path), LoadContext())
