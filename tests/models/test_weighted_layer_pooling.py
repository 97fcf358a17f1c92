"""WeightedLayerPooling against its formula."""

import json

import pytest
import torch

from likewise.errors import InputError, ShapeError
from likewise.models import WeightedLayerPooling


def layers(count=4):
    return [torch.randn(2, 3, 5) for _ in range(count)]


def test_the_weighted_mean_of_the_last_layers():
    weights, all_layers = torch.tensor([1.0, 2.0, 0.5]), layers()
    module = WeightedLayerPooling(5, num_hidden_layers=3, layer_start=1, layer_weights=weights)

    found = module({"token_embeddings": all_layers[-1], "all_layer_embeddings": all_layers})["token_embeddings"]

    expected = (all_layers[1] + 2 * all_layers[2] + 0.5 * all_layers[3]) / 3.5
    torch.testing.assert_close(found, expected)


def test_weights_begin_as_ones_and_are_learnt():
    module = WeightedLayerPooling(5)

    assert module.layer_weights.tolist() == [1.0] * 9
    assert module.layer_weights.requires_grad


def test_saved_names_are_those_of_the_first_versions_and_later_ones_are_read(tmp_path):
    WeightedLayerPooling(embedding_dimension=5, num_hidden_layers=3, layer_start=1).save(str(tmp_path))
    file = tmp_path / "config.json"

    stored = json.loads(file.read_text())

    assert stored == {"word_embedding_dimension": 5, "layer_start": 1, "num_hidden_layers": 3}
    stored["embedding_dimension"] = stored.pop("word_embedding_dimension")
    file.write_text(json.dumps(stored))
    assert WeightedLayerPooling.load(str(tmp_path)).get_word_embedding_dimension() == 5


def test_a_transformer_that_keeps_its_layers_to_itself_is_refused():
    with pytest.raises(InputError, match="output_hidden_states"):
        WeightedLayerPooling(5)({"token_embeddings": torch.ones(1, 1, 5)})


def test_another_number_of_layers_is_refused():
    with pytest.raises(ShapeError, match="4 layers"):
        WeightedLayerPooling(5, num_hidden_layers=6)({"all_layer_embeddings": layers()})
    with pytest.raises(ShapeError, match="layer_weights"):
        WeightedLayerPooling(5, layer_weights=torch.ones(3))
    with pytest.raises(InputError, match="layer_start=13"):
        WeightedLayerPooling(5, layer_start=13)
