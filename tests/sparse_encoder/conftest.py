"""Small sparse encoders of each kind."""

import pytest
import torch

from likewise import SparseEncoder
from likewise.models import MLMTransformer, Pooling, Router, SparseAutoEncoder, SparseStaticEmbedding, SpladePooling
from likewise.models import Transformer as Body


@pytest.fixture(scope="session")
def splade_folder(toy_masked_lm_folder, tmp_path_factory):
    return toy_masked_lm_folder(tmp_path_factory.mktemp("sparse") / "model")


@pytest.fixture
def splade(splade_folder):
    return SparseEncoder(splade_folder, device="cpu")


@pytest.fixture
def inference_free(splade_folder):
    body = MLMTransformer(splade_folder)
    weights = torch.rand(len(body.tokenizer), generator=torch.Generator().manual_seed(0)) + 0.1
    router = Router.for_query_document([SparseStaticEmbedding(body.tokenizer, weights)], [body, SpladePooling()])
    return SparseEncoder(modules=[router], device="cpu")


@pytest.fixture
def csr(toy_bert_folder, tmp_path):
    body = Body(toy_bert_folder(tmp_path / "plain", plain=True))
    torch.manual_seed(0)
    return SparseEncoder(modules=[body, Pooling(16), SparseAutoEncoder(16, hidden_dim=40, k=5)], device="cpu")


@pytest.fixture(params=["splade", "inference_free", "csr"])
def any_kind(request):
    return request.getfixturevalue(request.param)
