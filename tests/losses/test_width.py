"""What losses and models say about widths."""

import torch
from torch import nn

from likewise import SentenceTransformer
from likewise.losses.width import cut_targets, fixed_width, model_width


class Documented(nn.Module):
    def get_sentence_embedding_dimension(self):
        return 12


def test_a_model_with_the_documented_method():
    assert model_width(Documented()) == 12


def test_a_wrapped_model():
    assert model_width(nn.DataParallel(Documented())) == 12


def test_the_width_in_training_is_not_that_of_a_shorter_encode(tmp_path, toy_bert_folder):
    model = SentenceTransformer(str(toy_bert_folder(tmp_path / "m")), device="cpu", truncate_dim=4)
    assert model.get_sentence_embedding_dimension() == 4
    assert model_width(model) == 16


def test_a_loss_that_says_nothing_takes_any_width_and_keeps_its_targets():
    targets = torch.eye(3)
    assert fixed_width(nn.Identity()) is None
    assert cut_targets(nn.Identity(), targets, 2) is targets
