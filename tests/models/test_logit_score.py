import pytest
import torch

from likewise.errors import CheckpointError, InputError, ShapeError
from likewise.hub.folder import ModelFolder
from likewise.models import LogitScore
from likewise.models.module import LoadContext
from likewise.models.registry import find_class, type_string


def test_the_score_is_the_difference_of_two_logits_or_one_of_them():
    logits = torch.randn(4, 7, generator=torch.Generator().manual_seed(0))

    both, one = LogitScore(2, 5), LogitScore(2)

    torch.testing.assert_close(both({"causal_logits": logits})["scores"][:, 0], logits[:, 2] - logits[:, 5])
    torch.testing.assert_close(one({"causal_logits": logits})["scores"][:, 0], logits[:, 2])
    chance = logits[:, [2, 5]].softmax(1)[:, 0]
    torch.testing.assert_close(both({"causal_logits": logits})["scores"][:, 0].sigmoid(), chance)


def test_of_several_positions_the_last_counts():
    logits = torch.randn(2, 3, 7, generator=torch.Generator().manual_seed(0))

    scores = LogitScore(1, 0, module_input_name="mine")({"mine": logits, "else": 1})

    torch.testing.assert_close(scores["scores"][:, 0], logits[:, 2, 1] - logits[:, 2, 0])
    assert scores["else"] == 1


def test_half_precision_is_subtracted_in_float32():
    logits = torch.tensor([[300.0, 0.4]], dtype=torch.bfloat16)

    scores = LogitScore(0, 1)({"causal_logits": logits})["scores"]

    assert scores.dtype == torch.float32
    assert scores.item() == pytest.approx(300.0 - float(logits[0, 1]))


@pytest.mark.parametrize("ids", [(9,), (0, 9)])
def test_tokens_that_the_vocabulary_does_not_have(ids):
    with pytest.raises(ShapeError, match="token id 9, and logits of 4 tokens"):
        LogitScore(*ids)({"causal_logits": torch.zeros(1, 4)})


def test_features_without_logits():
    with pytest.raises(InputError, match="no logits 'causal_logits' among"):
        LogitScore(0)({"token_embeddings": torch.zeros(1, 2, 3)})


@pytest.mark.parametrize("value", [-1, None, "yes", True, 2.0])
def test_ids_that_are_none(value):
    with pytest.raises(InputError, match="true_token_id"):
        LogitScore(value)


@pytest.mark.parametrize("text", ["{}", '{"true_token_id": "yes"}', '{"true_token_id": 1, "false_token_id": -2}'])
def test_files_that_name_no_token(tmp_path, text):
    (tmp_path / "config.json").write_text(text)

    with pytest.raises(CheckpointError, match="token_id"):
        LogitScore.from_folder(ModelFolder(tmp_path), LoadContext())


def test_its_type_is_written_as_later_versions_look_for_it():
    path = "sentence_transformers.cross_encoder.modules.logit_score.LogitScore"

    assert type_string(LogitScore) == path
    assert find_class(path) is LogitScore
