"""Normalize: unit length, names of features, a folder that may be missing."""

import json

import torch

from likewise.hub.folder import ModelFolder
from likewise.models import Normalize
from likewise.models.module import LoadContext


def test_rows_get_unit_length_and_zeros_stay():
    result = Normalize()({"sentence_embedding": torch.tensor([[3.0, 4.0], [0.0, 0.0]])})["sentence_embedding"]

    torch.testing.assert_close(result, torch.tensor([[0.6, 0.8], [0.0, 0.0]]))


def test_every_token_gets_unit_length_where_that_is_asked_for():
    result = Normalize("token_embeddings")({"token_embeddings": torch.randn(2, 3, 4)})["token_embeddings"]

    torch.testing.assert_close(result.norm(dim=-1), torch.ones(2, 3))


def test_the_output_may_have_another_name():
    value = torch.tensor([[3.0, 4.0]])

    result = Normalize("sentence_embedding", "unit")({"sentence_embedding": value})

    torch.testing.assert_close(result["unit"], value / 5)
    torch.testing.assert_close(result["sentence_embedding"], value)


def test_the_type_stays():
    value = torch.ones(1, 4, dtype=torch.bfloat16)

    assert Normalize()({"sentence_embedding": value})["sentence_embedding"].dtype == torch.bfloat16


def test_a_missing_folder_is_the_usual_normalize(tmp_path):
    normalize = Normalize.from_folder(ModelFolder(tmp_path).sub("2_Normalize"), LoadContext())

    assert normalize.module_input_name == normalize.module_output_name == "sentence_embedding"


def test_usual_settings_write_no_file(tmp_path):
    Normalize().save(str(tmp_path))

    assert list(tmp_path.iterdir()) == []


def test_other_settings_are_kept(tmp_path):
    Normalize("token_embeddings").save(str(tmp_path))

    assert json.loads((tmp_path / "config.json").read_text())["module_input_name"] == "token_embeddings"
    assert Normalize.load(str(tmp_path)).module_output_name == "token_embeddings"
