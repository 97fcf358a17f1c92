"""LSTM: every text as if it were alone, in every layout."""

import json

import pytest
import torch

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.models import LSTM

MASK = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]])


def test_every_text_gives_what_it_gives_alone():
    module, hidden = LSTM(3, 2, num_layers=2).eval(), torch.randn(4, 4, 3)

    found = module({"token_embeddings": hidden, "attention_mask": MASK})["token_embeddings"]

    assert found.shape == (4, 4, 4)
    assert (found[MASK == 0] == 0).all()
    for row in range(3):
        alone = module.encoder(hidden[row][MASK[row] == 1][None])[0][0]
        torch.testing.assert_close(found[row][MASK[row] == 1], alone)


def test_lengths_stand_for_a_missing_mask():
    module, hidden = LSTM(3, 2).eval(), torch.randn(2, 4, 3)

    by_lengths = module({"token_embeddings": hidden, "sentence_lengths": torch.tensor([4, 2])})
    by_mask = module({"token_embeddings": hidden, "attention_mask": MASK[:2]})

    torch.testing.assert_close(by_lengths["token_embeddings"], by_mask["token_embeddings"])


def test_dimensions():
    assert LSTM(3, 2).get_word_embedding_dimension() == LSTM(3, 2).get_embedding_dimension() == 4
    assert LSTM(3, 2, bidirectional=False).get_word_embedding_dimension() == 2


def test_saved_names_are_those_of_the_first_versions(tmp_path):
    LSTM(embedding_dimension=3, hidden_dim=2, dropout=0.1, num_layers=2).save(str(tmp_path))

    stored = json.loads((tmp_path / "lstm_config.json").read_text())
    assert stored == {
        "word_embedding_dimension": 3, "hidden_dim": 2, "num_layers": 2, "dropout": 0.1, "bidirectional": True,
    }  # fmt: skip


def test_later_names_are_read(tmp_path):
    LSTM(3, 2).save(str(tmp_path))
    (tmp_path / "lstm_config.json").write_text(json.dumps({"embedding_dimension": 3, "hidden_dim": 2}))

    assert LSTM.load(str(tmp_path)).embedding_dimension == 3


def test_wrong_arguments_and_features_are_refused():
    with pytest.raises(InputTypeError, match="hidden_dim=None"):
        LSTM(3)
    with pytest.raises(InputError, match="num_layers=65"):
        LSTM(3, 2, num_layers=65)
    with pytest.raises(ShapeError, match="width 5"):
        LSTM(3, 2)({"token_embeddings": torch.ones(1, 1, 5)})
    with pytest.raises(InputError, match="token_embeddings"):
        LSTM(3, 2)({"sentence_embedding": torch.ones(1, 3)})
