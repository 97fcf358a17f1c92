"""CLIP embeddings equal those of the peer package, and either side opens what the other saved."""

import json

import numpy as np
import pytest
import torch

sentence_transformers = pytest.importorskip("sentence_transformers", reason="extra parity")
Image = pytest.importorskip("PIL.Image", reason="extra image")
pytestmark = pytest.mark.parity

from likewise import SentenceTransformer  # noqa: E402
from likewise.hub.folder import ModelFolder  # noqa: E402
from likewise.models import CLIPModel  # noqa: E402
from likewise.models.module import LoadContext  # noqa: E402

TEXTS = ["a cat", "", "cat cat a b c 7 !", "a cat " * 30]


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    sizes = [(20, 30, 3), (16, 16, 3), (40, 9, 3)]
    return [Image.fromarray((rng.random(size) * 255).astype("uint8")) for size in sizes]


def ours(module, inputs):
    with torch.inference_mode():
        return module(module.tokenize(inputs))["sentence_embedding"].numpy()


def write_model(folder, module):
    """A model folder of the form up to 5.3, written by us."""
    (folder / "0_CLIPModel").mkdir(parents=True)
    module.save(folder / "0_CLIPModel")
    part = {"idx": 0, "name": "0", "path": "0_CLIPModel", "type": "sentence_transformers.models.CLIPModel"}
    (folder / "modules.json").write_text(json.dumps([part]))
    return folder


def test_the_peer_opens_what_we_saved_and_gives_the_same(toy_clip_folder, tmp_path, images):
    module = CLIPModel(toy_clip_folder(tmp_path / "clip")).eval()
    folder = write_model(tmp_path / "model", module)

    peer = sentence_transformers.SentenceTransformer(str(folder), device="cpu")

    np.testing.assert_allclose(ours(module, TEXTS), peer.encode(TEXTS), atol=1e-5)
    np.testing.assert_allclose(ours(module, images), peer.encode(images), atol=1e-5)


def test_we_open_what_the_peer_saved(toy_clip_folder, tmp_path, images):
    folder = write_model(tmp_path / "model", CLIPModel(toy_clip_folder(tmp_path / "clip")))
    peer = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    peer.save(str(tmp_path / "saved"))

    module = CLIPModel.from_folder(ModelFolder(tmp_path / "saved"), LoadContext()).eval()

    np.testing.assert_allclose(ours(module, [*TEXTS, *images])[: len(TEXTS)], peer.encode(TEXTS), atol=1e-5)
    np.testing.assert_allclose(ours(module, [*TEXTS, *images])[len(TEXTS) :], peer.encode(images), atol=1e-5)


def test_both_say_that_texts_and_images_are_read(toy_clip_folder, tmp_path):
    folder = write_model(tmp_path / "model", CLIPModel(toy_clip_folder(tmp_path / "clip")))
    peer = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    model = SentenceTransformer(folder, device="cpu")

    for modality in ("text", "image", "audio"):
        assert model.supports(modality) is peer.supports(modality), modality
    assert model.describe().bodies[0].reason == "CLIPModel has no packed form"
