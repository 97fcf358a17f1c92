"""CLIPModel: texts and images in one batch, saved and loaded in the old and the new form."""

import json

import numpy as np
import pytest
import torch

from likewise.errors import CheckpointError, InputTypeError
from likewise.hub.folder import ModelFolder
from likewise.models import CLIPModel, Transformer
from likewise.models.module import LoadContext

Image = pytest.importorskip("PIL.Image", reason="extra image")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, toy_clip_folder):
    return toy_clip_folder(tmp_path_factory.mktemp("models") / "clip")


@pytest.fixture(scope="module")
def model(folder):
    return CLIPModel(folder).eval()


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    return [Image.fromarray((rng.random((20, 30, 3)) * 255).astype("uint8")) for _ in range(2)]


def embed(model, inputs):
    with torch.inference_mode():
        return model(model.tokenize(inputs))["sentence_embedding"]


def test_a_mixed_batch_gives_what_each_input_gives_alone(model, images):
    inputs = ["a cat", images[0], "c", images[1], "a a a cat"]

    together = embed(model, inputs)

    alone = torch.cat([embed(model, [value]) for value in inputs])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)


def test_embeddings_equal_those_of_transformers(model, images):
    inputs = model.processor(text=["a cat", "c"], images=images, padding=True, return_tensors="pt")
    with torch.inference_mode():
        expected = model.model(**inputs)

    ours = embed(model, ["a cat", "c", *images])

    torch.testing.assert_close(torch.nn.functional.normalize(ours[:2]), expected.text_embeds, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(torch.nn.functional.normalize(ours[2:]), expected.image_embeds, atol=1e-5, rtol=1e-5)


def test_grey_and_transparent_images_are_read(model, images):
    assert embed(model, [images[0].convert("L"), images[0].convert("RGBA"), images[0].convert("P")]).shape == (3, 8)


def test_long_texts_are_cut_and_counted(model):
    prepared = model.prepare(["a cat " * 5000, "a cat"])

    assert prepared.sizes.tolist() == [16, 4]
    assert prepared.truncated.tolist() == [True, False]


def test_other_inputs_are_refused_by_position(model):
    with pytest.raises(InputTypeError, match="input 1 is a int"):
        model.tokenize(["a cat", 3])
    assert model.accepts("a cat")
    assert not model.accepts(("a", "b"))


def test_saved_and_loaded_it_gives_the_same(model, images, tmp_path):
    model.save(tmp_path)

    again = CLIPModel.from_folder(ModelFolder(tmp_path), LoadContext()).eval()

    assert torch.equal(embed(again, ["a cat", images[0]]), embed(model, ["a cat", images[0]]))
    assert not CLIPModel.save_in_root


def test_a_transformer_folder_that_reads_images_is_a_clip_model(model, images, tmp_path):
    model.save(tmp_path)
    method = {"method_output_name": "pooler_output"}
    modalities = {
        "text": {"method": "get_text_features", **method},
        "image": {"method": "get_image_features", **method},
    }
    (tmp_path / "sentence_bert_config.json").write_text(json.dumps({"modality_config": modalities}))
    processor = json.loads((tmp_path / "preprocessor_config.json").read_text())
    (tmp_path / "preprocessor_config.json").unlink()
    (tmp_path / "processor_config.json").write_text(json.dumps({"image_processor": processor}))

    again = Transformer.from_folder(ModelFolder(tmp_path), LoadContext()).eval()

    assert type(again) is CLIPModel
    assert torch.equal(embed(again, [images[0]]), embed(model, [images[0]]))


def test_state_dict_has_the_documented_keys(model):
    assert all(key.startswith("model.") for key in model.state_dict())
    assert model.embedding_dimension() == 8


def test_a_folder_of_another_architecture_is_refused(toy_bert_folder, tmp_path):
    with pytest.raises(CheckpointError, match=r"'model_type' is 'bert'.*'clip'"):
        CLIPModel(toy_bert_folder(tmp_path / "bert"))


def test_absurd_image_sizes_are_refused(toy_clip_folder, tmp_path):
    folder = toy_clip_folder(tmp_path / "clip")
    path = folder / "preprocessor_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "crop_size": {"height": 10**6, "width": 10**6}}))

    with pytest.raises(CheckpointError, match=r"preprocessor_config.json: 'height' is 1000000"):
        CLIPModel(folder)


def test_the_maximum_length_can_be_set(folder):
    model = CLIPModel(folder)
    model.max_seq_length = 5

    assert model.tokenize(["a cat a cat a cat"])["input_ids"].shape == (1, 5)


def test_it_reads_texts_and_images(model):
    assert model.modalities == ["text", "image"]
